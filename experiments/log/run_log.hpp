#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/log/column.hpp"
#include "experiments/log/event_reader.hpp"
#include "experiments/log/hyperparameter_sets.hpp"
#include "tournament/judge.hpp"

namespace ltfb::experiments {

/// What a trainer-round knows about itself; bits of TrainerRounds::flags.
enum RowFlag : std::uint8_t {
    row_has_eval = 1,
    row_has_match = 2,
    row_adopted = 4,
    row_agreed = 8,
    row_forfeit = 16,
};

inline constexpr std::int32_t nobody = -1;
inline constexpr std::size_t no_row = ~std::size_t{0};

/// The table of a run: one row for each trainer in each round, by round, then in file order
/// (ascending trainers in a sound log). Scores are in the run's metric.
struct TrainerRounds {
    Column<std::int32_t> trainer;
    Column<std::int32_t> lineage;        // founder of the model that was trained in the round
    Column<std::int32_t> lineage_after;  // founder of the model held after the tournament
    Column<std::int32_t> opponent;       // nobody: rested, or died before its verdict
    Column<std::int32_t> from;           // whose model was adopted, or nobody
    Column<std::uint8_t> flags;
    Column<double> score;  // of the model that was trained, on the trainer's own share
    Column<double> challenger_score;
    Column<double> held_score;  // of the model held after the tournament, on the own share
    Column<double> margin;
    Column<float> train_s;
    Column<float> eval_s;
    Column<float> exchange_s;
    Column<float> wait_s;
    Column<float> snapshot_s;

    // Read with Detail::everything only.
    Column<double> own_score_there;
    Column<double> challenger_score_there;
    Column<double> p_value;
    Column<std::uint16_t> reason;  // of the verdict, in RunLog::reasons
    Column<double> mse;
    Column<double> mae;
    Column<double> r2;
    Column<double> pearson;
    Column<double> train_loss;
    Column<double> lr;
    Column<float> samples_per_s;
    Column<std::int64_t> step;
    Column<std::uint32_t> hyperparameters;  // set in RunLog::hyperparameters

    [[nodiscard]] std::size_t size() const noexcept { return trainer.size(); }
    [[nodiscard]] bool has(std::size_t row, RowFlag flag) const noexcept {
        return (flags[row] & flag) != 0;
    }
};

/// A hyperparameter moved after an adoption. `row` in TrainerRounds.
struct Exploration {
    std::uint32_t row = 0;
    std::uint16_t key = 0;  // in the names of RunLog::hyperparameters
    std::uint16_t op = 0;   // in RunLog::operators
    double old_value = absent;
    double new_value = absent;
};

/// Something that happened to the run: a failure, a signal, a resume, a snapshot.
struct Incident {
    EventKind kind = EventKind::unknown;
    std::int32_t round = -1;
    std::int32_t trainer = nobody;
    double t_rel_s = absent;
    std::string text;
};

/// Metrics of one model on one set.
struct Scores {
    double mse = absent;
    double mae = absent;
    double r2 = absent;
    double pearson = absent;
    std::int64_t samples = 0;
};

/// A line of the final standings.
struct Standing {
    std::int32_t trainer = nobody;
    double score = absent;
    std::int32_t lineage = nobody;
    std::string digest;
    std::vector<double> hyperparameters;  // by the names of RunLog::hyperparameters
};

/// What run_end says.
struct RunEnd {
    std::int64_t exit = 0;
    std::string reason;
    std::int32_t best_trainer = nobody;
    Scores test;
    std::vector<Standing> standings;  // best first
    std::int64_t samples_trained = 0;
    double wall_s = absent;
    double train_s = absent;
    double tournament_s = absent;
};

struct Setting {
    std::string key;
    std::string value;  // JSON
};

/// Everything a log says about one run.
struct RunLog {
    std::string name;    // what to call the run in tables
    std::string folder;  // of the run; empty where a lone log was named
    std::string path;    // of the log
    std::string run_id;
    std::string version;
    std::string data_digest;
    std::string started;  // ISO 8601
    std::int32_t trainers = 0;
    std::vector<std::int32_t> ranks_per_trainer;
    std::vector<Setting> settings;
    tournament::Metric metric = tournament::Metric::mse;

    HyperparameterSets hyperparameters;
    std::vector<std::string> operators;
    std::vector<std::string> reasons;
    Column<Exploration> explorations;

    TrainerRounds rows;
    std::vector<std::size_t> round_begin;  // rows of round r: [round_begin[r], round_begin[r + 1])
    std::vector<double> round_end_s;       // largest t_rel_s of the round's events
    std::vector<Incident> incidents;
    std::optional<RunEnd> end;

    double last_t_rel_s = 0.0;
    std::int64_t superseded_rounds = 0;  // trained, then trained again after a resume
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    bool has_torn_line = false;
    Problems problems;

    [[nodiscard]] std::int32_t rounds() const noexcept {
        return static_cast<std::int32_t>(round_begin.size()) - 1;
    }
    /// Row of `trainer` in `round`, or no_row.
    [[nodiscard]] std::size_t row_of(std::int32_t round, std::int32_t trainer) const noexcept;
    /// Value of hyperparameter `key` in a row, absent where it is not known.
    [[nodiscard]] double hyperparameter(std::size_t row, std::size_t key) const noexcept;
    /// JSON text of a setting, or an empty one.
    [[nodiscard]] std::string_view setting(std::string_view key) const noexcept;
    [[nodiscard]] bool is_better(double score, double other) const {
        return tournament::is_better(score, other, metric);
    }
    [[nodiscard]] std::string metric_name() const {
        return std::string(tournament::to_text(metric));
    }
};

/// Trainers that died and have not come back with a resume, ascending.
std::vector<std::int32_t> lost_trainers(const RunLog& log);

/// How much of the log to keep. `matches` is enough for who met whom, scores, lineage and times.
enum class Detail { matches, everything };

/// Reads a run: a run directory or an events.jsonl. Throws InputError where there is none, or where
/// the log holds no event of a known schema.
RunLog read_run(const std::string& run,
                Detail detail = Detail::everything,
                EventReader::OnProgress on_progress = {});

/// Path of the log of `run`, a run directory or a log. Throws InputError.
std::string log_path_of(const std::string& run);

}  // namespace ltfb::experiments
