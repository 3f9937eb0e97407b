#include "orchestrator/tcp_rank_line.hpp"

#include <csignal>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace ltfb::orchestrator {

void RankLine::say(const std::string& text) {
    boost::system::error_code ignored;  // who is gone is noticed by reading
    asio::write(socket, asio::buffer(text), ignored);
}

void RankLine::hear(std::function<void(std::optional<std::string>)> take) {
    asio::async_read_until(
        socket,
        received,
        '\n',
        [this, take = std::move(take)](const boost::system::error_code& error, std::size_t) {
            if (error) { return take(std::nullopt); }
            std::istream lines(&received);
            std::string text;
            std::getline(lines, text);
            take(std::move(text));
        });
}

void RankLine::kill() const {
    if (pid > 0) { ::kill(pid, SIGKILL); }
}

double RankLine::still_s() const {
    return std::chrono::duration<double>(JobClock::now() - last_alive).count();
}

void accept_all(tcp::acceptor& acceptor, std::function<void(tcp::socket)> take) {
    acceptor.async_accept([&acceptor, take = std::move(take)](
                              const boost::system::error_code& error, tcp::socket socket) mutable {
        if (error == asio::error::operation_aborted) { return; }
        if (!error) { take(std::move(socket)); }
        accept_all(acceptor, std::move(take));
    });
}

std::string rest_of(std::istringstream& words) {
    std::string text;
    std::getline(words >> std::ws, text);
    return text;
}

std::optional<std::string> take_first(std::deque<std::string>& texts) {
    if (texts.empty()) { return std::nullopt; }
    std::string text = std::move(texts.front());
    texts.pop_front();
    return text;
}

}  // namespace ltfb::orchestrator
