#include "orchestrator/snapshot_writer.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/fault.hpp"
#include "core/file.hpp"
#include "orchestrator/event_log.hpp"

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void write_at(int file, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) { continue; }
        if (written <= 0) {
            throw Error(fmt::format("cannot be written: {}", std::strerror(errno)));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

/// The file under its temporary name, on its way to its own.
struct Unfinished {
    StateTarget target;
    std::unique_ptr<PartialFile> partial = {};
    SnapshotOffsets offsets = {};
};

void write_arrays(const Unfinished& file, const std::vector<std::span<const float>>& arrays) {
    const UniqueHandle<FileTraits> out(
        ::open(file.partial->partial_path().c_str(), O_WRONLY | O_CLOEXEC));
    if (!out) { throw Error(fmt::format("cannot be opened: {}", std::strerror(errno))); }
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        write_at(out.get(), file.offsets[i], std::as_bytes(arrays[i]));
    }
}

/// The state is there: gives it its second name, and removes what it makes needless.
void publish(const StateTarget& target) {
    if (!target.link.empty()) {
        fs::create_directories(fs::path(target.link).parent_path());
        std::error_code refused;
        fs::remove(target.link, refused);
        fs::create_hard_link(target.path, target.link, refused);
        if (refused) { fs::copy_file(target.path, target.link); }
        sync_path(fs::path(target.link).parent_path());
    }
    std::error_code ignored;
    if (!target.outdated.empty()) { fs::remove(target.outdated, ignored); }
}

PartReport finish(const Unfinished& file,
                  const std::vector<std::span<const float>>& arrays,
                  PartReport report) {
    const auto start = Clock::now();
    try {
        write_arrays(file, arrays);
        // Of what the file holds, not of what was meant to be written.
        report.part.digest = digest_file(file.partial->partial_path());
        report.part.bytes = fs::file_size(file.partial->partial_path());
        fault::at_disk(fault::snapshot_before_rename,
                       {.trainer = report.part.trainer, .round = report.round},
                       file.partial->partial_path());
        file.partial->keep();
        publish(file.target);
    } catch (const std::exception& error) {
        report.error = fmt::format("{}: {}", file.target.path, error.what());
    }
    report.write_s = seconds_since(start);
    return report;
}

}  // namespace

Json PartReport::to_json() const {
    return {{"round", round},
            {"trainer", part.trainer},
            {"file", part.file},
            {"bytes", part.bytes},
            {"digest", part.digest},
            {"stall_s", stall_s},
            {"write_s", write_s},
            {"error", error}};
}

PartReport PartReport::from_json(const Json& json) {
    return {.round = json.at("round"),
            .part = {.trainer = json.at("trainer"),
                     .file = json.at("file"),
                     .bytes = json.at("bytes"),
                     .digest = json.at("digest")},
            .stall_s = json.at("stall_s"),
            .write_s = json.at("write_s"),
            .error = json.at("error")};
}

SnapshotWriter::SnapshotWriter(std::size_t arena_size, std::size_t arrays)
    : arena_size_(arena_size), copies_(std::make_shared<Copies>(arrays)) {}

std::span<float> SnapshotWriter::copy_of(std::size_t index) {
    auto& copy = (*copies_)[index];
    if (copy.span().empty()) { copy = AlignedArray<float>(arena_size_); }
    return copy.span();
}

void SnapshotWriter::start(StateTarget target, const TrainerState& state, double stall_s) {
    const auto begin = Clock::now();
    PartReport report{.round = state.round,
                      .part = {.trainer = state.trainer, .file = part_name(state.trainer)},
                      .is_part = target.is_part,
                      .stall_s = stall_s};
    Unfinished file{.target = std::move(target)};
    std::promise<PartReport> promise;
    thread_ = promise.get_future();
    try {
        fs::create_directories(fs::path(file.target.path).parent_path());
        file.partial = std::make_unique<PartialFile>(file.target.path);
        file.offsets = create_snapshot_file(
            file.partial->partial_path(), state, arena_size_, copies_->size() - 1);
    } catch (const std::exception& error) {
        report.error = error.what();
        promise.set_value(std::move(report));
        return;
    }
    report.stall_s += seconds_since(begin);
    under_way_ = report;
    const auto write = [](Unfinished own_file,
                          const std::shared_ptr<const Copies>& copies,
                          PartReport own_report,
                          std::promise<PartReport> done) {
        std::vector<std::span<const float>> arrays;
        for (const auto& copy : *copies) { arrays.push_back(copy.span()); }
        done.set_value(finish(own_file, arrays, std::move(own_report)));
    };
    std::thread(write, std::move(file), copies_, std::move(report), std::move(promise)).detach();
}

std::optional<PartReport> SnapshotWriter::poll() {
    if (!is_busy() || thread_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        return std::nullopt;
    }
    return thread_.get();
}

PartReport SnapshotWriter::wait(double limit_s) {
    const std::chrono::duration<double> limit(limit_s);
    if (thread_.wait_for(limit) == std::future_status::ready) { return thread_.get(); }
    under_way_.error = fmt::format(
        "trainer {}'s part of the snapshot after round {} is still being written "
        "after {:.1f} s (is the disk there?)",
        under_way_.part.trainer,
        under_way_.round,
        limit_s);
    thread_ = {};
    copies_ = std::make_shared<Copies>(copies_->size());
    return under_way_;
}

}  // namespace ltfb::orchestrator
