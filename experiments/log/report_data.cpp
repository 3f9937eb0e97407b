#include "experiments/log/report_data.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "experiments/log/diversity.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/lineage.hpp"
#include "experiments/log/timing.hpp"
#include "experiments/log/wins.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int32_t max_rounds = 400;  // on an axis
constexpr std::size_t max_curves = 24;    // trainers with curves of their own
constexpr std::size_t max_founders = 11;  // in the river, besides "others"
constexpr std::size_t max_matrix = 24;    // trainers in the win matrix
constexpr std::size_t max_bars = 32;      // trainers with timing bars
constexpr std::size_t max_standings = 32;

/// A number for a chart; null where there is none to draw.
Json point(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

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
        return {{"run", run()},
                {"result", result()},
                {"rounds", rounds_},
                {"curves", curves()},
                {"population", population()},
                {"river", river()},
                {"schedule", schedule()},
                {"standings", standings()},
                {"wins", wins()},
                {"timing", timing()},
                {"parity", parity()},
                {"settings", settings()}};
    }

private:
    [[nodiscard]] Json run() const;
    [[nodiscard]] Json result() const;
    [[nodiscard]] Json curve_of(std::int32_t trainer, bool along_lineage) const;
    [[nodiscard]] Json curves() const;
    [[nodiscard]] Json population() const;
    [[nodiscard]] Json river() const;
    [[nodiscard]] Json schedule() const;
    [[nodiscard]] Json standings() const;
    [[nodiscard]] Json wins() const;
    [[nodiscard]] Json timing() const;
    [[nodiscard]] Json parity() const;
    [[nodiscard]] Json settings() const;
    [[nodiscard]] std::vector<std::int32_t> best_trainers(std::size_t most) const;

    const RunLog& log_;
    const std::optional<Parity>& parity_;
    std::vector<Rank> ranks_;
    std::vector<std::int32_t> rounds_;  // that the charts show
    std::vector<std::int32_t> winner_path_;
};

std::vector<std::int32_t> ReportData::best_trainers(std::size_t most) const {
    std::vector<std::int32_t> trainers;
    for (const Rank& rank : ranks_) {
        const bool is_known = rank.trainer >= 0 && rank.trainer < log_.trainers;
        if (is_known && trainers.size() < most) { trainers.push_back(rank.trainer); }
    }
    return trainers;
}

Json ReportData::run() const {
    std::int64_t verdicts = 0;
    std::int64_t adoptions = 0;
    for (std::size_t row = 0; row < log_.rows.size(); ++row) {
        verdicts += log_.rows.has(row, row_has_match) ? 1 : 0;
        adoptions += log_.rows.has(row, row_adopted) ? 1 : 0;
    }
    std::int64_t losses = 0;
    for (const auto& incident : log_.incidents) {
        losses += incident.kind == EventKind::failure ? 1 : 0;
    }
    const std::int32_t coalesced = coalescence_round(log_);
    const std::int32_t last = log_.rounds() - 1;
    const double wall_s =
        log_.end && std::isfinite(log_.end->wall_s) ? log_.end->wall_s : log_.last_t_rel_s;
    return {{"name", log_.name},
            {"run_id", log_.run_id},
            {"version", log_.version},
            {"started", log_.started},
            {"state", log_.end ? log_.end->reason : ""},
            {"has_ended", log_.end.has_value()},
            {"metric", log_.metric_name()},
            {"lower_is_better", log_.is_better(0.0, 1.0)},
            {"trainers", log_.trainers},
            {"survivors", ranks_.size()},
            {"rounds", log_.rounds()},
            {"verdicts", verdicts},
            {"adoptions", adoptions},
            {"failures", losses},
            {"founders_left", last < 0 ? Json() : Json(founders_after(log_, last).size())},
            {"coalescence_round", coalesced == nobody ? Json() : Json(coalesced)},
            {"wall_s", wall_s},
            {"samples_trained", log_.end ? Json(log_.end->samples_trained) : Json()},
            {"problems", log_.problems.count()}};
}

Json ReportData::result() const {
    const Scores test = log_.end ? log_.end->test : Scores{};
    return {{"best_trainer", ranks_.empty() ? Json() : Json(ranks_[0].trainer)},
            {"best_score", ranks_.empty() ? Json() : point(ranks_[0].score)},
            {"best_lineage", ranks_.empty() ? Json() : Json(ranks_[0].lineage)},
            {"test_mse", point(test.mse)},
            {"test_mae", point(test.mae)},
            {"test_r2", point(test.r2)},
            {"test_pearson", point(test.pearson)},
            {"test_samples", test.samples > 0 ? Json(test.samples) : Json()}};
}

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
    for (const std::int32_t trainer : best_trainers(max_curves)) {
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

Json ReportData::standings() const {
    Json rows = Json::array();
    for (std::size_t i = 0; i < std::min(ranks_.size(), max_standings); ++i) {
        const Rank& rank = ranks_[i];
        Json values = Json::object();
        const std::size_t row = log_.row_of(log_.rounds() - 1, rank.trainer);
        const auto& names = log_.hyperparameters.names();
        const bool is_final = log_.end && i < log_.end->standings.size();
        for (std::size_t key = 0; key < names.size(); ++key) {
            const double value = is_final        ? log_.end->standings[i].hyperparameters[key]
                                 : row != no_row ? log_.hyperparameter(row, key)
                                                 : absent;
            values[names[key]] = point(value);
        }
        rows.push_back({{"rank", i + 1},
                        {"trainer", rank.trainer},
                        {"score", point(rank.score)},
                        {"lineage", rank.lineage},
                        {"hyperparameters", values}});
    }
    return rows;
}

Json ReportData::wins() const {
    const auto trainers = best_trainers(max_matrix);
    std::map<std::int32_t, std::size_t> place;
    for (std::size_t i = 0; i < trainers.size(); ++i) { place[trainers[i]] = i; }
    Json cells = Json::array();
    for (const PairWins& pair : wins_by_pair(log_)) {
        const auto a = place.find(pair.trainer);
        const auto b = place.find(pair.opponent);
        if (a != place.end() && b != place.end()) {
            cells.push_back({a->second, b->second, pair.won, pair.lost});
        }
    }
    return {{"trainers", trainers}, {"cells", cells}};
}

Json ReportData::timing() const {
    auto times = times_by_trainer(log_);
    const std::size_t trainers = times.size();
    if (trainers > max_bars) {
        std::stable_sort(
            times.begin(), times.end(), [](const TrainerTime& a, const TrainerTime& b) {
                return a.train_s > b.train_s;
            });
        times.resize(max_bars);
    }
    Json rows = Json::array();
    for (const TrainerTime& time : times) {
        rows.push_back({{"trainer", time.trainer},
                        {"train_s", time.train_s},
                        {"evaluate_s", time.evaluate_s},
                        {"exchange_s", time.exchange_s},
                        {"wait_s", time.wait_s},
                        {"snapshot_s", time.snapshot_s},
                        {"straggler", time.is_straggler}});
    }
    return {{"of", trainers}, {"trainers", rows}};
}

Json ReportData::parity() const {
    if (!parity_) { return {}; }
    Json cells = Json::array();
    for (const auto& cell : parity_->cells) {
        cells.push_back({cell.response, cell.prediction, cell.samples});
    }
    return {{"bins", Parity::bins},
            {"low", parity_->low},
            {"high", parity_->high},
            {"cells", cells},
            {"r2", point(parity_->scores.r2)},
            {"mse", point(parity_->scores.mse)},
            {"mae", point(parity_->scores.mae)},
            {"pearson", point(parity_->scores.pearson)},
            {"samples", parity_->scores.samples},
            {"non_finite", parity_->non_finite}};
}

Json ReportData::settings() const {
    Json rows = Json::array();
    for (const auto& setting : log_.settings) { rows.push_back({setting.key, setting.value}); }
    return rows;
}

}  // namespace

std::string report_data(const RunLog& log, const std::optional<Parity>& parity) {
    return to_text(ReportData(log, parity).all());
}

}  // namespace ltfb::experiments
