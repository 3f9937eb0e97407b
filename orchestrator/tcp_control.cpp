#include "orchestrator/tcp_control.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "orchestrator/process.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_rank_line.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

namespace ltfb::orchestrator {

namespace {

constexpr std::chrono::seconds patience(10);  // of a rank with its last words

tcp::endpoint endpoint_of(const std::string& text) {
    const auto colon = text.rfind(':');
    require(colon != std::string::npos, "control line: an address has no port");
    return {asio::ip::make_address(text.substr(0, colon)),
            static_cast<unsigned short>(std::stoi(text.substr(colon + 1)))};
}

}  // namespace

struct ControlLine::State {
    asio::io_context context;
    tcp::socket socket{context};
    asio::steady_timer beat{context};
    asio::streambuf received;
    std::chrono::steady_clock::time_point last_heard = std::chrono::steady_clock::now();
    bool is_leaving = false;  // used by the thread alone
    std::thread thread;
    std::atomic<bool> is_main_alive = false;  // since the last beat
    std::atomic<bool> has_losses = false;
    mutable std::mutex mutex;  // of those below
    std::vector<int> lost;
    std::vector<Loss> new_losses;
    std::map<int, std::deque<std::string>> messages;                 // by channel
    std::map<std::pair<int, int>, std::vector<std::string>> places;  // by (trainer, seat)
    std::string token;

    bool connect(const tcp::endpoint& endpoint, const std::string& hello);
    void read_next();
    void beat_next();
    void obey(const std::string& line);
    void note_loss(const std::string& line);
    void note_message(const std::string& line);
    void note_place(const std::string& line);
    void say(std::string line);
    void end() const;
};

bool ControlLine::State::connect(const tcp::endpoint& endpoint, const std::string& hello) {
    boost::system::error_code error;
    socket.close(error);
    socket.connect(endpoint, error);
    if (error) { return false; }
    socket.set_option(tcp::no_delay(true), error);
    asio::write(socket, asio::buffer(hello), error);
    if (error) { return false; }
    asio::read_until(socket, received, '\n', error);
    if (error) { return false; }
    std::istream lines(&received);
    std::string answer;
    std::getline(lines, answer);
    return answer == "welcome";
}

// Without the launching process nobody restarts or stops this job.
void ControlLine::State::end() const {
    if (!is_leaving) { ::_exit(1); }
}

void ControlLine::State::read_next() {
    asio::async_read_until(
        socket, received, '\n', [this](const boost::system::error_code& error, std::size_t) {
            if (error) { return end(); }
            last_heard = std::chrono::steady_clock::now();
            std::istream lines(&received);
            std::string line;
            std::getline(lines, line);
            obey(line);
            read_next();
        });
}

void ControlLine::State::obey(const std::string& line) {
    if (line.starts_with("signal ")) { note_signal(std::atoi(line.c_str() + 7)); }
    if (line.starts_with("lost ")) { note_loss(line); }
    if (line.starts_with("message ")) { note_message(line); }
    if (line.starts_with("place ")) { note_place(line); }
}

void ControlLine::State::note_message(const std::string& line) {
    std::istringstream words(line.substr(8));
    int channel = 0;
    std::string text;
    words >> channel >> std::ws;
    std::getline(words, text);
    const std::scoped_lock lock(mutex);
    messages[channel].push_back(std::move(text));
}

void ControlLine::State::note_place(const std::string& line) {
    std::istringstream words(line.substr(6));
    std::pair<int, int> seat;
    words >> seat.first >> seat.second;
    std::vector<std::string> list;
    for (std::string place; words >> place;) { list.push_back(place); }
    const std::scoped_lock lock(mutex);
    places[seat] = std::move(list);
}

void ControlLine::State::note_loss(const std::string& line) {
    std::istringstream words(line.substr(5));
    Loss loss;
    words >> loss.trainer >> std::ws;
    std::getline(words, loss.why);
    const std::scoped_lock lock(mutex);
    lost.push_back(loss.trainer);
    new_losses.push_back(std::move(loss));
    has_losses = true;
}

/// From any thread.
void ControlLine::State::say(std::string line) {
    asio::post(context, [this, line = std::move(line)] {
        boost::system::error_code ignored;
        asio::write(socket, asio::buffer(line), ignored);
    });
}

void ControlLine::State::beat_next() {
    beat.expires_after(std::chrono::seconds(beat_s));
    beat.async_wait([this](const boost::system::error_code& error) {
        if (error) { return; }
        boost::system::error_code failed;
        const std::string sign = is_main_alive.exchange(false) ? "alive\n" : "beat\n";
        asio::write(socket, asio::buffer(sign), failed);
        const auto silent = std::chrono::steady_clock::now() - last_heard;
        if (failed || silent > std::chrono::seconds(launcher_silence_s)) { return end(); }
        beat_next();
    });
}

std::unique_ptr<ControlLine> ControlLine::from_environment(int world_rank, const std::string& job) {
    const char* const text = std::getenv(control_variable);
    if (text == nullptr) { return nullptr; }
    std::istringstream words(text);
    std::string token;
    std::string addresses;
    words >> token >> addresses;
    const std::string hello =
        fmt::format("hello {} {} {} {} {}\n", token, world_rank, ::getpid(), host_name(), job);
    auto state = std::make_unique<State>();
    state->token = token;
    std::istringstream list(addresses);
    for (std::string address; std::getline(list, address, ',');) {
        if (!state->connect(endpoint_of(address), hello)) { continue; }
        state->read_next();
        state->beat_next();
        State& shared = *state;
        state->thread = std::thread([&shared] { shared.context.run(); });
        return std::unique_ptr<ControlLine>(new ControlLine(std::move(state)));
    }
    throw Error(fmt::format("rank {}: the launching process doesn't answer at {} (did it end?)",
                            world_rank,
                            addresses));
}

ControlLine::ControlLine(std::unique_ptr<State> state) : state_(std::move(state)) {}

void ControlLine::say_bye(int exit_code) {
    asio::post(state_->context, [this, exit_code] {
        state_->is_leaving = true;
        boost::system::error_code ignored;
        asio::write(state_->socket, asio::buffer(fmt::format("bye {}\n", exit_code)), ignored);
    });
}

void ControlLine::refuse(const std::string& message) {
    state_->say("refuse " + message + '\n');
    std::this_thread::sleep_for(patience);
}

void ControlLine::say_failure(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    state_->say("fail " + message + '\n');
    const auto has_left = std::make_shared<std::promise<void>>();
    asio::post(state_->context, [has_left] { has_left->set_value(); });
    has_left->get_future().wait_for(patience);
}

void ControlLine::say_started() {
    state_->say("started\n");
}

void ControlLine::mark_alive() {
    state_->is_main_alive.store(true, std::memory_order_relaxed);
}

void ControlLine::accuse(int trainer, double limit_s) {
    state_->say(fmt::format("accuse {} {}\n", trainer, limit_s));
}

void ControlLine::say_places(const std::string& places) {
    state_->say(fmt::format("port {}\n", places));
}

void ControlLine::say_message(int channel, const std::string& text) {
    state_->say(fmt::format("message {} {}\n", channel, text));
}

std::optional<std::string> ControlLine::take_message(int channel) {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->messages.find(channel);
    return found == state_->messages.end() ? std::nullopt : take_first(found->second);
}

std::vector<std::string> ControlLine::places_of(int trainer, int seat) {
    const std::scoped_lock lock(state_->mutex);
    const auto [found, is_new] = state_->places.try_emplace({trainer, seat});
    if (is_new) { state_->say(fmt::format("find {} {}\n", trainer, seat)); }
    return found->second;
}

const std::string& ControlLine::token() const {
    return state_->token;
}

bool ControlLine::is_lost(int trainer) const {
    if (!has_losses()) { return false; }
    const std::scoped_lock lock(state_->mutex);
    return std::ranges::find(state_->lost, trainer) != state_->lost.end();
}

bool ControlLine::has_losses() const {
    return state_->has_losses;
}

std::vector<Loss> ControlLine::take_losses() {
    if (!has_losses()) { return {}; }
    const std::scoped_lock lock(state_->mutex);
    return std::exchange(state_->new_losses, {});
}

ControlLine::~ControlLine() {
    close();
}

void ControlLine::close() {
    if (!state_->thread.joinable()) { return; }
    asio::post(state_->context, [this] { state_->context.stop(); });
    state_->thread.join();
}

}  // namespace ltfb::orchestrator
