#include "experiments/log/simulate_log.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include <fmt/compile.h>
#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/rng.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/simulated_events.hpp"
#include "experiments/log/simulated_result.hpp"
#include "tournament/judge.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int64_t steps_per_round = 200;
constexpr std::int64_t batch = 256;
constexpr std::int64_t share_samples = 24450;

class Simulation {
public:
    Simulation(const SimulationSettings& settings, std::string folder)
        : settings_(settings),
          folder_(std::move(folder)),
          run_id_(to_hex(digest_of(
              fmt::format("{} {} {}", settings.trainers, settings.rounds, settings.seed)))),
          population_(settings),
          events_(folder_ + "/events.jsonl", run_id_) {}

    void run() {
        write_start();
        for (std::int32_t round = 0; round < settings_.rounds; ++round) { play(round); }
        write_end();
        events_.flush();
    }

private:
    [[nodiscard]] Json settings_json() const;
    [[nodiscard]] Json layout_json() const;
    void write_start();
    void play(std::int32_t round);
    void write_eval(std::int32_t round, std::int32_t trainer, const SimulatedModel& model);
    /// Returns whether the challenger won.
    bool write_match(std::int32_t round, std::int32_t trainer, std::int32_t opponent);
    void write_adoption(std::int32_t round, std::int32_t trainer, std::int32_t opponent);
    void write_end();
    void write_files(const Json& end) const;

    [[nodiscard]] bool is_alive(std::int32_t trainer, std::int32_t round) const noexcept {
        return population_.death_round(trainer) > round;
    }
    [[nodiscard]] Place place(std::int32_t round, std::int32_t trainer) const noexcept {
        return {round,
                trainer,
                trained_[static_cast<std::size_t>(trainer)].lineage,
                (round + 1) * steps_per_round};
    }
    /// A duration about `mean_s`; trainer 3 is a straggler.
    [[nodiscard]] double duration(double mean_s, std::int32_t round, std::int32_t trainer) const {
        Rng rng(settings_.seed + 2,
                Stream::test,
                {static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(trainer)});
        const double slow = trainer == 3 ? 1.6 : 1.0;
        return std::round(mean_s * slow * (0.95 + 0.1 * rng.uniform()) * 1e4) / 1e4;
    }

    SimulationSettings settings_;
    std::string folder_;
    std::string run_id_;
    SimulatedPopulation population_;
    EventSink events_;
    std::vector<SimulatedModel> trained_;  // as they stood before the round's adoptions
    double train_s_ = 0.0;
    double tournament_s_ = 0.0;
};

Json Simulation::settings_json() const {
    return {{"trainers", settings_.trainers},
            {"ranks_per_trainer", 1},
            {"rounds", settings_.rounds},
            {"steps_per_round", steps_per_round},
            {"seed", settings_.seed},
            {"selection", "pairwise"},
            {"metric", "mse"},
            {"engine", "simulated"},
            {"optimizer", "adam"},
            {"partition", "disjoint"}};
}

Json Simulation::layout_json() const {
    return {
        {"trainers", settings_.trainers},
        {"ranks_per_trainer", std::vector<int>(static_cast<std::size_t>(settings_.trainers), 1)}};
}

void Simulation::write_start() {
    trained_ = population_.models();
    const std::string digest = to_hex(digest_of(std::string_view("simulated")));
    const Json config{{"schema", 1},
                      {"run_id", run_id_},
                      {"version", "simulated"},
                      {"settings", settings_json()},
                      {"layout", layout_json()},
                      {"data",
                       {{"path", ""},
                        {"digest", digest},
                        {"samples", 305626},
                        {"roles", {{"train", 244500}, {"tournament", 30563}, {"test", 30563}}}}},
                      {"model", {{"parameters", 13760001}}}};
    write_atomically(folder_ + "/config.json", config.dump(2) + "\n");
    std::string values;
    for (const auto& model : population_.models()) {
        if (!values.empty()) { values += ','; }
        values += values_json(model);
    }
    events_.write("run_start",
                  {},
                  FMT_COMPILE(",\"trainers\":{},\"ranks_per_trainer\":{},\"settings\":{},"
                              "\"hyperparameters\":[{}],\"data_digest\":\"{}\","
                              "\"version\":\"simulated\""),
                  settings_.trainers,
                  to_text(layout_json()["ranks_per_trainer"]),
                  to_text(settings_json()),
                  values,
                  digest);
}

void Simulation::play(std::int32_t round) {
    population_.train(round);
    const auto opponents = population_.opponents(round);
    trained_ = population_.models();
    events_.advance(4.0);
    train_s_ += 4.0;
    for (std::int32_t t = 0; t < settings_.trainers; ++t) {
        if (!is_alive(t, round)) {
            if (population_.death_round(t) == round) {
                events_.write("failure",
                              place(round, t),
                              FMT_COMPILE(",\"what\":\"trainer lost\",\"message\":\"simulated\""));
            }
            continue;
        }
        write_eval(round, t, trained_[static_cast<std::size_t>(t)]);
        const std::int32_t opponent = opponents[static_cast<std::size_t>(t)];
        if (opponent >= 0 && write_match(round, t, opponent)) {
            write_adoption(round, t, opponent);
        }
    }
    events_.advance(0.5);
    tournament_s_ += 0.5;
    if (round % 5 == 4) {
        events_.write("snapshot",
                      {.round = round},
                      FMT_COMPILE(",\"path\":\"snapshots/round-{:06}\",\"bytes\":{},"
                                  "\"snapshot_s\":{}"),
                      round,
                      165120012 * std::int64_t{settings_.trainers},
                      0.25);
    }
}

void Simulation::write_eval(std::int32_t round, std::int32_t trainer, const SimulatedModel& model) {
    const double mse = population_.score(model, trainer, round);
    const double train_s = duration(3.5, round, trainer);
    events_.write(
        "eval",
        place(round, trainer),
        FMT_COMPILE(",\"split\":\"tournament\",\"mse\":{},\"mae\":{},\"r2\":{},\"pearson\":{},"
                    "\"samples\":{},\"train_loss\":{},\"lr\":{},\"steps\":{},"
                    "\"trained_samples\":{},\"hyperparameters\":{},\"train_s\":{},"
                    "\"samples_per_s\":{}"),
        Number{mse},
        Number{0.7 * std::sqrt(mse)},
        Number{1.0 - mse / 0.282},
        Number{std::sqrt(std::max(0.0, 1.0 - mse / 0.282))},
        share_samples,
        Number{mse * 1.05},
        model.values[lr_key],
        steps_per_round,
        steps_per_round * batch,
        values_json(model),
        train_s,
        std::round(static_cast<double>(steps_per_round * batch) / train_s));
}

bool Simulation::write_match(std::int32_t round, std::int32_t trainer, std::int32_t opponent) {
    const auto& own_model = trained_[static_cast<std::size_t>(trainer)];
    const auto& challenger = trained_[static_cast<std::size_t>(opponent)];
    const bool forfeit = !is_alive(opponent, round);
    const double nan = std::nan("");
    const double own = population_.score(own_model, trainer, round);
    const double other = forfeit ? nan : population_.score(challenger, trainer, round);
    const double own_there = forfeit ? nan : population_.score(own_model, opponent, round);
    const double other_there = forfeit ? nan : population_.score(challenger, opponent, round);
    using tournament::Metric;
    const auto verdict = tournament::judge(own, other, {}, {}, Metric::mse);
    const bool adopted = !forfeit && verdict.adopted();
    const double margin = verdict.margin;
    // Where no test is possible it claims nothing.
    const double t_statistic = std::isfinite(margin) ? margin / (0.02 * own) : 0.0;
    const auto is_better = [](double a, double b) {
        return tournament::is_better(a, b, Metric::mse);
    };
    const double bytes = forfeit ? 0.0 : 55040004.0 + (adopted ? 110080008.0 : 0.0);
    events_.write(
        "tournament",
        place(round, trainer),
        FMT_COMPILE(
            ",\"opponent\":{},\"metric\":\"mse\",\"own_score\":{},\"challenger_score\":{},"
            "\"own_score_there\":{},\"challenger_score_there\":{},\"margin\":{},"
            "\"t_statistic\":{},\"p_value\":{},\"reason\":\"{}\",\"adopted\":{},\"agreed\":{},"
            "\"forfeit\":{},\"bytes\":{},\"exchange_s\":{},\"eval_s\":{},\"wait_s\":{}"),
        opponent,
        Number{own},
        Number{other},
        Number{own_there},
        Number{other_there},
        Number{margin},
        Number{t_statistic},
        Number{std::erfc(std::abs(t_statistic) / std::sqrt(2.0))},
        forfeit ? "challenger-not-finite" : tournament::to_text(verdict.reason),
        adopted,
        !forfeit && is_better(own, other) == is_better(own_there, other_there),
        forfeit,
        bytes,
        duration(0.03, round, trainer),
        duration(0.2, round, trainer),
        std::round(1e4 * std::abs(duration(3.5, round, opponent) - duration(3.5, round, trainer))) /
            2e4);
    return adopted;
}

void Simulation::write_adoption(std::int32_t round, std::int32_t trainer, std::int32_t opponent) {
    auto& model = population_.models()[static_cast<std::size_t>(trainer)];
    model = trained_[static_cast<std::size_t>(opponent)];
    Place here = place(round, trainer);
    here.lineage = model.lineage;
    events_.write("adopt",
                  here,
                  FMT_COMPILE(",\"from_trainer\":{},\"from_lineage\":{},\"digest_sent\":\"{}\","
                              "\"digest_received\":\"{}\",\"optimizer_state\":true,"
                              "\"hyperparameters\":{}"),
                  opponent,
                  model.lineage,
                  to_hex(model.digest),
                  to_hex(model.digest),
                  values_json(model));
    for (const auto& move : population_.explore(trainer, round)) {
        events_.write("explore",
                      here,
                      FMT_COMPILE(",\"key\":\"{}\",\"operator\":\"perturb\",\"old\":{},"
                                  "\"new\":{},\"live\":{}"),
                      simulated_names[move.key],
                      move.old_value,
                      move.new_value,
                      move.new_value);
    }
}

void Simulation::write_end() {
    const auto& models = population_.models();
    std::vector<SimulatedFinalist> ranked;
    for (std::int32_t t = 0; t < settings_.trainers; ++t) {
        if (!is_alive(t, settings_.rounds)) { continue; }
        const auto& model = models[static_cast<std::size_t>(t)];
        ranked.push_back({t, population_.score(model, t, settings_.rounds), &model});
        const double mse = ranked.back().score;
        events_.write("eval",
                      {-1, t, model.lineage, settings_.rounds * steps_per_round},
                      FMT_COMPILE(",\"split\":\"tournament-all\",\"mse\":{},\"mae\":{},\"r2\":{},"
                                  "\"pearson\":{},\"samples\":30563"),
                      Number{mse},
                      Number{0.7 * std::sqrt(mse)},
                      Number{1.0 - mse / 0.282},
                      Number{std::sqrt(std::max(0.0, 1.0 - mse / 0.282))});
    }
    rank_finalists(ranked);
    const Json standings = standings_json(ranked);
    const Json test = write_test_predictions(
        folder_, settings_.seed, ranked.empty() ? 0.1 : ranked.front().score);
    const Json end{{"exit", ranked.size() < models.size() ? 3 : 0},
                   {"reason", "rounds"},
                   {"best_trainer", ranked.empty() ? -1 : ranked.front().trainer},
                   {"test", test},
                   {"standings", standings},
                   {"samples_trained",
                    std::int64_t{settings_.rounds} * settings_.trainers * steps_per_round * batch},
                   {"wall_s", events_.clock_s()},
                   {"train_s", train_s_},
                   {"tournament_s", tournament_s_}};
    const std::string text = to_text(end);
    events_.write(
        "run_end", {}, FMT_COMPILE(",{}"), std::string_view(text).substr(1, text.size() - 2));
    write_files(end);
}

void Simulation::write_files(const Json& end) const {
    Json summary{{"schema", 1}, {"run_id", run_id_}};
    summary.update(end);
    write_atomically(folder_ + "/summary.json", summary.dump(2) + "\n");
    const Json status{{"schema", 1},
                      {"run_id", run_id_},
                      {"state", "done"},
                      {"round", settings_.rounds - 1},
                      {"standings", end["standings"]},
                      {"samples_per_s", 14000.0 * settings_.trainers}};
    write_atomically(folder_ + "/status.json", status.dump(2) + "\n");
}

}  // namespace

void simulate_log(const SimulationSettings& settings, const std::string& folder) {
    if (settings.trainers < 1 || settings.rounds < 1) {
        throw InputError(fmt::format("simulate: {} trainers and {} rounds (at least 1 of each)",
                                     settings.trainers,
                                     settings.rounds));
    }
    std::error_code error;
    if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
        throw InputError(fmt::format("{}: holds something (name a new folder)", folder));
    }
    std::filesystem::create_directories(folder);
    Simulation(settings, folder).run();
}

}  // namespace ltfb::experiments
