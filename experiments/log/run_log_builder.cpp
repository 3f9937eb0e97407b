#include "experiments/log/run_log_builder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "experiments/log/event_fields.hpp"
#include "experiments/log/metric.hpp"
#include "experiments/log/run_frame.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int64_t max_missing_rounds = 1000;

/// Calls `f` with every column that is kept at `detail`.
template <class F>
void for_each_column(TrainerRounds& rows, Detail detail, F f) {
    const auto all = [&](auto&... columns) { (f(columns), ...); };
    all(rows.trainer, rows.lineage, rows.lineage_after, rows.opponent, rows.from, rows.flags);
    all(rows.score, rows.challenger_score, rows.held_score, rows.margin);
    all(rows.train_s, rows.eval_s, rows.exchange_s, rows.wait_s, rows.snapshot_s);
    if (detail == Detail::matches) { return; }
    all(rows.own_score_there, rows.challenger_score_there, rows.p_value, rows.reason);
    all(rows.mse, rows.mae, rows.r2, rows.pearson, rows.train_loss, rows.lr);
    all(rows.samples_per_s, rows.step, rows.hyperparameters);
}

std::uint16_t index_in(std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() && names.size() < 0xffff) { names.emplace_back(name); }
    return static_cast<std::uint16_t>(
        std::min(static_cast<std::size_t>(found - names.begin()), names.size() - 1));
}

}  // namespace

RunLogBuilder::RunLogBuilder(RunLog& log, Detail detail) : log_(log), detail_(detail) {
    log_.round_begin.assign(1, 0);
}

std::uint64_t RunLogBuilder::wanted_fields(Detail detail) {
    std::uint64_t bits = ~std::uint64_t{0};
    if (detail == Detail::everything) { return bits; }
    for (const auto name : {"mae",
                            "pearson",
                            "samples",
                            "train_loss",
                            "lr",
                            "steps",
                            "trained_samples",
                            "step",
                            "hyperparameters",
                            "samples_per_s",
                            "own_score_there",
                            "challenger_score_there",
                            "reason",
                            "t_statistic",
                            "p_value",
                            "bytes",
                            "digest_sent",
                            "digest_received",
                            "optimizer_state",
                            "key",
                            "operator",
                            "old",
                            "new",
                            "live",
                            "t"}) {
        bits &= ~field_bit(name);
    }
    return bits;
}

std::string RunLogBuilder::take(const Event& event) {
    ++log_.events;
    if (log_.run_id.empty()) { log_.run_id = event.run_id; }
    if (event.t_rel_s > log_.last_t_rel_s) { log_.last_t_rel_s = event.t_rel_s; }
    switch (event.kind) {
        case EventKind::run_start:
            if (std::exchange(started_, true)) { return "is a second run_start"; }
            return read_run_start(event.text, log_);
        case EventKind::eval:
            return take_eval(event);
        case EventKind::tournament:
            return take_match(event);
        case EventKind::adopt:
            return take_adopt(event);
        case EventKind::explore:
            return take_explore(event);
        case EventKind::resume:
            return take_resume(event);
        case EventKind::run_end:
            return read_run_end(event.text, log_);
        case EventKind::snapshot:
        case EventKind::failure:
        case EventKind::signal:
            return take_incident(event);
        case EventKind::unknown:
            break;
    }
    return "is an event of unknown kind";
}

std::string RunLogBuilder::find_row(const Event& event, std::size_t& row) {
    const std::int64_t limit = started_ ? log_.trainers : max_trainers;
    if (event.trainer < 0 || event.trainer >= limit) {
        return fmt::format("names trainer {} of {}", event.trainer, limit);
    }
    const std::int64_t open = log_.rounds() - 1;
    if (event.round < 0 || event.round > open + 1 + max_missing_rounds) {
        return fmt::format("is of round {} while round {} is open", event.round, open);
    }
    const auto trainer = static_cast<std::int32_t>(event.trainer);
    if (event.round <= open) {
        row = log_.row_of(static_cast<std::int32_t>(event.round), trainer);
        if (row != no_row) { return {}; }
        const std::size_t size = log_.rows.size();
        const bool in_order = event.round == open && (size == log_.round_begin.end()[-2] ||
                                                      log_.rows.trainer[size - 1] < trainer);
        if (!in_order) {
            return fmt::format("is out of order (trainer {} of round {})", trainer, event.round);
        }
    }
    row = log_.rows.size();
    append_row(event);
    return {};
}

void RunLogBuilder::append_row(const Event& event) {
    while (log_.rounds() <= event.round) {
        log_.round_begin.push_back(log_.rows.size());
        log_.round_end_s.push_back(log_.last_t_rel_s);
    }
    for_each_column(log_.rows, detail_, []<class T>(Column<T>& column) {
        if constexpr (std::is_same_v<T, double>) {
            column.push_back(absent);
        } else {
            column.push_back(T{});
        }
    });
    const std::size_t row = log_.rows.size() - 1;
    log_.rows.trainer[row] = static_cast<std::int32_t>(event.trainer);
    log_.rows.lineage[row] = static_cast<std::int32_t>(event.lineage);
    log_.rows.lineage_after[row] = static_cast<std::int32_t>(event.lineage);
    log_.rows.opponent[row] = nobody;
    log_.rows.from[row] = nobody;
    if (detail_ == Detail::everything) { log_.rows.hyperparameters[row] = no_set; }
    log_.round_begin.back() = row + 1;
    log_.trainers = std::max(log_.trainers, static_cast<std::int32_t>(event.trainer) + 1);
}

std::string RunLogBuilder::take_eval(const Event& event) {
    if (event.split != "tournament") { return {}; }  // the end's evals stand in run_end
    std::size_t row = no_row;
    if (auto flaw = find_row(event, row); !flaw.empty()) { return flaw; }
    TrainerRounds& rows = log_.rows;
    rows.flags[row] |= row_has_eval;
    rows.score[row] = rows.held_score[row] = score_of(event, log_.metric);
    rows.train_s[row] = static_cast<float>(event.train_s);
    log_.round_end_s.back() = std::max(log_.round_end_s.back(), log_.last_t_rel_s);
    if (detail_ == Detail::matches) { return {}; }
    rows.mse[row] = event.mse;
    rows.mae[row] = event.mae;
    rows.r2[row] = event.r2;
    rows.pearson[row] = event.pearson;
    rows.train_loss[row] = event.train_loss;
    rows.lr[row] = event.lr;
    rows.samples_per_s[row] = static_cast<float>(event.samples_per_s);
    rows.step[row] = event.step;
    rows.hyperparameters[row] = log_.hyperparameters.add(rows.trainer[row], event.hyperparameters);
    return {};
}

std::string RunLogBuilder::take_match(const Event& event) {
    std::size_t row = no_row;
    if (auto flaw = find_row(event, row); !flaw.empty()) { return flaw; }
    TrainerRounds& rows = log_.rows;
    if (rows.has(row, row_has_match)) {
        return fmt::format("is trainer {}'s second tournament of the round", event.trainer);
    }
    if (!started_) { log_.metric = metric_named(event.metric).value_or(log_.metric); }
    if (event.metric != tournament::to_text(log_.metric)) {
        return fmt::format("is judged by {}, in a run of {}", event.metric, log_.metric_name());
    }
    rows.flags[row] = static_cast<std::uint8_t>(
        rows.flags[row] | row_has_match | (event.adopted ? row_adopted : 0) |
        (event.agreed ? row_agreed : 0) | (event.forfeit ? row_forfeit : 0));
    const bool known = event.opponent >= 0 && event.opponent < max_trainers;
    rows.opponent[row] = known ? static_cast<std::int32_t>(event.opponent) : nobody;
    rows.score[row] = event.own_score;
    rows.challenger_score[row] = event.challenger_score;
    rows.held_score[row] = event.adopted ? event.challenger_score : event.own_score;
    rows.margin[row] = event.margin;
    rows.eval_s[row] = static_cast<float>(event.eval_s);
    rows.exchange_s[row] = static_cast<float>(event.exchange_s);
    rows.wait_s[row] = static_cast<float>(event.wait_s);
    if (detail_ == Detail::matches) { return {}; }
    rows.own_score_there[row] = event.own_score_there;
    rows.challenger_score_there[row] = event.challenger_score_there;
    rows.p_value[row] = event.p_value;
    rows.reason[row] = index_in(log_.reasons, event.reason);
    return {};
}

std::string RunLogBuilder::take_adopt(const Event& event) {
    std::size_t row = no_row;
    if (auto flaw = find_row(event, row); !flaw.empty()) { return flaw; }
    if (event.from_trainer < 0 || event.from_trainer >= max_trainers) {
        return fmt::format("adopts from trainer {}", event.from_trainer);
    }
    log_.rows.from[row] = static_cast<std::int32_t>(event.from_trainer);
    log_.rows.lineage_after[row] = static_cast<std::int32_t>(event.from_lineage);
    return {};
}

std::string RunLogBuilder::take_explore(const Event& event) {
    if (detail_ == Detail::matches) { return {}; }
    std::size_t row = no_row;
    if (auto flaw = find_row(event, row); !flaw.empty()) { return flaw; }
    const std::size_t key = log_.hyperparameters.index_of(event.key);
    if (key == log_.hyperparameters.names().size()) {
        return fmt::format("explores \"{}\", which no trainer has", event.key.substr(0, 40));
    }
    log_.explorations.push_back({.row = static_cast<std::uint32_t>(row),
                                 .key = static_cast<std::uint16_t>(key),
                                 .op = index_in(log_.operators, event.op),
                                 .old_value = event.old_value,
                                 .new_value = event.new_value});
    return {};
}

std::string RunLogBuilder::take_incident(const Event& event) {
    const auto round =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(event.round, -1, 1 << 30));
    const auto trainer =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(event.trainer, -1, max_trainers));
    if (event.kind == EventKind::snapshot) {
        const std::size_t row = log_.row_of(round, trainer);
        if (row != no_row) {
            log_.rows.snapshot_s[row] += static_cast<float>(event.snapshot_s);
            return {};
        }
    }
    std::string text(event.kind == EventKind::failure  ? event.message
                     : event.kind == EventKind::signal ? event.name
                                                       : event.path);
    if (event.kind == EventKind::failure && !event.what.empty()) {
        text = fmt::format("{}{}{}", event.what, text.empty() ? "" : ": ", text);
    }
    log_.incidents.push_back({event.kind, round, trainer, event.t_rel_s, std::move(text)});
    return {};
}

std::string RunLogBuilder::take_resume(const Event& event) {
    const std::int64_t from = std::clamp<std::int64_t>(event.from_round, -1, 1 << 30);
    const std::int64_t kept = from + 1;
    log_.incidents.push_back({EventKind::resume,
                              static_cast<std::int32_t>(from),
                              nobody,
                              event.t_rel_s,
                              from < 0 ? "from the start" : fmt::format("after round {}", from)});
    read_changes(event.text, log_);
    log_.end.reset();
    if (kept >= log_.rounds()) { return {}; }
    log_.superseded_rounds += log_.rounds() - kept;
    const std::size_t size = log_.round_begin[static_cast<std::size_t>(kept)];
    for_each_column(log_.rows, detail_, [size](auto& column) { column.truncate(size); });
    log_.round_begin.resize(static_cast<std::size_t>(kept) + 1);
    log_.round_end_s.resize(static_cast<std::size_t>(kept));
    auto& explorations = log_.explorations;
    std::size_t left = explorations.size();
    while (left > 0 && explorations[left - 1].row >= size) { --left; }
    explorations.truncate(left);
    return {};
}

}  // namespace ltfb::experiments
