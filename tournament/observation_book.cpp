#include "tournament/observation_book.hpp"

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/json.hpp"

namespace ltfb::tournament {

void ObservationBook::add(int trainer, Observation observation) {
    const std::pair place{observation.round, trainer};
    by_place_.insert_or_assign(place, std::move(observation));
    while (by_place_.size() > pb2_window) { by_place_.erase(by_place_.begin()); }
}

void ObservationBook::merge(std::string_view text) {
    try {
        for (const Json& entry : Json::parse(text)) {
            add(entry.at("trainer"),
                {.round = entry.at("round"),
                 .values = entry.at("values"),
                 .gain = from_json_number(entry.at("gain"))});
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(fmt::format("observations of another trainer: {}", error.what()));
    }
}

std::string ObservationBook::to_text() const {
    Json list = Json::array();
    for (const auto& [place, observation] : by_place_) {
        list.push_back({{"round", place.first},
                        {"trainer", place.second},
                        {"values", observation.values},
                        {"gain", to_json_number(observation.gain)}});
    }
    return list.dump();
}

std::vector<Observation> ObservationBook::observations() const {
    std::vector<Observation> list;
    for (const auto& [place, observation] : by_place_) { list.push_back(observation); }
    return list;
}

}  // namespace ltfb::tournament
