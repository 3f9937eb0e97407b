#include "experiments/log/report_data.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "experiments/log/diversity.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/lineage.hpp"
#include "experiments/log/report_tables.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int32_t max_rounds = 400;  // on an axis
constexpr std::size_t max_curves = 24;    // trainers with curves of their own
constexpr std::size_t max_founders = 11;  // in the river, besides "others"

class ReportData {
public:
    ReportData(const RunLog& log, const std::optional<Parity>& parity)
        : log_(log), parity_(parity), ranks_(final_standings(log)) {
        const std::int32_t stride = (log.rounds() + max_rounds - 1) / max_rounds;
        for (std::int32_t round = 0; round < log.rounds(); round += std::max(stride, 1)) {
            rounds_.push_back(round);
        }
        if (!rounds_.empty() && rounds_.back() != log.rounds() - 1) {
            rounds_.push_back(log.rounds() - 1);
        }
        if (!ranks_.empty()) {
            winner_path_ = ancestors_of(log, ranks_[0].trainer, log.rounds() - 1);
        }
    }

    [[nodiscard]] Json all() const {
        return {{"run", run_facts(log_, ranks_)},
                {"result", result_facts(log_, ranks_)},
                {"rounds", rounds_},
                {"curves", curves()},
                {"population", population()},
                {"river", river()},
                {"schedule", schedule()},
                {"standings", standing_rows(log_, ranks_)},
                {"wins", win_cells(log_, ranks_)},
                {"timing", timing_rows(log_)},
                {"parity", parity_cells(parity_)},
                {"incidents", incident_rows(log_)},
                {"settings", setting_rows(log_)}};
    }

private:
    [[nodiscard]] Json curve_of(std::int32_t trainer, bool along_lineage) const;
    [[nodiscard]] Json curves() const;
    [[nodiscard]] Json population() const;
    [[nodiscard]] Json river() const;
    [[nodiscard]] Json schedule() const;

    const RunLog& log_;
    const std::optional<Parity>& parity_;
    std::vector<Rank> ranks_;
    std::vector<std::int32_t> rounds_;  // that the charts show
    std::vector<std::int32_t> winner_path_;
};

/// [round index, score before the tournament, score held after it or null, adopted from or null]
Json ReportData::curve_of(std::int32_t trainer, bool along_lineage) const {
    Json points = Json::array();
    std::int32_t before = nobody;
    for (const std::int32_t round : rounds_) {
        const std::int32_t who =
            along_lineage ? winner_path_[static_cast<std::size_t>(round)] : trainer;
        const std::size_t row = log_.row_of(round, who);
        if (row == no_row) { continue; }
        const std::int32_t from = log_.rows.from[row];
        const bool has_moved = along_lineage ? before != nobody && before != who : from != nobody;
        points.push_back({round,
                          point(log_.rows.score[row]),
                          !along_lineage && has_moved ? point(log_.rows.held_score[row]) : Json(),
                          along_lineage ? (has_moved ? Json(before) : Json())
                                        : (has_moved ? Json(from) : Json()),
                          who});
        before = who;
    }
    return points;
}

Json ReportData::curves() const {
    Json trainers = Json::array();
    for (const std::int32_t trainer : best_trainers(log_, ranks_, max_curves)) {
        trainers.push_back({{"trainer", trainer}, {"points", curve_of(trainer, false)}});
    }
    return {{"winner", winner_path_.empty() ? Json::array() : curve_of(nobody, true)},
            {"trainers", trainers}};
}

Json ReportData::population() const {
    Json best = Json::array();
    Json median = Json::array();
    Json worst = Json::array();
    Json adoption_share = Json::array();
    Json effective_founders = Json::array();
    for (const std::int32_t round : rounds_) {
        const Diversity diversity = diversity_of(log_, round);
        best.push_back(point(diversity.best_score));
        median.push_back(point(diversity.median_score));
        worst.push_back(point(diversity.worst_score));
        effective_founders.push_back(point(diversity.effective_founders));
        std::int64_t verdicts = 0;
        std::int64_t adoptions = 0;
        const auto r = static_cast<std::size_t>(round);
        for (std::size_t row = log_.round_begin[r]; row < log_.round_begin[r + 1]; ++row) {
            verdicts += log_.rows.has(row, row_has_match) ? 1 : 0;
            adoptions += log_.rows.has(row, row_adopted) ? 1 : 0;
        }
        adoption_share.push_back(
            verdicts == 0 ? Json()
                          : Json(static_cast<double>(adoptions) / static_cast<double>(verdicts)));
    }
    return {{"best", best},
            {"median", median},
            {"worst", worst},
            {"adoption_share", adoption_share},
            {"effective_founders", effective_founders}};
}

/// Models by founder after each round. The founders that did best stand alone, the others together.
Json ReportData::river() const {
    std::map<std::int32_t, std::int64_t> weight;
    std::vector<std::vector<FounderCount>> counts;
    for (const std::int32_t round : rounds_) {
        counts.push_back(founders_after(log_, round));
        // Later rounds weigh more: who is still there matters more than who was common early.
        for (const auto& count : counts.back()) {
            weight[count.founder] += std::int64_t{count.models} * (round + 1);
        }
    }
    std::vector<std::int32_t> founders;
    for (const auto& [founder, total] : weight) { founders.push_back(founder); }
    std::stable_sort(
        founders.begin(), founders.end(), [&](auto a, auto b) { return weight[a] > weight[b]; });
    if (founders.size() > max_founders) { founders.resize(max_founders); }
    std::map<std::int32_t, std::size_t> index;
    std::vector<std::vector<std::int64_t>> models(founders.size() + 1,
                                                  std::vector<std::int64_t>(rounds_.size()));
    for (std::size_t i = 0; i < founders.size(); ++i) { index[founders[i]] = i; }
    for (std::size_t r = 0; r < counts.size(); ++r) {
        for (const auto& count : counts[r]) {
            const auto found = index.find(count.founder);
            models[found == index.end() ? founders.size() : found->second][r] += count.models;
        }
    }
    Json rows = Json::array();
    for (std::size_t i = 0; i < founders.size(); ++i) {
        rows.push_back({{"founder", founders[i]}, {"models", models[i]}});
    }
    if (weight.size() > founders.size()) {
        rows.push_back({{"founder", nullptr},
                        {"founders", weight.size() - founders.size()},
                        {"models", models.back()}});
    }
    return rows;
}

/// The hyperparameters that ever vary: along the winner's lineage, and the population's range.
Json ReportData::schedule() const {
    Json keys = Json::array();
    const auto& names = log_.hyperparameters.names();
    for (std::size_t key = 0; key < names.size(); ++key) {
        Json winner = Json::array();
        Json low = Json::array();
        Json median = Json::array();
        Json high = Json::array();
        std::set<double> distinct;
        for (const std::int32_t round : rounds_) {
            std::vector<double> values;
            const auto r = static_cast<std::size_t>(round);
            for (std::size_t row = log_.round_begin[r]; row < log_.round_begin[r + 1]; ++row) {
                const double value = log_.hyperparameter(row, key);
                if (std::isfinite(value)) { values.push_back(value); }
            }
            std::sort(values.begin(), values.end());
            low.push_back(values.empty() ? Json() : Json(values.front()));
            median.push_back(values.empty() ? Json() : Json(values[values.size() / 2]));
            high.push_back(values.empty() ? Json() : Json(values.back()));
            if (!values.empty()) { distinct.insert({values.front(), values.back()}); }
            const std::size_t row =
                winner_path_.empty() ? no_row : log_.row_of(round, winner_path_[r]);
            winner.push_back(row == no_row ? Json() : point(log_.hyperparameter(row, key)));
        }
        if (distinct.size() < 2) { continue; }
        keys.push_back({{"key", names[key]},
                        {"winner", winner},
                        {"low", low},
                        {"median", median},
                        {"high", high}});
    }
    return keys;
}

}  // namespace

std::string report_data(const RunLog& log, const std::optional<Parity>& parity) {
    return to_text(ReportData(log, parity).all());
}

}  // namespace ltfb::experiments
