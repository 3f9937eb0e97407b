#include "orchestrator/snapshot_seat.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

namespace ltfb::orchestrator {

std::string StatePlan::path_of(int round) const {
    return fmt::format("{}/round-{:06d}.h5", folder, round);
}

std::optional<int> StatePlan::newest_round() const {
    std::optional<int> newest;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        int round = -1;
        const std::string name = entry.path().filename();
        if (std::sscanf(name.c_str(), "round-%d", &round) == 1 && entry.path() == path_of(round)) {
            newest = std::max(newest.value_or(-1), round);
        }
    }
    return newest;
}

SnapshotSeat::SnapshotSeat(const Settings& settings,
                           int trainer_index,
                           const mpi::Comm& seats,
                           trainer::Trainer& trainer,
                           RootLine root,
                           const StatePlan& states)
    : settings_(settings),
      trainer_index_(trainer_index),
      seats_(seats),
      trainer_(trainer),
      root_(std::move(root)),
      states_(states),
      interval_(parse_snapshot_every(settings.snapshot_every)),
      writer_(trainer.layout().arena_size, 1 + trainer.moments().size()) {}

void SnapshotSeat::poll() {
    if (const auto report = writer_.poll()) { hand_on(*report); }
    for (const Json& order : root_.orders()) { hear(order); }
}

void SnapshotSeat::hear(const Json& order) {
    if (order.contains("snapshot")) {
        ordered_round_ = order.at("snapshot");
        leaves_ = order.at("leave");
        // At once: others may be waiting at that round's end, and this trainer for one of them.
        if (ordered_round_ < next_boundary_) {
            root_.tell({{"late", std::exchange(ordered_round_, -1)}});
            leaves_ = false;
        }
    } else if (order.contains("cancel")) {
        ordered_round_ = -1;
        leaves_ = false;
    } else {
        exit_code_ = order.at("leave").get<int>();
    }
}

void SnapshotSeat::flush() {
    if (writer_.is_busy()) { hand_on(writer_.wait(disk_limit_s())); }
}

void SnapshotSeat::finish() {
    if (!writer_.is_busy()) { return; }
    const PartReport report = writer_.wait(disk_limit_s());
    if (report.error.empty()) { return; }
    std::fputs(fmt::format("ltfb-run: warning: {}\n", report.error).c_str(), stderr);
}

// The other seats wait meanwhile.
double SnapshotSeat::disk_limit_s() const {
    return settings_.deadline_s / 2.0;
}

int SnapshotSeat::from_lead(int value) const {
    return mpi::max(seats_, is_lead() ? value : 0, deadline("its lead seat"));
}

// The lead seat alone hears orders; what it decides, all seats do. While it waits for the root's
// verdict on leaving, the other seats wait for it.
std::optional<int> SnapshotSeat::after_round(TrainerState state) {
    const int round = state.round;
    if (is_lead()) { poll(); }
    const bool is_due = interval_.is_due_after(round) || ordered_round_ == round;
    std::optional<int> code;
    const bool is_part = from_lead(is_due ? 1 : 0) != 0;
    if (is_part || states_.is_in_use()) { code = take_snapshot(std::move(state), is_part); }
    if (states_.is_in_use()) { tell_saved(); }
    next_boundary_ = round + 1;
    return code;
}

// A state of the trainer's own comes first, and gets its name in the snapshot then: whoever has
// told of a part never writes it again.
StateTarget SnapshotSeat::target_of(const TrainerState& state, bool is_part) {
    const std::string part =
        snapshot_folder(settings_.out, state.round) + "/" + part_name(state.trainer);
    if (!states_.is_in_use()) { return {.path = part}; }
    const int before = std::exchange(written_round_, state.round);
    return {.path = states_.path_of(state.round),
            .link = is_part ? part : "",
            .outdated = before < 0 ? "" : states_.path_of(before),
            .is_part = is_part};
}

void SnapshotSeat::hand_on(const PartReport& report) {
    if (report.is_part) { root_.tell({{"part", report.to_json()}}); }
    if (report.error.empty()) {
        saved_round_ = report.round;
    } else if (!report.is_part && !std::exchange(is_warned_, true)) {
        std::fputs(fmt::format("ltfb-run: warning: {} (if trainer {} dies now, the run has to be "
                               "resumed from a snapshot)\n",
                               report.error,
                               report.part.trainer)
                       .c_str(),
                   stderr);
    }
}

void SnapshotSeat::tell_saved() {
    const int saved = from_lead(saved_round_ + 1) - 1;
    if (saved == told_round_) { return; }
    told_round_ = saved;
    states_.saved(saved);
}

std::optional<int> SnapshotSeat::take_snapshot(TrainerState state, bool is_part) {
    const int round = state.round;
    if (is_lead()) { flush(); }
    const auto start = std::chrono::steady_clock::now();
    copy_state(state);
    const std::chrono::duration<double> copied = std::chrono::steady_clock::now() - start;
    if (is_lead()) { writer_.start(target_of(state, is_part), state, copied.count()); }
    const int code = from_lead(ordered_round_ == round ? await_verdict(round).value_or(0) : 0);
    return code == 0 ? std::nullopt : std::optional(code);
}

void SnapshotSeat::copy_state(TrainerState& state) {
    state.digest = trainer_.digest();
    std::vector<mpi::Request> requests;
    constexpr int tag = 3;
    const auto moments = trainer_.moments();
    const std::size_t arena_size = trainer_.layout().arena_size;
    for (std::size_t i = 0; i < moments.size(); ++i) {
        if (!is_lead()) {
            mpi::start_send(seats_, 0, tag, std::as_bytes(moments[i]), requests);
            continue;
        }
        const auto copy = writer_.copy_of(1 + i);
        std::ranges::copy(moments[i], copy.begin());
        for (int seat = 1; seat < seats_.size(); ++seat) {
            const ArenaRange shard = shard_of(arena_size, seat, seats_.size());
            mpi::start_receive(seats_,
                               seat,
                               tag,
                               std::as_writable_bytes(copy.subspan(shard.begin, shard.size())),
                               requests);
        }
    }
    if (is_lead()) { std::ranges::copy(trainer_.weights(), writer_.copy_of(0).begin()); }
    mpi::wait_all(requests, deadline("the moments of a snapshot"));
}

std::optional<int> SnapshotSeat::await_verdict(int round) {
    if (!leaves_) {
        ordered_round_ = -1;
        return std::nullopt;
    }
    // Another order, or none any more: the run goes on.
    const auto is_decided = [&] {
        poll();
        return exit_code_ || !leaves_ || ordered_round_ != round;
    };
    mpi::wait_until(is_decided, deadline("the other trainers' parts of a snapshot"));
    return exit_code_;
}

mpi::Deadline SnapshotSeat::deadline(const char* what) const {
    // The lead seat, for whom the others wait, speaks first.
    return {.limit_s = is_lead() ? settings_.deadline_s : 1.25 * settings_.deadline_s + 5.0,
            .what = fmt::format("trainer {} seat {}, after round {}: waiting for {}",
                                trainer_index_,
                                seats_.rank(),
                                next_boundary_,
                                what)};
}

}  // namespace ltfb::orchestrator
