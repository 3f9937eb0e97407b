#include "orchestrator/losses.hpp"

#include <algorithm>

namespace ltfb::orchestrator {

void LossKeeper::note_loss(int trainer) {
    if (!lost_.insert(trainer).second) { return; }
    open_.try_emplace(trainer);
    orders_.push_back({{"lost", trainer}});
    settle();  // it may have been the last whose answer was missing
}

void LossKeeper::take(const Json& answer, int from) {
    const auto question = open_.find(answer.at("lost").get<int>());
    if (question == open_.end()) { return; }
    question->second.answers[from] = answer.at("at");
    question->second.standings.update(answer.at("standings"));
    settle();
}

std::vector<int> LossKeeper::unanswering() const {
    std::vector<int> trainers;
    for (int trainer = 0; trainer < trainers_; ++trainer) {
        const bool is_missing = std::ranges::any_of(
            open_, [&](const auto& entry) { return is_unanswered(entry.second, trainer); });
        if (is_missing) { trainers.push_back(trainer); }
    }
    return trainers;
}

void LossKeeper::settle() {
    const auto is_answered = [&](const auto& entry) {
        for (int trainer = 0; trainer < trainers_; ++trainer) {
            if (is_unanswered(entry.second, trainer)) { return false; }
        }
        return true;
    };
    for (auto at = open_.begin(); at != open_.end();) {
        if (!is_answered(*at)) {
            ++at;
            continue;
        }
        int furthest = -1;
        for (const auto& [trainer, round] : at->second.answers) {
            furthest = std::max(furthest, round);
        }
        orders_.push_back(
            {{"gone", at->first}, {"from", furthest + 1}, {"standings", at->second.standings}});
        at = open_.erase(at);
    }
}

bool Players::is_order(const Json& order) {
    return order.contains("lost") || order.contains("gone");
}

std::optional<Json> Players::hear(const Json& order, const Json& standings) {
    if (order.contains("gone")) {
        const int trainer = order.at("gone");
        asked_.erase(trainer);
        gone_[trainer] = order.at("from");
        return std::nullopt;
    }
    const int trainer = order.at("lost");
    asked_.insert(trainer);
    return Json{{"lost", trainer}, {"at", entered_}, {"standings", standings}};
}

std::vector<int> Players::enter(int round) {
    entered_ = round;
    std::vector<int> players;
    for (int trainer = 0; trainer < trainers_; ++trainer) {
        const auto gone = gone_.find(trainer);
        if (gone == gone_.end() || round < gone->second) { players.push_back(trainer); }
    }
    return players;
}

}  // namespace ltfb::orchestrator
