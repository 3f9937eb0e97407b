#include "orchestrator/snapshot_file.hpp"

#include <array>

#include <fmt/core.h>

#include "core/error.hpp"
#include "data/hdf5_file.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr int file_schema = 1;

std::string moments_name(std::size_t index) {
    return fmt::format("/moments_{}", index + 1);
}

void read_array(const data::Hdf5File& file,
                const std::string& name,
                std::size_t arena_size,
                std::size_t first,
                std::span<float> values) {
    const auto dataset = file.dataset(name, 1);
    dataset.require_stored();
    if (dataset.rows() != arena_size) {
        throw InputError(
            fmt::format("{}: {}: {} numbers where the model has {} (the snapshot of "
                        "another network)",
                        file.path(),
                        name,
                        dataset.rows(),
                        arena_size));
    }
    dataset.read_rows(first, values);
}

}  // namespace

Json TrainerState::to_json() const {
    return {{"schema", file_schema},
            {"trainer", trainer},
            {"round", round},
            {"step", step},
            {"drawn", drawn},
            {"lineage", lineage},
            {"hyperparameters", hyperparameters},
            {"trained_samples", trained_samples},
            {"train_s", train_s},
            {"tournament_s", tournament_s},
            {"memory", memory},
            {"digest", digest}};
}

TrainerState TrainerState::from_json(const Json& json) {
    return {.trainer = json.at("trainer"),
            .round = json.at("round"),
            .step = json.at("step"),
            .drawn = json.at("drawn"),
            .lineage = json.at("lineage"),
            .hyperparameters = json.at("hyperparameters"),
            .trained_samples = json.at("trained_samples"),
            .train_s = json.at("train_s"),
            .tournament_s = json.at("tournament_s"),
            .memory = json.at("memory"),
            .digest = json.at("digest")};
}

SnapshotOffsets create_snapshot_file(const std::string& path,
                                     const TrainerState& state,
                                     std::size_t arena_size,
                                     std::size_t moments) {
    const auto file = data::Hdf5File::create(path);
    const std::array<std::string, 1> text{state.to_json().dump()};
    file.write_texts("/state", text);
    SnapshotOffsets offsets{file.reserve_f32("/weights", arena_size)};
    for (std::size_t i = 0; i < moments; ++i) {
        offsets.push_back(file.reserve_f32(moments_name(i), arena_size));
    }
    file.flush();
    return offsets;
}

TrainerState read_snapshot_file(const std::string& path,
                                std::span<float> weights,
                                const std::vector<std::span<float>>& moments,
                                ArenaRange shard) {
    const auto file = data::Hdf5File::open(path);
    const auto texts = file.read_texts("/state");
    if (texts.size() != 1) { throw InputError(path + ": /state: one text belongs here"); }
    const auto own_weights = weights.subspan(shard.begin, shard.size());
    read_array(file, "/weights", weights.size(), shard.begin, own_weights);
    for (std::size_t i = 0; i < moments.size(); ++i) {
        read_array(file, moments_name(i), weights.size(), shard.begin, moments[i]);
    }
    if (file.has(moments_name(moments.size()))) {
        throw InputError(path + ": holds more moments than the optimizer has (use the run's own)");
    }
    try {
        return TrainerState::from_json(Json::parse(texts.front()));
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: /state: {}", path, error.what()));
    }
}

}  // namespace ltfb::orchestrator
