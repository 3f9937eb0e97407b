#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/process.hpp"
#include "orchestrator/tcp_jobs.hpp"
#include "orchestrator/tcp_rank_line.hpp"

namespace ltfb::orchestrator {

using Seat = std::pair<int, int>;  // trainer, seat

/// The line of one seat of a trainer.
struct SeatLine : RankLine {
    using RankLine::RankLine;
    bool has_greeted = false;
    Seat seat = {-1, -1};
    std::set<Seat> looks_for = {};
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
    bool is_asked = false;  // its launcher, to end
    std::string why = {};
    std::optional<int> exit_code = {};                  // as its lead seat said
    bool has_refused = false;                           // a rank has met bad input
    bool has_failed = false;                            // a rank has told what it failed of
    std::deque<std::string> waiting = {};               // for its lead seat
    std::map<int, std::deque<std::string>> heard = {};  // from it, by channel
};

struct TrainerJobs::State {
    State(std::vector<int> sizes, double silence, double start)
        : ranks(std::move(sizes)), jobs(ranks.size()), silence_s(silence), start_s(start) {}

    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor acceptor{
        context, boost::asio::ip::tcp::endpoint(boost::asio::ip::tcp::v4(), 0)};
    boost::asio::steady_timer timer{context};
    std::string token = random_token();
    std::list<SeatLine> lines;
    std::vector<int> ranks;  // of each trainer
    std::vector<Job> jobs;
    std::map<Seat, std::string> places;  // of those that listen
    std::vector<TrainerEnd> ends;
    double silence_s;
    double start_s;
    JobClock::time_point last_tick = JobClock::now();

    Job& job_of(int trainer) { return jobs[static_cast<std::size_t>(trainer)]; }
    void read_next(std::list<SeatLine>::iterator line);
    bool obey(SeatLine& line, const std::string& text);
    bool greet(SeatLine& line, std::istringstream& words);
    void note_port(SeatLine& line, const std::string& list);
    void drop(std::list<SeatLine>::iterator line);
    void watch();
    void lose(int trainer, const std::string& why);
    void hear_accusation(int trainer, double limit_s);
    void kill_ranks(int trainer, bool also_after_bye);
    void reap(int trainer);
    [[nodiscard]] bool has_lines(int trainer) const;
    /// The line of the trainer's first seat; null where it isn't there.
    SeatLine* lead_of(int trainer);
    void tell_lead(int trainer, const std::string& text);
};

}  // namespace ltfb::orchestrator
