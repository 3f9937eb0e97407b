#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <sys/types.h>

#include "orchestrator/process.hpp"
#include "orchestrator/tcp_rank_line.hpp"
#include "orchestrator/tcp_supervisor.hpp"

namespace ltfb::orchestrator {

/// The line of one rank of the job.
struct JobLine : RankLine {
    using RankLine::RankLine;
    int rank = -1;  // -1: hasn't said hello
    int job = 0;    // the how-manieth it belongs to
};

struct Supervisor::State {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor acceptor{
        context, boost::asio::ip::tcp::endpoint(boost::asio::ip::tcp::v4(), 0)};
    boost::asio::signal_set signals{context};
    boost::asio::steady_timer timer{context};
    std::string token = random_token();
    std::list<JobLine> lines;
    std::vector<int> waiting_signals;  // for a first rank that isn't there yet
    int leaves_by = 0;
    int interrupts = 0;
    bool has_reported = false;  // the first rank has said what the exit code is
    bool has_refused = false;   // a rank has met bad input
    bool has_failed = false;    // a rank has told what it failed of
    JobEnd end;
    pid_t job = 0;
    JobPlan plan;
    bool is_gone = true;           // the job, with all of its ranks
    std::set<int> started;         // trainers that need no other any more to go on
    std::set<int> lost;            // trainers
    std::vector<Loss> new_losses;  // that the root hasn't heard of
    std::map<int, std::deque<std::string>> waiting;  // for lead seats that aren't there yet
    std::map<std::pair<int, int>, std::deque<std::string>> heard;  // by (trainer, channel)
    JobClock::time_point ends_since;                               // when the job was asked to end
    bool is_ending = false;
    bool is_asked = false;  // its launcher, to end
    int jobs = 0;           // started so far
    int callers = 0;        // ranks of this one that have called
    JobClock::time_point job_start;
    JobClock::time_point last_tick = JobClock::now();

    void read_next(std::list<JobLine>::iterator line);
    bool greet(JobLine& line, std::istringstream& words);
    bool obey(JobLine& line, const std::string& text);
    void drop(std::list<JobLine>::iterator line, const std::string& why);
    void watch_signals();
    void hand_on(int signal);
    void watch();
    void lose(int rank, const std::string& what);
    void hear_failure(int rank, const std::string& what);
    void hear_accusation(int trainer, double limit_s);
    [[nodiscard]] int trainer_of(int rank) const;
    [[nodiscard]] bool is_lead(int rank) const;
    /// The line of the trainer's first seat; null where it isn't there.
    JobLine* lead_of(int trainer);
    [[nodiscard]] int trainers() const { return static_cast<int>(plan.ranks_per_trainer.size()); }
    void end_job(const std::string& why);
    void kill_ranks(bool also_after_bye = false);
    bool reap();
};

}  // namespace ltfb::orchestrator
