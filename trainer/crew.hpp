#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "trainer/seat_group.hpp"

namespace ltfb::trainer {

/// What the workers of a crew have in common; lies in group memory, zero at first.
struct CrewState {
    alignas(64) std::atomic<std::uint32_t> workers;
    alignas(64) std::atomic<std::uint32_t> arrived;  // at the wait at hand
    alignas(64) std::atomic<std::uint32_t> waits;    // that are over
    alignas(64) std::atomic<std::uint32_t> claimed;  // items of the share at hand
};

/// One thread of one seat, at work beside all others of the group.
class Worker {
public:
    Worker(CrewState& state,
           const mpi::Deadline& deadline,
           std::size_t thread,
           std::size_t threads) noexcept
        : state_(state), deadline_(deadline), thread_(thread), threads_(threads) {}

    /// Which of its seat's threads it is.
    [[nodiscard]] std::size_t thread() const noexcept { return thread_; }
    [[nodiscard]] std::size_t threads_of_seat() const noexcept { return threads_; }

    /// All workers share out the items [0, n): each calls work(item, next) for those that it gets,
    /// one whenever it is done with the last, as cores are not equally fast; `next` is the item
    /// that it is likely to get after this one, n or more: none. Between two shares lies a `wait`.
    template <class Work>
    void share(std::size_t n, const Work& work) {
        const std::size_t workers = state_.workers.load(std::memory_order_relaxed);
        while (true) {
            const std::size_t item = state_.claimed.fetch_add(1, std::memory_order_relaxed);
            if (item >= n) { return; }
            work(item, item + workers);
        }
    }

    /// Returns once all workers are here, and sees what they wrote before. Throws TimeoutError.
    void wait();

private:
    CrewState& state_;
    const mpi::Deadline& deadline_;
    std::size_t thread_;
    std::size_t threads_;
};

/// The threads of all seats of a group, which work on one step together, whichever seat they belong
/// to. All calls are collective over the group, from one thread of each seat.
class Crew {
public:
    Crew() = default;
    /// `threads`: of this seat.
    Crew(const SeatGroup& group, int threads);

    [[nodiscard]] std::size_t workers() const noexcept { return workers_; }
    [[nodiscard]] std::size_t threads_of_seat() const noexcept {
        return static_cast<std::size_t>(threads_);
    }

    /// Calls body(worker) on every thread of every seat; returns once all are through with it.
    /// Throws what `body` threw on this seat.
    void run(const mpi::Deadline& deadline, const std::function<void(Worker&)>& body);

private:
    [[nodiscard]] CrewState& state() noexcept;

    GroupMemory memory_;
    int threads_ = 1;
    std::size_t workers_ = 1;
};

}  // namespace ltfb::trainer
