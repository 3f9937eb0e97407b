#include "tournament/match_messages.hpp"

#include "core/json.hpp"

namespace ltfb::tournament {

std::string CardMessage::to_text() const {
    return Json{{"round", round},
                {"step", card.step},
                {"lineage", card.lineage},
                {"hyperparameters", card.hyperparameters},
                {"news", news}}
        .dump();
}

CardMessage CardMessage::from_text(const std::string& text) {
    const Json json = Json::parse(text);
    return {.round = json.at("round"),
            .card = {.step = json.at("step"),
                     .lineage = json.at("lineage"),
                     .hyperparameters = json.at("hyperparameters")},
            .news = json.at("news")};
}

std::string VerdictMessage::to_text() const {
    return Json{{"own_score", to_json_number(own_score)},
                {"challenger_score", to_json_number(challenger_score)},
                {"adopts", adopts},
                {"digest", digest}}
        .dump();
}

VerdictMessage VerdictMessage::from_text(const std::string& text) {
    const Json json = Json::parse(text);
    return {.own_score = from_json_number(json.at("own_score")),
            .challenger_score = from_json_number(json.at("challenger_score")),
            .adopts = json.at("adopts"),
            .digest = json.at("digest")};
}

}  // namespace ltfb::tournament
