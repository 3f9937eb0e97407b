#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "orchestrator/event_log.hpp"

namespace ltfb::orchestrator {

/// One trainer's file of a snapshot.
struct SnapshotPart {
    int trainer = 0;
    std::string file = {};  // in the snapshot's folder
    std::uint64_t bytes = 0;
    std::uint64_t digest = 0;  // XXH3 of the whole file

    bool operator==(const SnapshotPart&) const = default;
};

/// What makes a folder of files a snapshot: written last, so a folder without one holds none.
struct Manifest {
    std::string run_id = {};
    std::string version = {};
    std::string data_digest = {};
    Json settings = {};                    // the decisive ones
    int round = -1;                        // the last one played
    double elapsed_s = 0.0;                // since run_start, when the round was complete
    LogPosition log = {};                  // after the last event of the round
    Json standings = {};                   // as in status.json
    std::vector<SnapshotPart> parts = {};  // by trainer
    std::vector<int> lost = {};            // trainers without a part, which had died

    bool operator==(const Manifest&) const = default;
    /// With a digest of its own content.
    [[nodiscard]] std::string to_text() const;
    /// Throws InputError saying what is wrong with it.
    static Manifest from_text(const std::string& text);
};

/// RUN/snapshots/round-000012.
std::string snapshot_folder(const std::string& run, int round);

/// The name of a trainer's file in it, trainer-0003.h5.
std::string part_name(int trainer);

/// Rounds of which RUN holds a folder, complete or not, newest first.
std::vector<int> snapshot_rounds(const std::string& run);

/// The manifest of a round's snapshot, checked against itself, its folder's name, and the files'
/// names and sizes. Throws InputError saying what is wrong.
Manifest read_manifest(const std::string& run, int round);

/// Compares a part's content with its digest. Throws InputError where they differ.
void check_part(const std::string& folder, const SnapshotPart& part);

/// Removes all but the newest `keep` snapshots up to `newest`, and unfinished ones before it.
void prune_snapshots(const std::string& run, int newest, int keep);

}  // namespace ltfb::orchestrator
