#include "trainer/blocked/track.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace ltfb::trainer::blocked {

namespace {

constexpr auto unknown = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Track::Track(const std::vector<LayerBlocks>& layers,
             std::vector<UnitGroup> groups,
             std::size_t first_part)
    : layers_(layers),
      groups_(std::move(groups)),
      first_part_(first_part),
      outputs_(layers.size() - 1),
      gradients_(layers.size()) {}

void Track::plan(StepMemory& memory) {
    MemoryPlan& plan = memory.memory;
    const std::size_t sample_blocks = groups_.size() * memory.blocks();
    // Every seat's entities begin a block.
    const std::size_t entity_blocks =
        memory.seats * blocks_for(groups_.size() * memory.largest_slice);
    const std::size_t blocks = std::max(sample_blocks, entity_blocks);
    const std::size_t inputs = layers_[0].input_blocks();
    table_ = {};
    features_ = {plan.take_panels(entity_blocks, inputs), plan.take_panels(inputs, entity_blocks)};
    // What one layer reads, the layer after the next may overwrite.
    const Panels rows[2] = {plan.take_panels(blocks, units()), plan.take_panels(blocks, units())};
    const auto take_words = [&] { return plan.take<std::uint32_t>(blocks * side * units()); };
    for (std::size_t l = 0; l < outputs_.size(); ++l) {
        outputs_[l] = {rows[l % 2], plan.take_panels(units(), blocks), take_words()};
    }
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        gradients_[l] = {l == 0 ? Panels{} : rows[l % 2], plan.take_panels(units(), blocks)};
    }
    keep_ = {take_words(), units()};
    if (may_split()) {
        constexpr std::size_t line = 16;  // rows of a power of 2 would fall into the same sets
        dropped_.plan(plan, units(), sample_blocks * side);
        row_gradients_.stride = units() * side + line;
        row_gradients_.values = plan.take<float>(sample_blocks * side * row_gradients_.stride);
    }
}

bool Track::may_split() const {
    constexpr std::size_t fp32_bytes = parts_of(Precision::fp32) * sizeof(std::uint16_t);
    return layers_.size() > 1 && layers_[0].value_bytes == fp32_bytes;
}

/// Whether dense work on rows beyond one an entity costs more than sparse work on what is dropped.
bool Track::pays_to_split(const DropoutLots& lots) const {
    constexpr double sparse_cost = 6.0;  // of a product, to that of a dense one
    if (!may_split() || lots.is_off() || lots.scope() == DropoutScope::entity) { return false; }
    const double spared =
        1.0 - static_cast<double>(entity_blocks()) / static_cast<double>(samples_.count());
    return sparse_cost * lots.probability() < spared;
}

void Track::set_batch(const StepPass& pass, const GroupBatch& batch, std::size_t workers) {
    workers_ = workers;
    samples_ = {batch.size(), groups_.size()};
    find_entities(batch);
    has_features_ = find_features(batch);
    is_split_ = pays_to_split(pass.lots);
    gathered_ = is_split_ ? 1 : 0;
    if (pass.lots.is_off() || has_masks_by_entity(pass)) { gathered_ = last(); }
}

// The entities of the first seat's samples, then what the second's have besides, and so on, each
// seat's from a block on, as no seat has the features of another.
void Track::find_entities(const GroupBatch& batch) {
    ids_.clear();
    filled_.clear();
    owner_.clear();
    own_rows_.clear();
    entity_.resize(groups_.size() * batch.size());
    for (std::size_t seat = 0; seat < batch.seats(); ++seat) {
        ids_.resize(entity_blocks() * side);
        own_rows_.resize(ids_.size());
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const auto ids = batch.ids(groups_[g]);
            for (std::size_t s = batch.begin(seat); s < batch.end(seat); ++s) {
                const std::uint32_t id = ids[s];
                if (id >= position_.size()) { position_.resize(id + 1, unknown); }
                if (position_[id] == unknown) {
                    if (ids_.size() == entity_blocks() * side) {
                        filled_.push_back(0);
                        owner_.push_back(seat);
                    }
                    position_[id] = static_cast<std::uint32_t>(ids_.size());
                    ids_.push_back(id);
                    own_rows_.push_back(
                        seat == batch.seat() ? batch.rows(groups_[g])[s - batch.begin(seat)] : 0);
                    ++filled_.back();
                }
                entity_[g * batch.size() + s] = position_[id];
            }
        }
    }
    ids_.resize(entity_blocks() * side);
    own_rows_.resize(ids_.size());
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        for (const std::uint32_t id : batch.ids(groups_[g])) { position_[id] = unknown; }
    }
}

// Where all entities of the set fill no more blocks than those of the batch, all are taken, so that
// their features need not be read again for the next batch.
bool Track::take_whole_table(const GroupBatch& batch) {
    for (std::size_t seat = 0; seat < batch.seats(); ++seat) {
        const std::size_t rows = batch.whole_table(groups_[0], seat);
        if (rows == 0 || blocks_for(rows) > entity_blocks()) { continue; }
        const auto is_there = [rows](std::uint32_t id) { return id < rows; };
        const bool has_all = std::all_of(groups_.begin(), groups_.end(), [&](UnitGroup group) {
            return std::ranges::all_of(batch.ids(group), is_there);
        });
        if (!has_all) { continue; }
        const std::size_t blocks = blocks_for(rows);
        ids_.resize(blocks * side);
        for (std::size_t row = 0; row < ids_.size(); ++row) {
            ids_[row] = row < rows ? static_cast<std::uint32_t>(row) : 0;
        }
        own_rows_ = ids_;
        filled_.assign(blocks, side);
        filled_.back() = rows - (blocks - 1) * side;
        owner_.assign(blocks, seat);
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            std::ranges::copy(batch.ids(groups_[g]), &entity_[g * batch.size()]);
        }
        return true;
    }
    return false;
}

/// Whether `features_` holds what this seat has of them.
bool Track::find_features(const GroupBatch& batch) {
    if (!take_whole_table(batch)) {
        table_ = {};
        return false;
    }
    const data::RowBlock& features = batch.features(groups_[0]);
    if (owner_[0] != batch.seat()) { return true; }
    const bool has_table = table_.values == features.values && table_.rows == features.rows;
    table_ = features;
    return has_table;
}

void Track::read_features(const StepPass& pass,
                          const GroupBatch& batch,
                          const Worker& worker) const {
    if (has_features_) { return; }
    const data::RowBlock& features = batch.features(groups_[0]);
    const std::size_t columns = layers_[0].input_blocks();
    for (std::size_t row = 0; row < entity_blocks(); ++row) {
        if (owner_[row] != batch.seat()) { continue; }
        for (std::size_t c = worker.thread(); c < columns; c += worker.threads_of_seat()) {
            alignas(64) std::array<float, block_values> block;
            copy_block({features.values, features.columns, &own_rows_[row * side]},
                       filled_[row],
                       c,
                       features.columns,
                       block.data());
            features_.write(pass.ops, row, c, block.data());
        }
    }
}

void Track::add_keep_bits(const StepPass& pass,
                          const Activation& concat,
                          std::vector<KeepBits>& all) const {
    if (pass.lots.is_off()) { return; }
    const std::size_t outputs = layers_[0].layer.outputs;
    if (has_masks_by_entity(pass)) {
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            all.push_back({{groups_[0], l, ids_.data()},
                           ids_.size(),
                           outputs,
                           l == last() ? keep_ : outputs_[l].active(0, 0)});
        }
        return;
    }
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const std::size_t row = g * samples_.per_group();
            RowBits<std::uint32_t> bits;
            if (is_before_split(l)) {
                bits = {&keep_.row(row * side), keep_.stride};
            } else if (l == last()) {
                bits = concat.active(0, (first_part_ + g) * units());
            } else {
                bits = outputs_[l].active(row, 0);
            }
            all.push_back({{groups_[g], l}, samples_.samples, outputs, bits});
        }
    }
}

void Track::forward(const StepPass& pass,
                    std::size_t l,
                    std::size_t item,
                    std::size_t next,
                    const Activation& concat,
                    AlignedArray<float>& scratch) const {
    const LayerBlocks& layer = layers_[l];
    const Shares shares = this->shares(l);
    const std::size_t column = shares.column(item);
    const BlockBias bias(pass.weights, layer.layer.bias_at, layer.layer.outputs, column);
    const ColumnProduct product{.left = input(l),
                                .first_row = shares.first_row(item),
                                .rows = shares.rows(item),
                                .right = forward_panels(layer, pass.packed),
                                .column = column,
                                .next = shares.column(next),
                                .columns = layer.output_blocks};
    if (l == gathered_) {
        float* z = at_least(scratch, (rows(l) + samples_.count()) * block_values);
        multiply_column(pass.ops, product, z, block_values, [](std::size_t, float*) {});
        gather(pass, column, bias.values.data(), concat, z);
        return;
    }
    const auto finish = [&](std::size_t row, float* block) {
        activate_and_write(pass, l, row, column, bias.values.data(), concat, block);
    };
    if (is_before_split(l)) {
        float* active = at_least(scratch, rows(l) * block_values);
        multiply_column(pass.ops, product, active, block_values, finish);
        find_dropped(column, active);
        return;
    }
    alignas(64) std::array<float, block_values> one;
    multiply_column(pass.ops, product, one.data(), 0, finish);
}

/// Of a block of units: those that are active in a row's entity, but that the row does not keep.
void Track::find_dropped(std::size_t column, const float* active) const {
    const RowBits<std::uint32_t> is_active = outputs_[0].active(0, column);
    dropped_.clear(column);
    for (std::size_t block = 0; block < samples_.count(); ++block) {
        for (std::size_t row = block * side; row < block * side + samples_.filled(block); ++row) {
            const std::size_t entity = entity_[sample(row)];
            dropped_.add(column,
                         row,
                         is_active.row(entity) & ~(&keep_.row(row))[column],
                         active + entity * side);
        }
    }
}

/// z [rows by sample x 32]: the second layer's outputs of what its rows lack. Its weights are at
/// hand as operand, of which a product with the identity makes numbers.
void Track::subtract_dropped(const StepPass& pass, std::size_t column, float* z) const {
    alignas(64) std::array<float, block_values> ones{};
    for (std::size_t i = 0; i < side; ++i) { ones.at(i * side + i) = 1.0F; }
    TwoTiles identity;
    pass.ops.pack_left(ones.data(), identity.pair());
    const Panels weights = forward_panels(layers_[1], pass.packed);
    for (std::size_t block = 0; block < weights.depth; ++block) {
        alignas(64) std::array<float, block_values> numbers;
        pass.ops.multiply(
            {.left = identity.pair(), .right = pair_at(weights, column, block), .depth = 1},
            numbers.data());
        subtract_block_product(dropped_.block(block), {numbers.data(), side}, {z, side});
    }
}

// With masks by entity the rows go through ReLU and dropout before, which then change nothing.
void Track::gather(const StepPass& pass,
                   std::size_t column,
                   const float* bias,
                   const Activation& concat,
                   float* z) const {
    alignas(64) static constexpr std::array<float, side> no_bias{};
    if (has_masks_by_entity(pass)) {
        for (std::size_t row = 0; row < entity_blocks(); ++row) {
            pass.ops.activate({.bias = bias,
                               .keep = {&keep_.row(row * side) + column, keep_.stride},
                               .scale = pass.lots.scale()},
                              z + row * block_values);
        }
        bias = no_bias.data();
    }
    const auto copy = [&](std::size_t row, float* block) {
        copy_block({z, side, &entity_[first_sample(row)]}, samples_.filled(row), 0, side, block);
    };
    float* all = z + entity_blocks() * block_values;
    if (is_split_) {
        for (std::size_t row = 0; row < samples_.count(); ++row) {
            copy(row, all + row * block_values);
        }
        subtract_dropped(pass, column, all);
    }
    alignas(64) std::array<float, block_values> one;
    for (std::size_t row = 0; row < samples_.count(); ++row) {
        float* block = is_split_ ? all + row * block_values : one.data();
        if (!is_split_) { copy(row, block); }
        activate_and_write(pass, gathered_, row, column, bias, concat, block);
    }
}

// Rows are those of the layer's output: by sample from the gathered layer on.
void Track::activate_and_write(const StepPass& pass,
                               std::size_t l,
                               std::size_t row,
                               std::size_t column,
                               const float* bias,
                               const Activation& concat,
                               float* block) const {
    const bool is_last = l == last();
    const std::size_t group = row / samples_.per_group();
    const std::size_t to_row = is_last ? row % samples_.per_group() : row;
    const std::size_t to_column = is_last ? (first_part_ + group) * units() + column : column;
    const Activation& output = is_last ? concat : outputs_[l];
    Activate activate{.bias = bias,
                      .active = output.active(to_row, to_column),
                      .scale = pass.lots.scale(),
                      .rows = filled_rows(l, row)};
    const bool is_dropped_before = has_masks_by_entity(pass) && l == gathered_;
    if (is_dropped_before) { activate.scale = 1.0F; }
    const bool is_dropped_here = !pass.lots.is_off() && !is_dropped_before && !is_before_split(l);
    if (is_dropped_here) { activate.keep = activate.active; }
    pass.ops.activate(activate, block);
    output.write(pass.ops, to_row, to_column, block);
}

/// A column of each group's gradient with respect to its part of the concatenation.
template <class Take>
void Track::multiply_above(const StepPass& pass,
                           std::size_t column,
                           std::size_t next,
                           const Above& above,
                           const Take& take) const {
    alignas(64) std::array<float, block_values> one;
    const std::size_t per_group = samples_.per_group();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const std::size_t first = (first_part_ + g) * units();
        const bool is_last_group = g + 1 == groups_.size();
        const std::size_t after =
            is_last_group ? first_part_ * units() + next : first + units() + column;
        multiply_column(
            pass.ops,
            {.left = above.gradient.rows,
             .rows = per_group,
             .right = backward_panels(above.layer, pass.packed),
             .column = first + column,
             .next = after,
             .columns = (first_part_ + groups_.size()) * units()},
            one.data(),
            0,
            [&](std::size_t row, float* block) {
                take(g * per_group + row, above.concat.active(row, first + column), block);
            });
    }
}

void Track::backward(const StepPass& pass,
                     std::size_t l,
                     std::size_t item,
                     std::size_t next,
                     const Above& above,
                     AlignedArray<float>& scratch) const {
    const Shares shares = backward_shares(l);
    const std::size_t column = shares.column(item);
    float* sums = nullptr;
    if (l == gathered_) {
        sums = at_least(scratch, entity_blocks() * block_values);
        std::fill_n(sums, entity_blocks() * block_values, 0.0F);
    }
    alignas(64) std::array<float, block_values> one;
    const auto take = [&](std::size_t row, RowBits<std::uint32_t> active, float* block) {
        pass.ops.deactivate(
            {.active = active, .scale = pass.lots.scale(), .rows = filled_rows(l, row)}, block);
        take_gradient(pass, l, row, column, block, sums);
    };
    if (l == last()) {
        multiply_above(pass, column, shares.column(next), above, take);
    } else {
        const ColumnProduct product{.left = gradients_[l + 1].rows,
                                    .first_row = shares.first_row(item),
                                    .rows = shares.rows(item),
                                    .right = backward_panels(layers_[l + 1], pass.packed),
                                    .column = column,
                                    .next = shares.column(next),
                                    .columns = units()};
        const auto finish = [&](std::size_t row, float* block) {
            take(row, outputs_[l].active(row, column), block);
        };
        if (is_before_split(l)) {
            float* all = at_least(scratch, product.rows * block_values);
            multiply_column(pass.ops, product, all, block_values, [](std::size_t, float*) {});
            subtract_dropped_gradients(pass, column, all);
            for (std::size_t row = 0; row < product.rows; ++row) {
                finish(row, all + row * block_values);
            }
        } else {
            multiply_column(pass.ops, product, one.data(), 0, finish);
        }
    }
    for (std::size_t row = 0; sums != nullptr && row < entity_blocks(); ++row) {
        gradients_[l].write(pass.ops, row, column, sums + row * block_values);
    }
}

/// gradients [entities x 32]: of a block of units; rows that lack one add nothing to its gradient.
void Track::subtract_dropped_gradients(const StepPass& pass,
                                       std::size_t column,
                                       float* gradients) const {
    const Layer& layer = layers_[1].layer;
    const RowsIn weights{&pass.weights[layers_[1].rows(column).at], layer.outputs};
    const SparseEntries dropped = dropped_.block(column);
    for (std::size_t i = 0; i < dropped.size; ++i) {
        const std::size_t row = dropped.rows[i];
        const std::size_t unit = dropped.columns[i];
        gradients[entity_[sample(row)] * side + unit] -=
            dot_product(layer.outputs, weights.row(unit), row_gradients_.row(row));
    }
}

/// Keeps a block of the gradient of layer l before ReLU, or adds its rows to their entities' sums.
void Track::take_gradient(const StepPass& pass,
                          std::size_t l,
                          std::size_t row,
                          std::size_t column,
                          const float* block,
                          float* sums) const {
    if (l != gathered_) {
        gradients_[l].write(pass.ops, row, column, block);
        return;
    }
    for (std::size_t r = 0; is_split_ && r < side; ++r) {
        std::copy_n(block + r * side, side, row_gradients_.row(row * side + r) + column * side);
    }
    const std::uint32_t* entities = &entity_[first_sample(row)];
    for (std::size_t r = 0; r < samples_.filled(row); ++r) {
        float* sum = sums + entities[r] * side;
        for (std::size_t c = 0; c < side; ++c) { sum[c] += block[r * side + c]; }
    }
}

void Track::add_layer_gradients(std::vector<LayerGradient>& all) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        all.push_back({&layers_[l],
                       l == 0 ? features_.columns : outputs_[l - 1].columns,
                       gradients_[l].columns,
                       rows(l)});
        if (is_split_ && l == 1) {
            all.back().dropped = &dropped_;
            all.back().row_gradients = {row_gradients_.values, row_gradients_.stride};
        }
    }
}

}  // namespace ltfb::trainer::blocked
