#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "experiments/log/json.hpp"
#include "experiments/log/lineage.hpp"
#include "experiments/log/predictions.hpp"
#include "experiments/log/run_log.hpp"

// The parts of report_data that are tables: bounded in size for any run. `ranks`: final_standings.
namespace ltfb::experiments {

/// A number for a chart; null where there is none to draw.
inline Json point(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

/// The first `most` that the run knows.
std::vector<std::int32_t> best_trainers(const RunLog& log,
                                        std::span<const Rank> ranks,
                                        std::size_t most);

Json run_facts(const RunLog& log, std::span<const Rank> ranks);
Json result_facts(const RunLog& log, std::span<const Rank> ranks);
Json standing_rows(const RunLog& log, std::span<const Rank> ranks);
Json win_cells(const RunLog& log, std::span<const Rank> ranks);
Json timing_rows(const RunLog& log);
Json parity_cells(const std::optional<Parity>& parity);
Json incident_rows(const RunLog& log);
Json setting_rows(const RunLog& log);

}  // namespace ltfb::experiments
