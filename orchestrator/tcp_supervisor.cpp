#include "orchestrator/tcp_supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <utility>

#include <boost/asio.hpp>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "orchestrator/process.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/tcp_supervisor_state.hpp"
#include "tournament/tcp_frame.hpp"

using boost::asio::ip::tcp;

namespace ltfb::orchestrator {

using Clock = JobClock;

namespace {

constexpr auto grace = std::chrono::seconds(5);        // between asking a job to end and killing it
constexpr auto last_grace = std::chrono::seconds(30);  // from its last word to its end
constexpr auto start_limit = std::chrono::seconds(120);  // for all ranks to call
constexpr auto tick = std::chrono::milliseconds(200);

}  // namespace

void Supervisor::State::read_next(std::list<JobLine>::iterator line) {
    line->hear([this, line](const std::optional<std::string>& text) {
        if (!text) { return drop(line, "has died"); }
        if (!obey(*line, *text)) { return drop(line, "is a stranger"); }
        read_next(line);
    });
}

bool Supervisor::State::greet(JobLine& line, std::istringstream& words) {
    std::string told;
    std::string host;
    int rank = -1;
    pid_t pid = 0;
    words >> told >> rank >> pid >> host;
    if (!tournament::is_same_secret(told, token) || rank < 0) { return false; }
    line.rank = rank;
    line.job = jobs;
    ++callers;
    if (host == host_name()) { line.pid = pid; }
    line.say("welcome\n");
    boost::system::error_code ignored;
    if (is_ending) { line.socket.close(ignored); }
    if (rank == 0) {
        for (const int signal : std::exchange(waiting_signals, {})) { hand_on(signal); }
    }
    if (is_lead(rank)) {
        for (const std::string& one : std::exchange(waiting[trainer_of(rank)], {})) {
            line.say(one);
        }
    }
    return true;
}

bool Supervisor::State::obey(JobLine& line, const std::string& text) {
    line.last_heard = Clock::now();
    std::istringstream words(text);
    std::string verb;
    words >> verb;
    if (line.rank < 0) { return verb == "hello" && greet(line, words); }
    if (verb == "message" && line.job == jobs) {
        int channel = 0;
        words >> channel;
        heard[{trainer_of(line.rank), channel}].push_back(rest_of(words));
    }
    if (verb == "refuse" && !is_ending) {
        std::fputs(fmt::format("ltfb-run: {}\n", rest_of(words)).c_str(), stderr);
        has_refused = true;
        end_job("bad input");
    }
    if (verb == "fail") {
        hear_failure(line.rank, fmt::format("rank {} failed: {}", line.rank, rest_of(words)));
    }
    if (verb == "alive") { line.last_alive = line.last_heard; }
    if (verb == "started" && line.job == jobs) { started.insert(trainer_of(line.rank)); }
    if (verb == "accuse") {
        int trainer = -1;
        double limit_s = 0.0;
        words >> trainer >> limit_s;
        hear_accusation(trainer, limit_s);
    }
    if (verb == "bye") {
        line.said_bye = true;
        int code = 0;
        words >> code;
        if (line.rank == 0) {
            has_reported = true;
            end.exit_code = code;
            ends_since = Clock::now();
        }
    }
    return true;
}

void Supervisor::State::drop(std::list<JobLine>::iterator line, const std::string& why) {
    const int rank = line->rank;
    const bool is_loss = rank >= 0 && line->job == jobs && !line->said_bye && !is_ending;
    if (is_ending && !line->said_bye) { line->kill(); }
    lines.erase(line);
    if (is_loss) { lose(rank, fmt::format("rank {} {}", rank, why)); }
}

int Supervisor::State::trainer_of(int rank) const {
    int trainer = 0;
    for (const int ranks : plan.ranks_per_trainer) {
        if (rank < ranks) { break; }
        rank -= ranks;
        ++trainer;
    }
    return trainer;
}

bool Supervisor::State::is_lead(int rank) const {
    return rank == 0 || trainer_of(rank - 1) != trainer_of(rank);
}

JobLine* Supervisor::State::lead_of(int trainer) {
    const auto line = std::ranges::find_if(lines, [&](const JobLine& one) {
        return one.rank >= 0 && one.job == jobs && is_lead(one.rank) &&
               trainer_of(one.rank) == trainer;
    });
    return line == lines.end() ? nullptr : &*line;
}

/// What is left of the rank's trainer goes; the others hear of it, or go too.
void Supervisor::State::lose(int rank, const std::string& what) {
    const int trainer = trainer_of(rank);
    if (lost.contains(trainer)) { return; }
    const bool has_begun = static_cast<int>(started.size()) == trainers();
    const bool has_others = static_cast<int>(lost.size()) + 1 < trainers();
    if (!plan.outlives_trainers || !has_begun || !has_others) { return end_job(what); }
    lost.insert(trainer);
    new_losses.push_back({.trainer = trainer, .why = what});
    for (JobLine& line : lines) {
        if (line.rank < 0 || line.job != jobs) { continue; }
        if (trainer_of(line.rank) == trainer) {
            line.kill();
            boost::system::error_code ignored;
            line.socket.shutdown(tcp::socket::shutdown_both, ignored);
        } else {
            line.say(fmt::format("lost {} {}\n", trainer, what));
        }
    }
}

/// Of a failure others may die before it is heard of.
void Supervisor::State::hear_failure(int rank, const std::string& what) {
    const bool is_first = !std::exchange(has_failed, true);
    if (!is_ending) { return lose(rank, what); }
    if (is_first) { end.what = what; }
}

/// A trainer that waits for another itself, or is merely slow, gives signs of life; its lead seat
/// speaks for all, since it waits for the others.
void Supervisor::State::hear_accusation(int trainer, double limit_s) {
    const JobLine* const line = lead_of(trainer);
    if (line == nullptr || line->still_s() <= limit_s / 2.0) { return; }
    lose(line->rank,
         fmt::format("rank {} has done nothing for {:.1f} s", line->rank, line->still_s()));
}

void Supervisor::State::watch_signals() {
    signals.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) { return; }
        if (signal == SIGINT && ++interrupts > 1) {
            end_job("interrupted twice");
        } else {
            hand_on(signal == SIGHUP ? SIGTERM : signal);
        }
        watch_signals();
    });
}

void Supervisor::State::hand_on(int signal) {
    if (signal != SIGUSR1) { leaves_by = signal; }
    if (plan.outlives_trainers) { return note_signal(signal); }
    for (JobLine& line : lines) {
        if (line.rank == 0) { return line.say(fmt::format("signal {}\n", signal)); }
    }
    waiting_signals.push_back(signal);
}

void Supervisor::State::watch() {
    timer.expires_after(tick);
    timer.async_wait([this](const boost::system::error_code& error) {
        if (error) { return; }
        const auto now = Clock::now();
        // Who was stopped itself has heard nobody.
        const bool was_stopped = now - std::exchange(last_tick, now) > grace;
        int silent = -1;
        for (JobLine& line : lines) {
            if (was_stopped) { line.last_heard = line.last_alive = now; }
            if (line.rank < 0) { continue; }  // the first that it hears must be its welcome
            line.say("beat\n");
            if (!line.said_bye && !is_ending && !lost.contains(trainer_of(line.rank)) &&
                now - line.last_heard > std::chrono::seconds(silence_s)) {
                silent = line.rank;
            }
        }
        if (silent >= 0) {
            lose(silent, fmt::format("rank {} has been silent for {} s", silent, silence_s));
        }
        // A launcher may fall silent too, when a rank dies that hasn't called yet.
        const int ranks =
            std::accumulate(plan.ranks_per_trainer.begin(), plan.ranks_per_trainer.end(), 0);
        if (job > 0 && callers < ranks && now - job_start > start_limit) {
            end_job(fmt::format(
                "{} of its {} ranks have called in {} s", callers, ranks, start_limit.count()));
        }
        // What the launcher still has to print is printed by then.
        const bool is_left = plan.needs_end && has_reported && lines.empty();
        if (is_left && job > 0 && now - ends_since > std::chrono::seconds(1)) {
            ::kill(-job, SIGKILL);
        }
        if (is_ending) { ask_to_end(job, now - ends_since, is_asked); }
        // Also after its last word: an MPI may wait for the dead when it is finalised.
        const bool is_over =
            is_ending ? now - ends_since > grace : has_reported && now - ends_since > last_grace;
        if (is_over) {
            if (job > 0) { ::kill(-job, SIGKILL); }
            kill_ranks(true);
        }
        if (reap()) {
            is_gone = true;
            return context.stop();
        }
        watch();
    });
}

// The ranks end by themselves when their lines are closed; those that can't, because they are
// stopped, are killed where they can be reached.
void Supervisor::State::end_job(const std::string& why) {
    if (is_ending) { return; }
    is_ending = true;
    ends_since = Clock::now();
    end.what = why;
    kill_ranks();
}

void Supervisor::State::kill_ranks(bool also_after_bye) {
    for (JobLine& line : lines) {
        if (also_after_bye || !line.said_bye) { line.kill(); }
        boost::system::error_code ignored;
        line.socket.shutdown(tcp::socket::shutdown_both, ignored);
    }
}

/// Whether the job is gone, with all of its ranks.
bool Supervisor::State::reap() {
    if (job > 0) {
        int status = 0;
        if (::waitpid(job, &status, WNOHANG) != job) { return false; }
        job = 0;
        if (!has_reported || is_ending) {
            end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            if (has_failed) { end.exit_code = 1; }  // not its launcher's, which we have ended
            if (end.what.empty() && end.exit_code != 0) {
                end.what = fmt::format("its launcher ended with {}", end.exit_code);
            }
        }
        constexpr int bad_input = 2;
        if (has_refused) { end.exit_code = bad_input; }
        end.was_told = has_reported && !is_ending;
        is_ending = true;
        ends_since = Clock::now();
        kill_ranks();
    }
    return lines.empty() || Clock::now() - ends_since > 2 * grace;
}

Supervisor::Supervisor() : state_(std::make_unique<State>()) {
    std::signal(SIGPIPE, SIG_IGN);
    ::setenv(
        control_variable,
        fmt::format("{} {}", state_->token, own_places(state_->acceptor.local_endpoint().port()))
            .c_str(),
        1);
    for (const int signal : {SIGUSR1, SIGTERM, SIGINT, SIGHUP}) { state_->signals.add(signal); }
    accept_all(state_->acceptor, [state = state_.get()](tcp::socket socket) {
        state->lines.emplace_back(std::move(socket));
        state->read_next(std::prev(state->lines.end()));
    });
    state_->watch_signals();
}

Supervisor::~Supervisor() = default;

int Supervisor::leave_signal() const {
    return state_->leaves_by;
}

void Supervisor::start_job(const JobPlan& plan) {
    State& state = *state_;
    ++state.jobs;
    state.end = {};
    state.plan = plan;
    state.started.clear();
    state.lost.clear();
    state.new_losses.clear();
    state.waiting.clear();
    state.heard.clear();
    state.has_reported = state.is_ending = state.is_asked = state.has_failed = state.is_gone =
        false;
    state.callers = 0;
    state.job_start = Clock::now();
    // At once: asked to end, Open MPI's launcher may hang. Ranks see their lines closed.
    state.job = start_process(plan.command, plan.environment, SIGKILL);
    state.watch();
}

bool Supervisor::serve_for(std::chrono::milliseconds time) {
    state_->context.restart();
    if (state_->context.run_one_for(time) > 0) { state_->context.poll(); }
    return !state_->is_gone;
}

JobEnd Supervisor::run_job(const JobPlan& plan) {
    start_job(plan);
    while (serve_for(tick)) {}
    return state_->end;
}

std::vector<Loss> Supervisor::take_losses() {
    return std::exchange(state_->new_losses, {});
}

void Supervisor::expect_end(int exit_code) {
    State& state = *state_;
    if (std::exchange(state.has_reported, true)) { return; }
    state.end.exit_code = exit_code;
    state.ends_since = Clock::now();
}

JobEnd Supervisor::end() const {
    return state_->end;
}

void Supervisor::post(int trainer, tournament::Channel channel, std::string text) {
    State& state = *state_;
    const std::string words = fmt::format("message {} {}\n", static_cast<int>(channel), text);
    if (JobLine* const line = state.lead_of(trainer)) { return line->say(words); }
    if (!state.lost.contains(trainer)) { state.waiting[trainer].push_back(words); }
}

std::optional<std::string> Supervisor::poll(int trainer, tournament::Channel channel) {
    return take_first(state_->heard[{trainer, static_cast<int>(channel)}]);
}

void Supervisor::forget(int trainer) {
    state_->waiting.erase(trainer);
}

void Supervisor::accuse(int trainer, double limit_s) {
    state_->hear_accusation(trainer, limit_s);
}

}  // namespace ltfb::orchestrator
