#pragma once

#include <optional>
#include <string_view>

#include "experiments/log/event.hpp"
#include "tournament/judge.hpp"

namespace ltfb::experiments {

/// The metric of that name in a log; nullopt for a name that is none.
std::optional<tournament::Metric> metric_named(std::string_view name);

/// What an eval event says in `metric`.
double score_of(const Event& eval, tournament::Metric metric) noexcept;

}  // namespace ltfb::experiments
