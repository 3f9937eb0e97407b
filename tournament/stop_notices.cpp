#include "tournament/stop_notices.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/json.hpp"

namespace ltfb::tournament {

void StopNotices::announce(int round, int num_trainers) {
    const std::string notice = Json{{"round", round}}.dump();
    for (int other = 0; other < num_trainers; ++other) {
        if (other != trainer_) { transport_.post(other, Channel::stop, notice); }
    }
}

int StopNotices::first(int num_trainers) {
    int first = std::numeric_limits<int>::max();
    for (int other = 0; other < num_trainers; ++other) {
        if (other != trainer_) { poll(other); }
    }
    for (const auto& [trainer, round] : stopped_) { first = std::min(first, round); }
    return first;
}

bool StopNotices::has_left(int trainer, int round) {
    poll(trainer);
    const auto stop = stopped_.find(trainer);
    return stop != stopped_.end() && stop->second <= round;
}

void StopNotices::poll(int trainer) {
    if (const auto notice = transport_.poll(trainer, Channel::stop)) {
        stopped_[trainer] = Json::parse(*notice).at("round");
    }
}

}  // namespace ltfb::tournament
