#include "orchestrator/job_start.hpp"

#include <cstdlib>

#include <fmt/core.h>

#include "core/json.hpp"

namespace ltfb::orchestrator {

std::optional<JobStart> JobStart::from_environment() {
    const char* const text = std::getenv(job_variable);
    if (text == nullptr) { return std::nullopt; }
    const Json json = Json::parse(text);
    return JobStart{.trainer = json.at("trainer"),
                    .incarnation = json.at("incarnation"),
                    .run_id = json.at("run_id"),
                    .start_s = json.at("start_s"),
                    .snapshot_round = json.at("snapshot_round"),
                    .saved_round = json.at("saved_round"),
                    .engine = json.at("engine"),
                    .precision = json.at("precision"),
                    .folder = json.at("folder")};
}

std::string JobStart::to_environment() const {
    const Json json = {{"trainer", trainer},
                       {"incarnation", incarnation},
                       {"run_id", run_id},
                       {"start_s", start_s},
                       {"snapshot_round", snapshot_round},
                       {"saved_round", saved_round},
                       {"engine", engine},
                       {"precision", precision},
                       {"folder", folder}};
    return fmt::format("{}={}", job_variable, json.dump());
}

}  // namespace ltfb::orchestrator
