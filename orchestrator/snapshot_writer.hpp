#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/json.hpp"
#include "orchestrator/snapshot_file.hpp"
#include "orchestrator/snapshot_manifest.hpp"

namespace ltfb::orchestrator {

/// Where a trainer's state is written to.
struct StateTarget {
    std::string path;           // of the file
    std::string link = {};      // another name that it gets then; "": none
    std::string outdated = {};  // a file that is removed then; "": none
    bool is_part = true;        // of a snapshot
};

/// What became of a trainer's part of a snapshot, or of a state of its own.
struct PartReport {
    int round = -1;
    SnapshotPart part = {};
    bool is_part = true;     // of a snapshot
    double stall_s = 0.0;    // for which the trainer stood still
    double write_s = 0.0;    // of the writing thread
    std::string error = {};  // empty: the file is on the disk

    [[nodiscard]] Json to_json() const;
    static PartReport from_json(const Json& json);
};

/// Writes a trainer's snapshots from copies, in a thread, one at a time. The thread calls neither
/// MPI nor HDF5, and nobody needs to wait for it: a disk may never answer.
class SnapshotWriter {
public:
    /// `arrays`: weights and moments, 1 + moments.
    SnapshotWriter(std::size_t arena_size, std::size_t arrays);

    /// [arena] the copy of array `index`; not to be touched while a snapshot is being written.
    [[nodiscard]] std::span<float> copy_of(std::size_t index);

    /// Starts writing the copies to `target`, whose folders are created if need be. What fails is
    /// in the report. No other may be under way.
    void start(StateTarget target, const TrainerState& state, double stall_s);

    [[nodiscard]] bool is_busy() const noexcept { return thread_.valid(); }
    /// The report of the snapshot that has just been finished, once; without waiting.
    std::optional<PartReport> poll();
    /// Waits for the snapshot under way; after `limit_s` it is given up, which the report says.
    PartReport wait(double limit_s);

private:
    using Copies = std::vector<AlignedArray<float>>;

    std::size_t arena_size_;
    std::shared_ptr<Copies> copies_;  // the thread's too, that may outlive this object
    std::future<PartReport> thread_;
    PartReport under_way_;
};

}  // namespace ltfb::orchestrator
