#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace ltfb::experiments {

enum class EventKind : std::uint8_t {
    run_start,
    eval,
    tournament,
    adopt,
    explore,
    snapshot,
    failure,
    signal,
    resume,
    run_end,
    unknown,
};

std::string_view name_of(EventKind kind) noexcept;

inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// One hyperparameter of an eval or adopt event.
struct NamedValue {
    std::string_view name;
    double value = absent;
};

/// One line of events.jsonl with the fields of docs/run-directory.md. A field that the line lacks
/// keeps the value below. Texts are views that live until the parser reads the next line.
struct Event {
    EventKind kind = EventKind::unknown;
    std::uint64_t seen = 0;  // bit i: field i of event_fields.hpp stood in the line

    std::int64_t schema = -1;
    std::int64_t seq = -1;
    std::int64_t round = -1;
    std::int64_t trainer = -1;
    std::int64_t lineage = -1;
    std::int64_t step = 0;
    std::string_view run_id;
    std::string_view t;
    std::string_view event;
    double t_rel_s = absent;

    std::string_view split;
    double mse = absent;
    double mae = absent;
    double r2 = absent;
    double pearson = absent;
    std::int64_t samples = 0;
    double train_loss = absent;
    double lr = absent;
    std::int64_t steps = 0;
    std::int64_t trained_samples = 0;
    double train_s = 0.0;
    double samples_per_s = absent;

    std::int64_t opponent = -1;
    std::string_view metric;
    double own_score = absent;
    double challenger_score = absent;
    double own_score_there = absent;
    double challenger_score_there = absent;
    double margin = absent;
    double t_statistic = absent;
    double p_value = absent;
    std::string_view reason;
    bool adopted = false;
    bool agreed = false;
    bool forfeit = false;
    std::int64_t bytes = 0;
    double exchange_s = 0.0;
    double eval_s = 0.0;
    double wait_s = 0.0;

    std::int64_t from_trainer = -1;
    std::int64_t from_lineage = -1;
    std::string_view digest_sent;
    std::string_view digest_received;
    bool optimizer_state = false;

    std::string_view key;
    std::string_view op;  // the field "operator"
    double old_value = absent;
    double new_value = absent;
    double live = absent;

    std::string_view path;
    double snapshot_s = 0.0;
    std::string_view what;
    std::string_view message;
    std::string_view name;
    std::int64_t from_round = -1;
    std::int64_t superseded_from_seq = -1;

    std::vector<NamedValue> hyperparameters;
    std::string_view text;  // the whole line
};

}  // namespace ltfb::experiments
