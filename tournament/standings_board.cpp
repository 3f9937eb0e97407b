#include "tournament/standings_board.hpp"

#include <limits>
#include <string>

#include "core/json.hpp"
#include "tournament/patience.hpp"

namespace ltfb::tournament {

StandingsBoard::StandingsBoard(Transport& transport, int trainer, int num_trainers)
    : transport_(transport), trainer_(trainer), num_trainers_(num_trainers) {}

void StandingsBoard::post(int round, double score, int age) {
    posted_[round][trainer_] = {.score = score, .age = age};
    const std::string text =
        Json{{"round", round}, {"score", to_json_number(score)}, {"age", age}}.dump();
    for (int other = 0; other < num_trainers_; ++other) {
        if (other != trainer_) { transport_.post(other, Channel::standing, text); }
    }
}

Json StandingsBoard::told_by(int trainer) const {
    Json told = Json::object();
    for (const auto& [round, standings] : posted_) {
        const auto found = standings.find(trainer);
        if (found == standings.end()) { continue; }
        told[std::to_string(round)] = {{"score", to_json_number(found->second.score)},
                                       {"age", found->second.age}};
    }
    return told;
}

void StandingsBoard::note(int trainer, const Json& told) {
    for (const auto& [round, standing] : told.items()) {
        posted_[std::stoi(round)][trainer] = {.score = from_json_number(standing.at("score")),
                                              .age = standing.at("age")};
    }
}

bool StandingsBoard::is_complete(int round, const std::function<bool(int trainer)>& has_left) {
    bool is_all = true;
    for (int trainer = 0; trainer < num_trainers_; ++trainer) {
        while (trainer != trainer_ && !posted_[round].contains(trainer)) {
            const auto text = transport_.poll(trainer, Channel::standing);
            if (!text) { break; }
            const Json json = Json::parse(*text);
            posted_[json.at("round")][trainer] = {.score = from_json_number(json.at("score")),
                                                  .age = json.at("age")};
        }
        is_all = is_all && (posted_[round].contains(trainer) || has_left(trainer));
    }
    return is_all;
}

StandingsTable StandingsBoard::await(int round,
                                     const std::function<bool(int trainer)>& has_left,
                                     const std::function<void(int trainer)>& accuse,
                                     const mpi::Comm& comm,
                                     const mpi::Deadline& deadline) {
    Json table = {{"scores", Json::array()}, {"ages", Json::array()}};
    if (comm.rank() == 0) {
        const auto is_done = [&] { return is_complete(round, has_left); };
        const auto accuse_missing = [&] {
            for (int trainer = 0; trainer < num_trainers_; ++trainer) {
                if (posted_[round].contains(trainer) || has_left(trainer)) { continue; }
                accuse(trainer);
            }
        };
        wait_patiently(is_done, deadline, accuse ? accuse_missing : std::function<void()>());
        for (int trainer = 0; trainer < num_trainers_; ++trainer) {
            const auto found = posted_[round].find(trainer);
            const bool is_known = found != posted_[round].end();
            const Standing standing =
                is_known ? found->second
                         : Standing{.score = std::numeric_limits<double>::quiet_NaN(), .age = -1};
            table["scores"].push_back(to_json_number(standing.score));
            table["ages"].push_back(standing.age);
        }
        // Others may still wait for this table, and have yet to be told of who died.
        posted_.erase(posted_.begin(), posted_.lower_bound(round));
    }
    table = Json::parse(mpi::broadcast(comm, table.dump(), 0, deadline));
    StandingsTable result;
    for (const Json& score : table.at("scores")) {
        result.scores.push_back(from_json_number(score));
    }
    result.ages = table.at("ages").get<std::vector<int>>();
    return result;
}

}  // namespace ltfb::tournament
