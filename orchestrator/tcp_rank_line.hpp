#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <boost/asio.hpp>
#include <sys/types.h>

namespace ltfb::orchestrator {

using JobClock = std::chrono::steady_clock;

/// A rank's ControlLine, at the launching process's end.
struct RankLine {
    explicit RankLine(boost::asio::ip::tcp::socket own) : socket(std::move(own)) {}
    boost::asio::ip::tcp::socket socket;
    boost::asio::streambuf received;
    pid_t pid = 0;  // 0: on another host
    bool said_bye = false;
    JobClock::time_point last_heard = JobClock::now();
    JobClock::time_point last_alive = JobClock::now();  // when its main thread was

    void say(const std::string& text);
    /// Calls `take` with the next line that the rank says; with none once it is gone.
    void hear(std::function<void(std::optional<std::string>)> take);
    /// Ends the process where it is on this host.
    void kill() const;
    /// Seconds for which its main thread has given no sign of life.
    [[nodiscard]] double still_s() const;
};

/// Hands every caller to `take`, until `acceptor` is closed; it must live until then.
void accept_all(boost::asio::ip::tcp::acceptor& acceptor,
                std::function<void(boost::asio::ip::tcp::socket)> take);

/// What is left of a line, without the space in front of it.
std::string rest_of(std::istringstream& words);

/// Takes the first of what waits, if anything does.
std::optional<std::string> take_first(std::deque<std::string>& texts);

}  // namespace ltfb::orchestrator
