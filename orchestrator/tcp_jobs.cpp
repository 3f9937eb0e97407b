#include "orchestrator/tcp_jobs.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <utility>

#include <boost/asio.hpp>
#include <fmt/core.h>
#include <sys/wait.h>

#include "orchestrator/process.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/tcp_jobs_state.hpp"
#include "tournament/tcp_frame.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

namespace ltfb::orchestrator {

using Clock = JobClock;
using ErrorCode = boost::system::error_code;

namespace {

constexpr auto kill_after = std::chrono::seconds(4);  // between asking a job to end and killing it
constexpr auto patience_after_bye = std::chrono::seconds(20);
constexpr auto pulse = std::chrono::milliseconds(100);

}  // namespace

void TrainerJobs::State::read_next(std::list<SeatLine>::iterator line) {
    line->hear([this, line](const std::optional<std::string>& text) {
        if (!text || !obey(*line, *text)) { return drop(line); }
        read_next(line);
    });
}

bool TrainerJobs::State::greet(SeatLine& line, std::istringstream& words) {
    std::string told;
    std::string host;
    int seat = -1;
    pid_t pid = 0;
    int trainer = -1;
    int incarnation = -1;
    words >> told >> seat >> pid >> host >> trainer >> incarnation;
    const bool is_ours = tournament::is_same_secret(told, token) && seat >= 0 && trainer >= 0 &&
                         trainer < static_cast<int>(jobs.size());
    if (!is_ours) { return false; }
    Job& job = job_of(trainer);
    if (!job.is_there || job.is_ending || job.incarnation != incarnation) { return false; }
    line.has_greeted = true;
    ++job.callers;
    line.seat = {trainer, seat};
    if (host == host_name()) { line.pid = pid; }
    line.say("welcome\n");
    if (seat == 0) {
        for (const std::string& text : std::exchange(job.waiting, {})) { line.say(text); }
    }
    return true;
}

bool TrainerJobs::State::obey(SeatLine& line, const std::string& text) {
    line.last_heard = Clock::now();
    std::istringstream words(text);
    std::string verb;
    words >> verb;
    if (!line.has_greeted) { return verb == "hello" && greet(line, words); }
    if (line.seat.first < 0) { return false; }
    Job& job = job_of(line.seat.first);
    if (verb == "bye") {
        int code = 0;
        words >> code;
        line.said_bye = true;
        if (line.seat.second == 0) {
            job.exit_code = code;
            job.ends_since = Clock::now();
        }
    } else if (verb == "refuse" && !job.is_ending) {
        std::fputs(fmt::format("ltfb-run: {}\n", rest_of(words)).c_str(), stderr);
        job.has_refused = true;
        lose(line.seat.first, "bad input");
    } else if (verb == "fail") {
        const auto why = fmt::format("seat {} failed: {}", line.seat.second, rest_of(words));
        const bool is_first = !std::exchange(job.has_failed, true);
        // Of a failure others may die before it is heard of.
        if (job.is_ending && is_first) { job.why = why; }
        lose(line.seat.first, why);
    } else if (verb == "alive") {
        line.last_alive = line.last_heard;
    } else if (verb == "accuse") {
        int trainer = -1;
        double limit_s = 0.0;
        words >> trainer >> limit_s;
        hear_accusation(trainer, limit_s);
    } else if (verb == "port") {
        std::string list;
        words >> list;
        note_port(line, list);
    } else if (verb == "find") {
        Seat seat;
        words >> seat.first >> seat.second;
        line.looks_for.insert(seat);
        const auto place = places.find(seat);
        if (place != places.end()) {
            line.say(fmt::format("place {} {} {}\n", seat.first, seat.second, place->second));
        }
    } else if (verb == "message" && line.seat.second == 0) {
        int channel = 0;
        words >> channel;
        job.heard[channel].push_back(rest_of(words));
    }
    return true;
}

/// `list`: "address:port,..." as the rank sees itself. The address that it comes from is the
/// likeliest to be reached by others, where it isn't this very machine.
void TrainerJobs::State::note_port(SeatLine& line, const std::string& list) {
    ErrorCode error;
    const auto address = line.socket.remote_endpoint(error).address();
    std::string place;
    const auto colon = list.rfind(':');
    if (!error && !address.is_loopback() && colon != std::string::npos) {
        place = address.to_string() + list.substr(colon) + " ";
    }
    std::string rest = list;
    std::ranges::replace(rest, ',', ' ');
    place += rest;
    places[line.seat] = place;
    for (SeatLine& other : lines) {
        if (!other.looks_for.contains(line.seat)) { continue; }
        other.say(fmt::format("place {} {} {}\n", line.seat.first, line.seat.second, place));
    }
}

void TrainerJobs::State::drop(std::list<SeatLine>::iterator line) {
    const Seat seat = line->seat;
    const bool is_loss = seat.first >= 0 && !line->said_bye;
    if (is_loss) { line->kill(); }
    lines.erase(line);
    if (is_loss) { lose(seat.first, fmt::format("seat {} has died", seat.second)); }
}

void TrainerJobs::State::watch() {
    timer.expires_after(pulse);
    timer.async_wait([this](const ErrorCode& error) {
        if (error) { return; }
        const auto now = Clock::now();
        // Who was stopped itself has heard nobody.
        const bool was_stopped = now - std::exchange(last_tick, now) > kill_after;
        std::optional<Seat> silent;
        for (SeatLine& line : lines) {
            if (was_stopped) { line.last_heard = line.last_alive = now; }
            if (!line.has_greeted) { continue; }
            line.say("beat\n");
            const std::chrono::duration<double> silence = now - line.last_heard;
            if (!line.said_bye && silence.count() > silence_s) { silent = line.seat; }
        }
        if (silent) {
            lose(silent->first,
                 fmt::format("seat {} has been silent for {:.0f} s", silent->second, silence_s));
        }
        for (int trainer = 0; trainer < static_cast<int>(jobs.size()); ++trainer) { reap(trainer); }
        watch();
    });
}

// The ranks end by themselves when their lines are closed; those that can't, because they are
// stopped, are killed where they can be reached.
void TrainerJobs::State::lose(int trainer, const std::string& why) {
    Job& job = job_of(trainer);
    if (!job.is_there || job.is_ending) { return; }
    job.is_ending = true;
    job.ends_since = Clock::now();
    job.why = why;
    std::erase_if(places, [&](const auto& place) { return place.first.first == trainer; });
    kill_ranks(trainer, false);
}

SeatLine* TrainerJobs::State::lead_of(int trainer) {
    const auto line = std::ranges::find_if(
        lines, [&](const SeatLine& one) { return one.seat == Seat(trainer, 0); });
    return line == lines.end() ? nullptr : &*line;
}

/// A trainer that waits for another itself, or is merely slow, gives signs of life; its lead seat
/// speaks for all, since it waits for the others.
void TrainerJobs::State::hear_accusation(int trainer, double limit_s) {
    const SeatLine* const line = lead_of(trainer);
    if (line == nullptr || line->still_s() <= limit_s / 2.0) { return; }
    lose(trainer, fmt::format("it has done nothing for {:.1f} s", line->still_s()));
}

void TrainerJobs::State::kill_ranks(int trainer, bool also_after_bye) {
    for (SeatLine& line : lines) {
        if (line.seat.first != trainer) { continue; }
        if (also_after_bye || !line.said_bye) { line.kill(); }
        ErrorCode ignored;
        line.socket.shutdown(tcp::socket::shutdown_send, ignored);
    }
}

bool TrainerJobs::State::has_lines(int trainer) const {
    return std::ranges::any_of(lines,
                               [&](const SeatLine& line) { return line.seat.first == trainer; });
}

void TrainerJobs::State::reap(int trainer) {
    Job& job = job_of(trainer);
    if (!job.is_there) { return; }
    const std::chrono::duration<double> age = Clock::now() - job.started;
    const int size = ranks[static_cast<std::size_t>(trainer)];
    if (job.callers < size && age.count() > start_s) {
        lose(trainer,
             fmt::format("{} of its {} ranks have called in {:.0f} s", job.callers, size, start_s));
    }
    const auto waited = Clock::now() - job.ends_since;
    if (job.is_ending) { ask_to_end(job.pid, waited, job.is_asked); }
    const bool is_late = (job.is_ending && waited > kill_after) ||
                         (job.exit_code.has_value() && waited > patience_after_bye);
    if (is_late) {
        if (job.pid > 0) { ::kill(-job.pid, SIGKILL); }
        kill_ranks(trainer, true);
    }
    int status = 0;
    if (job.pid > 0 && ::waitpid(job.pid, &status, WNOHANG) == job.pid) {
        job.pid = 0;
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        const bool is_told = job.exit_code.has_value();
        if (!is_told) { lose(trainer, fmt::format("its launcher ended with {}", code)); }
    }
    // After the launcher its ranks have a moment to follow.
    const bool may_follow = Clock::now() - job.ends_since < 2 * kill_after;
    if (job.pid > 0 || (has_lines(trainer) && may_follow)) { return; }
    // Lines that don't close are of a host that is gone: what they may still say isn't heard.
    for (SeatLine& line : lines) {
        if (line.seat.first != trainer) { continue; }
        line.seat = {-1, -1};
        ErrorCode ignored;
        line.socket.close(ignored);
    }
    job.is_there = false;
    constexpr int bad_input = 2;
    ends.push_back({.trainer = trainer,
                    .in_order = job.has_refused || !job.is_ending,
                    .exit_code = job.has_refused ? bad_input : job.exit_code.value_or(1),
                    .why = job.why,
                    .has_called = job.callers > 0});
}

void TrainerJobs::State::tell_lead(int trainer, const std::string& text) {
    Job& job = job_of(trainer);
    SeatLine* const lead = lead_of(trainer);
    if (lead == nullptr || job.is_ending) {
        job.waiting.push_back(text);
    } else {
        lead->say(text);
    }
}

TrainerJobs::TrainerJobs(std::vector<int> ranks_per_trainer,
                         double longest_silence_s,
                         double longest_start_s)
    : state_(std::make_unique<State>(
          std::move(ranks_per_trainer), longest_silence_s, longest_start_s)) {
    std::signal(SIGPIPE, SIG_IGN);
    accept_all(state_->acceptor, [state = state_.get()](tcp::socket socket) {
        state->lines.emplace_back(std::move(socket));
        state->read_next(std::prev(state->lines.end()));
    });
    state_->watch();
}

TrainerJobs::~TrainerJobs() = default;

const std::string& TrainerJobs::token() const {
    return state_->token;
}

void TrainerJobs::start(int trainer,
                        int incarnation,
                        const std::vector<std::string>& command,
                        std::vector<std::string> environment) {
    Job& job = state_->job_of(trainer);
    job = {.incarnation = incarnation,
           .is_there = true,
           .started = Clock::now(),
           .heard = std::move(job.heard)};
    environment.push_back(fmt::format("{}={} {}",
                                      control_variable,
                                      state_->token,
                                      own_places(state_->acceptor.local_endpoint().port())));
    job.pid = start_process(command, environment, SIGKILL);
}

void TrainerJobs::serve_for(std::chrono::milliseconds time) {
    state_->context.restart();
    if (state_->context.run_one_for(time) > 0) { state_->context.poll(); }
}

std::vector<TrainerEnd> TrainerJobs::take_ends() {
    return std::exchange(state_->ends, {});
}

void TrainerJobs::tell_lost(int trainer, const std::string& why) {
    for (SeatLine& line : state_->lines) {
        if (line.has_greeted && line.seat.first != trainer) {
            line.say(fmt::format("lost {} {}\n", trainer, why));
        }
    }
}

bool TrainerJobs::has_jobs() const {
    return std::ranges::any_of(state_->jobs, [](const Job& job) { return job.is_there; });
}

void TrainerJobs::end_all(const std::string& why) {
    for (int trainer = 0; trainer < static_cast<int>(state_->jobs.size()); ++trainer) {
        state_->lose(trainer, why);
    }
    while (has_jobs()) { serve_for(pulse); }
}

void TrainerJobs::post(int trainer, tournament::Channel channel, std::string text) {
    state_->tell_lead(trainer, fmt::format("message {} {}\n", static_cast<int>(channel), text));
}

std::optional<std::string> TrainerJobs::poll(int trainer, tournament::Channel channel) {
    return take_first(state_->job_of(trainer).heard[static_cast<int>(channel)]);
}

void TrainerJobs::forget(int trainer) {
    state_->job_of(trainer).waiting.clear();
}

void TrainerJobs::accuse(int trainer, double limit_s) {
    state_->hear_accusation(trainer, limit_s);
}

}  // namespace ltfb::orchestrator
