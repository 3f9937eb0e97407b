#pragma once

#include <atomic>

namespace ltfb::server {

/// What clients of a server ask of the run that it is part of; set by the server's thread, looked
/// at by the round loop when it suits it.
class ControlRequests {
public:
    void request_snapshot() noexcept { wants_snapshot_ = true; }
    void request_stop() noexcept { wants_stop_ = true; }

    /// True once for any number of requests since the last call.
    [[nodiscard]] bool take_snapshot_request() noexcept { return wants_snapshot_.exchange(false); }
    [[nodiscard]] bool is_stop_requested() const noexcept { return wants_stop_; }

private:
    std::atomic<bool> wants_snapshot_ = false;
    std::atomic<bool> wants_stop_ = false;
};

}  // namespace ltfb::server
