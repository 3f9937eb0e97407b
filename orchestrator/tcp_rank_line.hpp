#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/asio.hpp>
#include <sys/types.h>

namespace ltfb::orchestrator {

using JobClock = std::chrono::steady_clock;
using Seat = std::pair<int, int>;  // trainer, seat

/// One rank's connection.
struct RankLine {
    explicit RankLine(boost::asio::ip::tcp::socket own) : socket(std::move(own)) {}
    boost::asio::ip::tcp::socket socket;
    boost::asio::streambuf received;
    bool has_greeted = false;
    Seat seat = {-1, -1};
    pid_t pid = 0;  // 0: on another host
    bool said_bye = false;
    std::set<Seat> looks_for = {};
    JobClock::time_point last_heard = JobClock::now();
    JobClock::time_point last_alive = JobClock::now();  // when its main thread was

    void say(const std::string& text) {
        boost::system::error_code ignored;  // who is gone is noticed by reading
        boost::asio::write(socket, boost::asio::buffer(text), ignored);
    }
};

/// The job of one trainer, as its last start made it.
struct Job {
    pid_t pid = 0;  // of its launcher
    int incarnation = -1;
    bool is_there = false;
    int callers = 0;  // ranks that have called
    JobClock::time_point started = {};
    bool is_ending = false;
    JobClock::time_point ends_since = {};
    std::string why = {};
    std::optional<int> exit_code = {};                  // as its lead seat said
    bool has_refused = false;                           // a rank has met bad input
    bool has_failed = false;                            // a rank has told what it failed of
    std::deque<std::string> waiting = {};               // for its lead seat
    std::map<int, std::deque<std::string>> heard = {};  // from it, by channel
};

}  // namespace ltfb::orchestrator
