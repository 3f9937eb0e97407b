#include "orchestrator/signals.hpp"

#include <csignal>
#include <initializer_list>
#include <cstdlib>

#include <unistd.h>

namespace ltfb::orchestrator {

namespace {

// The one state that a signal handler can reach.
volatile std::sig_atomic_t wants_snapshot = 0;
volatile std::sig_atomic_t leaves_by = 0;
volatile std::sig_atomic_t interrupts = 0;

}  // namespace

void note_signal(int signal) {
    if (signal == SIGUSR1) {
        wants_snapshot = 1;
        return;
    }
    if (signal == SIGINT) {
        interrupts = interrupts + 1;
        if (interrupts > 1) { ::_exit(exit_code_of(SIGINT)); }
    }
    leaves_by = signal == SIGUSR2 ? SIGTERM : signal;
}

void install_signal_handlers() {
    for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) {
        struct sigaction action {};
        action.sa_handler = note_signal;
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
}

bool take_snapshot_signal() {
    const bool wanted = wants_snapshot != 0;
    wants_snapshot = 0;
    return wanted;
}

int take_leave_signal() {
    const int signal = leaves_by;
    leaves_by = 0;
    return signal;
}

const char* signal_name(int signal) {
    switch (signal) {
        case SIGINT:
            return "SIGINT";
        case SIGTERM:
            return "SIGTERM";
        case SIGUSR1:
            return "SIGUSR1";
        default:
            return "time-limit";
    }
}

int exit_code_of(int signal) {
    return signal == SIGINT ? 130 : 75;
}

}  // namespace ltfb::orchestrator
