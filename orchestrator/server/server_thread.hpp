#pragma once

#include <csignal>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ltfb::server {

/// Starts a thread that leaves the processor to others (`niceness` 0 nothing, 19 nearly all of it),
/// and to which no signal is delivered: those are for the thread that trains.
template <class Body>
std::thread start_thread(int niceness, Body body) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread([niceness, body = std::move(body)] {
        // On Linux this concerns the calling thread alone.
        if (niceness > 0) { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness); }
        body();
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace ltfb::server
