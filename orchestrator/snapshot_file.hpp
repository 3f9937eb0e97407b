#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/shard.hpp"

namespace ltfb::orchestrator {

/// Everything of a trainer besides its arenas that its next step depends on or its end counts.
/// Random draws are functions of (seed, trainer, round, step) and so need no state.
struct TrainerState {
    int trainer = 0;
    int round = -1;           // the last one played
    std::uint64_t step = 0;   // of the model
    std::uint64_t drawn = 0;  // position in the sample order
    int lineage = 0;
    std::map<std::string, double> hyperparameters;
    std::uint64_t trained_samples = 0;  // totals of the trainer
    double train_s = 0.0;
    double tournament_s = 0.0;
    Json memory;               // of who writes the snapshot, as it needs it
    std::uint64_t digest = 0;  // Trainer::digest of what is saved

    bool operator==(const TrainerState&) const = default;
    [[nodiscard]] Json to_json() const;
    static TrainerState from_json(const Json& json);
};

/// Where the arrays of a trainer's snapshot file belong, in bytes from its start.
using SnapshotOffsets = std::vector<std::uint64_t>;

/// Creates a trainer's snapshot file: `/state`, a JSON text, and `/weights`, `/moments_1`, ... with
/// `arena_size` numbers each, whose values are still to be written at the returned offsets.
/// Throws Error or InputError where it cannot be written.
SnapshotOffsets create_snapshot_file(const std::string& path,
                                     const TrainerState& state,
                                     std::size_t arena_size,
                                     std::size_t moments);

/// Reads a seat's shard from a trainer's snapshot file: into its place in `weights` [arena], and
/// into each moment [shard]. Throws InputError where the file is damaged or of another model.
TrainerState read_snapshot_file(const std::string& path,
                                std::span<float> weights,
                                const std::vector<std::span<float>>& moments,
                                ArenaRange shard);

}  // namespace ltfb::orchestrator
