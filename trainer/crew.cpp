#include "trainer/crew.hpp"

#include <exception>
#include <thread>

#include <omp.h>

#include "trainer/pause.hpp"

namespace ltfb::trainer {

// Waits are short and many, so a worker watches for a while before it lets others have its core.
void Worker::wait() {
    constexpr int watches = 2000;  // some 100 microseconds
    constexpr int yields = 2000;
    const std::uint32_t over = state_.waits.load(std::memory_order_relaxed);
    const std::uint32_t workers = state_.workers.load(std::memory_order_relaxed);
    if (state_.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == workers) {
        state_.arrived.store(0, std::memory_order_relaxed);
        state_.claimed.store(0, std::memory_order_relaxed);
        state_.waits.store(over + 1, std::memory_order_release);
        return;
    }
    const auto is_over = [&] { return state_.waits.load(std::memory_order_acquire) != over; };
    for (int i = 0; i < watches; ++i) {
        if (is_over()) { return; }
        pause();
    }
    for (int i = 0; i < yields; ++i) {
        if (is_over()) { return; }
        std::this_thread::yield();
    }
    mpi::wait_until(is_over, deadline_);
}

Crew::Crew(const SeatGroup& group, int threads)
    : memory_(group.allocate(sizeof(CrewState))), threads_(threads) {
    // As many as there are, which may be less than what was asked for.
#pragma omp parallel num_threads(threads)
    {
#pragma omp single
        threads_ = omp_get_num_threads();
    }
    state().workers.fetch_add(static_cast<std::uint32_t>(threads_));
    group.publish();
    workers_ = state().workers.load();
}

CrewState& Crew::state() noexcept {
    return *reinterpret_cast<CrewState*>(memory_.data());
}

void Crew::run(const mpi::Deadline& deadline, const std::function<void(Worker&)>& body) {
    std::exception_ptr failure;  // none may leave a parallel region
#pragma omp parallel num_threads(threads_)
    {
        Worker worker(
            state(), deadline, static_cast<std::size_t>(omp_get_thread_num()), threads_of_seat());
        try {
            body(worker);
            worker.wait();
        } catch (...) {
#pragma omp critical
            failure = std::current_exception();
        }
    }
    if (failure) { std::rethrow_exception(failure); }
}

}  // namespace ltfb::trainer
