#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/mpi.hpp"
#include "data/samples.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/snapshot_manifest.hpp"

namespace ltfb::orchestrator {

/// Where a run begins: anew, or after the round of a snapshot.
struct StartPoint {
    bool goes_on = false;              // RUN holds a run, whose log is continued
    std::optional<Manifest> snapshot;  // none: from the first round
    std::vector<std::string> skipped;  // snapshots that were passed over, and why
    std::vector<std::string> changes;  // settings that differ from the snapshot's

    [[nodiscard]] int first_round() const { return snapshot ? snapshot->round + 1 : 0; }
};

/// Whether RUN holds a run that has been played to its end.
bool is_complete_run(const std::string& run);

/// Whether RUN holds a run, whatever its state.
bool holds_run(const std::string& run);

/// Looks for the newest valid snapshot where the settings ask to resume. Local.
StartPoint find_start(const Settings& settings);

/// Collective over `world`. Looks for the newest valid snapshot where the settings ask to resume;
/// its parts are checked by all ranks together.
StartPoint find_start(const Settings& settings, const mpi::Comm& world, const mpi::Deadline& wait);

/// The settings in which a run differs from the snapshot's, as "key: old -> new". Throws
/// InputError naming those that may not change, unless --allow-change names them; ranks, threads
/// and deadlines always may.
std::vector<std::string> changes_from(const Manifest& manifest,
                                      const Settings& settings,
                                      const std::string& data_digest);

/// Checks a start against the settings and brings RUN into the state that it needs: a new folder,
/// or one whose old result is gone. Local; `is_root` alone writes. Throws InputError.
void prepare_start(StartPoint& start,
                   const Settings& settings,
                   const data::Samples& samples,
                   bool is_root);

/// What the first event of a job that goes on says, besides the common fields; `next_seq` is its
/// own number.
Json resume_fields(const StartPoint& start, const std::string& run, std::uint64_t next_seq);

/// Which of the snapshot's trainers trainer `trainer` of `trainers` continues: its own, or the best
/// where it had been lost; with another number of trainers the best of them, more than once where
/// there are more.
int source_of(int trainer, int trainers, const Manifest& manifest);

}  // namespace ltfb::orchestrator
