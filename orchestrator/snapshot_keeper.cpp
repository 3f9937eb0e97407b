#include "orchestrator/snapshot_keeper.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/fault.hpp"
#include "core/file.hpp"

namespace ltfb::orchestrator {

SnapshotKeeper::SnapshotKeeper(Plan plan)
    : plan_(std::move(plan)), last_reported_(plan_.common.round) {}

void SnapshotKeeper::note_report(int round, bool is_last) {
    last_reported_ = std::max(last_reported_, round);
    if (!is_last || is_ending_) { return; }
    is_ending_ = true;
    planned_round_ = -1;
    // Whoever waits at a planned boundary must hear of the end instead.
    orders_.push_back({{"cancel", true}});
}

void SnapshotKeeper::note_release(int round, const RoundPlace& place) {
    if (plan_.interval.is_due_after(round) || round == planned_round_ || pending_.contains(round)) {
        pending_[round].place = place;
    }
}

void SnapshotKeeper::take(PartReport part) {
    Pending& pending = pending_[part.round];
    const int trainer = part.part.trainer;
    pending.parts[trainer] = std::move(part);
}

void SnapshotKeeper::take_late(int round) {
    if (round != planned_round_ || is_ending_) { return; }
    margin_ = 2 * margin_ + 1;
    pending_.erase(round);
    order_snapshot();
}

void SnapshotKeeper::request_leave(int exit_code) {
    if (is_ending_) { return; }
    leave_code_ = exit_code;
    order_snapshot();
}

void SnapshotKeeper::order_snapshot() {
    planned_round_ = std::max(planned_round_, last_reported_ + 1 + margin_);
    orders_.push_back({{"snapshot", planned_round_}, {"leave", is_leaving()}});
}

void SnapshotKeeper::tick(double now_s, bool is_log_written) {
    now_s_ = now_s;
    plan_next(now_s);
    for (auto at = pending_.begin(); at != pending_.end();) {
        auto& [round, pending] = *at;
        if (!is_complete(pending)) {
            ++at;
            continue;
        }
        finish(round, pending, is_log_written);
        // Parts come in order: what is older and incomplete stays so.
        at = pending_.erase(pending_.begin(), std::next(at));
    }
}

bool SnapshotKeeper::is_complete(const Pending& pending) const {
    if (!pending.place || pending.parts.empty()) { return false; }
    for (int trainer = 0; trainer < plan_.trainers; ++trainer) {
        if (!lost_.contains(trainer) && !pending.parts.contains(trainer)) { return false; }
    }
    return true;
}

void SnapshotKeeper::plan_next(double now_s) {
    if (is_ending_ || planned_round_ >= 0 || is_leaving()) { return; }
    if (!next_s_) { next_s_ = now_s + plan_.interval.seconds_between(cost_s_); }
    if (!is_wanted_ && now_s < *next_s_) { return; }
    is_wanted_ = false;
    order_snapshot();
}

std::string SnapshotKeeper::first_error(const Pending& pending) const {
    for (const auto& [trainer, report] : pending.parts) {
        if (!report.error.empty()) { return report.error; }
    }
    return "";
}

void SnapshotKeeper::finish(int round, Pending& pending, bool is_log_written) {
    Manifest manifest = plan_.common;
    manifest.round = round;
    manifest.elapsed_s = pending.place->elapsed_s;
    manifest.log = pending.place->log;
    manifest.standings = pending.place->standings;
    double stall_s = 0.0;
    double write_s = 0.0;
    std::uint64_t bytes = 0;
    for (const auto& [trainer, report] : pending.parts) {
        manifest.parts.push_back(report.part);
        bytes += report.part.bytes;
        stall_s = std::max(stall_s, report.stall_s);
        write_s = std::max(write_s, report.write_s);
    }
    for (const int trainer : lost_) {
        if (!pending.parts.contains(trainer)) { manifest.lost.push_back(trainer); }
    }
    cost_s_ = stall_s + write_s;
    const std::string folder = snapshot_folder(plan_.run, round);
    std::string error = first_error(pending);
    if (error.empty() && !is_log_written) { error = "the log cannot be written"; }
    if (error.empty()) {
        try {
            std::string text = manifest.to_text();
            fault::at_disk(fault::snapshot_before_manifest,
                           {.trainer = 0, .round = round},
                           std::as_writable_bytes(std::span(text)));
            write_atomically(folder + "/manifest.json", text);
            prune_snapshots(plan_.run, round, plan_.keep);
        } catch (const std::exception& failure) { error = failure.what(); }
    }
    if (error.empty()) {
        events_.emplace_back("snapshot",
                             Json{{"round", round},
                                  {"path", folder.substr(plan_.run.size() + 1)},
                                  {"bytes", bytes},
                                  {"stall_s", stall_s},
                                  {"snapshot_s", cost_s_}});
    } else {
        give_up(round, error);
    }
    next_s_ = now_s_ + plan_.interval.seconds_between(cost_s_);
    if (round != planned_round_) { return; }
    planned_round_ = -1;
    if (leave_code_) { orders_.push_back({{"leave", *leave_code_}}); }
}

void SnapshotKeeper::give_up(int round, const std::string& why) {
    events_.emplace_back("failure",
                         Json{{"round", round},
                              {"what", "snapshot"},
                              {"message",
                               fmt::format("no snapshot after round {}: {} (the one before is "
                                           "kept{})",
                                           round,
                                           why,
                                           is_leaving() ? "" : ", training goes on")}});
    std::error_code ignored;
    std::filesystem::remove_all(snapshot_folder(plan_.run, round), ignored);
}

}  // namespace ltfb::orchestrator
