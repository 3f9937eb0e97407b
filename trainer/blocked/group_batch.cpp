#include "trainer/blocked/group_batch.hpp"

#include <algorithm>

namespace ltfb::trainer::blocked {

namespace {

/// Rows of the table whose rows have these ids, if it is the set's own.
std::uint32_t whole_rows(const std::vector<std::uint32_t>& ids) {
    for (std::uint32_t row = 0; row < ids.size(); ++row) {
        if (ids[row] != row) { return 0; }
    }
    return static_cast<std::uint32_t>(ids.size());
}

}  // namespace

void GroupBatch::plan(StepMemory& memory) {
    seat_ = memory.seat;
    slices_.resize(memory.seats);
    tables_.resize(memory.seats);
    starts_.assign(memory.seats + 1, 0);
    for (Slice& slice : slices_) {
        slice.samples = memory.memory.take<std::uint32_t>(1);
        slice.tables = memory.memory.take<std::uint32_t>(2);
        for (auto& ids : slice.ids) {
            ids = memory.memory.take<std::uint32_t>(memory.largest_slice);
        }
        for (float*& doses : slice.doses) {
            doses = memory.memory.take<float>(memory.largest_slice);
        }
        slice.responses = memory.memory.take<float>(memory.largest_slice);
    }
}

std::span<const std::uint32_t> GroupBatch::rows(UnitGroup group) const {
    switch (group) {
        case UnitGroup::cell:
            return batch_->cell;
        case UnitGroup::drug1:
            return batch_->drug1;
        default:
            return batch_->drug2;
    }
}

void GroupBatch::tell(const data::Batch& batch) {
    const Slice& slice = slices_[seat_];
    const std::size_t n = batch.size();
    *slice.samples = static_cast<std::uint32_t>(n);
    slice.tables[0] = whole_rows(batch.cell_ids);
    slice.tables[1] = whole_rows(batch.drug_ids);
    for (std::size_t s = 0; s < n; ++s) {
        slice.ids[0][s] = batch.cell_ids[batch.cell[s]];
        slice.ids[1][s] = batch.drug_ids[batch.drug1[s]];
        slice.ids[2][s] = batch.drug_ids[batch.drug2[s]];
    }
    std::copy(batch.dose1.begin(), batch.dose1.end(), slice.doses[0]);
    std::copy(batch.dose2.begin(), batch.dose2.end(), slice.doses[1]);
    std::copy(batch.response.begin(), batch.response.end(), slice.responses);
}

void GroupBatch::read(const data::Batch& batch) {
    batch_ = &batch;
    const auto clear = [](auto& values) { values.clear(); };
    std::for_each(ids_.begin(), ids_.end(), clear);
    std::for_each(doses_.begin(), doses_.end(), clear);
    responses_.clear();
    for (std::size_t seat = 0; seat < seats(); ++seat) {
        const Slice& slice = slices_[seat];
        const std::size_t n = *slice.samples;
        starts_[seat + 1] = starts_[seat] + n;
        tables_[seat] = {slice.tables[0], slice.tables[1]};
        const auto append = [n](const auto* from, auto& to) {
            to.insert(to.end(), from, from + n);
        };
        for (std::size_t g = 0; g < track_groups; ++g) { append(slice.ids.at(g), ids_.at(g)); }
        for (std::size_t d = 0; d < 2; ++d) { append(slice.doses.at(d), doses_.at(d)); }
        append(slice.responses, responses_);
    }
    for (auto& doses : doses_) { doses.resize(blocks_for(size()) * side); }
}

}  // namespace ltfb::trainer::blocked
