#include "orchestrator/explorer.hpp"

#include <utility>

#include "orchestrator/search_space.hpp"
#include "tournament/pb2.hpp"

namespace ltfb::orchestrator {

Explorer::Explorer(const Settings& settings, int trainer)
    : space_(search_space(settings)),
      rule_(explore_rule(settings)),
      metric_(tournament::parse_metric(settings.metric)),
      seed_(settings.seed),
      trainer_(trainer) {}

tournament::Values Explorer::varied(const tournament::Values& values) const {
    tournament::Values result;
    for (const auto& variable : space_.variables) {
        result.emplace(variable.key, values.at(variable.key));
    }
    return result;
}

void Explorer::note_round(const RoundOutcome& outcome) {
    if (std::exchange(has_start_score_, true)) {
        book_.add(trainer_,
                  {.round = outcome.round,
                   .values = varied(outcome.values),
                   .gain = tournament::margin_of(start_score_, outcome.own_score, metric_)});
    }
    start_score_ = outcome.kept_score;
}

std::string Explorer::news() const {
    const bool is_needed = rule_.kind == tournament::ExploreRule::Kind::pb2;
    return is_needed && !book_.is_empty() ? book_.to_text() : "";
}

void Explorer::hear(const std::string& news) {
    if (!news.empty()) { book_.merge(news); }
}

std::vector<tournament::Change> Explorer::explore(int round,
                                                  const tournament::Values& values) const {
    const tournament::ExplorePoint point{.seed = seed_, .round = round, .trainer = trainer_};
    if (rule_.kind != tournament::ExploreRule::Kind::pb2) {
        return tournament::explore(values, space_, rule_, point);
    }
    // The trainer whose model was adopted goes on with these values.
    const std::vector<tournament::Values> pending{varied(values)};
    return tournament::explore_pb2(values, space_, rule_, {book_.observations(), pending}, point);
}

Json Explorer::memory() const {
    return {{"has_start_score", has_start_score_},
            {"start_score", to_json_number(start_score_)},
            {"observations", book_.to_text()}};
}

void Explorer::restore(const Json& memory) {
    has_start_score_ = memory.at("has_start_score");
    start_score_ = from_json_number(memory.at("start_score"));
    book_ = {};
    book_.merge(memory.at("observations").get<std::string>());
}

}  // namespace ltfb::orchestrator
