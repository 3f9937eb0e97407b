#include "orchestrator/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tournament/judge.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr double terminal_interval_s = 0.25;
constexpr double line_interval_s = 10.0;
constexpr std::size_t shown_trainers = 12;

std::string clock_text(double seconds) {
    if (!std::isfinite(seconds)) { return "--:--"; }
    const auto s = static_cast<long>(seconds + 0.5);
    return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                    : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string bar(double part, int width) {
    std::string text;
    const int full = static_cast<int>(part * width + 0.5);
    for (int i = 0; i < width; ++i) { text += i < full ? "█" : "░"; }
    return text;
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

}  // namespace

ProgressView::ProgressView(const Settings& settings, double first_draw_after_s)
    : settings_(settings), kind_(Kind::lines), next_tick_s_(first_draw_after_s) {
    std::string kind = settings.progress;
    if (kind == "auto") {
        const char* told = std::getenv("LTFB_PROGRESS");  // set by the launching process
        kind = told != nullptr ? told : "lines";
    }
    if (kind == "terminal") { kind_ = Kind::terminal; }
    if (kind == "json") { kind_ = Kind::json; }
    if (kind == "none") { kind_ = Kind::none; }
}

void ProgressView::restore(int rounds, const Json& standings) {
    rounds_done_ = first_round_ = rounds;
    for (const Json& json : standings) {
        Standing& standing = trainers_[json.at("trainer")];
        standing.trainer = json.at("trainer");
        standing.lineage = json.at("lineage");
        standing.score = from_json_number(json.at("score"));
        standing.lr = json.at("lr");
        standing.samples = json.at("samples");
        standing.adoptions = json.at("adoptions");
    }
}

void ProgressView::tick(int round, std::uint64_t step_in_round, double samples_per_s) {
    round_part_ =
        static_cast<double>(step_in_round) / static_cast<double>(settings_.steps_per_round);
    if (elapsed_s() < next_tick_s_) { return; }
    const std::string activity =
        fmt::format("round {}: trainer 0 at step {} of {}, {:.0f} samples/s",
                    round,
                    step_in_round,
                    settings_.steps_per_round,
                    samples_per_s);
    if (kind_ == Kind::terminal) {
        draw(activity);
        next_tick_s_ = elapsed_s() + terminal_interval_s;
    } else {
        if (kind_ == Kind::lines) {
            print(fmt::format("{}, {} elapsed, ETA {}\n",
                              activity,
                              clock_text(elapsed_s()),
                              clock_text(eta_s())));
        }
        next_tick_s_ = elapsed_s() + line_interval_s;
    }
}

void ProgressView::absorb(const Json& event) {
    note(event);
    const std::string kind = event.at("event");
    const int trainer = event.at("trainer");
    Standing& standing = trainers_[trainer];
    standing.trainer = trainer;
    if (kind == "eval") {
        standing.lineage = event.at("lineage");
        standing.score = from_json_number(event.at(settings_.metric));
        standing.lr = event.at("lr");
        standing.samples += event.at("trained_samples").get<std::uint64_t>();
        if (!std::isfinite(standing.score)) { ++not_finite_; }
    } else if (kind == "tournament") {
        ++matches_;
        last_matches_.push_back(fmt::format("{} {} {}",
                                            trainer,
                                            event.at("adopted").get<bool>()   ? "takes"
                                            : event.at("forfeit").get<bool>() ? "wins by forfeit of"
                                                                              : "keeps, met",
                                            event.at("opponent").get<int>()));
    } else if (kind == "adopt") {
        ++adopted_;
        ++standing.adoptions;
        standing.lineage = event.at("from_lineage");
    }
}

void ProgressView::note(const Json& event) {
    const std::string kind = event.at("event");
    const int trainer = event.at("trainer");
    if (kind == "failure" && trainer >= 0) { lost_.insert(trainer); }
    if (kind == "resume") { lost_.clear(); }
}

void ProgressView::show_round(int round, const std::vector<Json>& events) {
    adopted_ = 0;
    matches_ = 0;
    not_finite_ = 0;
    last_matches_.clear();
    const auto all_samples = [&] {
        std::uint64_t sum = 0;
        for (const auto& [trainer, standing] : trainers_) { sum += standing.samples; }
        return sum;
    };
    const std::uint64_t before = all_samples();
    for (const Json& event : events) { absorb(event); }
    const double now_s = elapsed_s();
    samples_per_s_ =
        static_cast<double>(all_samples() - before) / std::max(1e-3, now_s - last_round_s_);
    last_round_s_ = now_s;
    rounds_done_ = round + 1;
    round_part_ = 0.0;
    if (kind_ == Kind::terminal) {
        draw("");
    } else if (kind_ == Kind::lines) {
        print(scores_text() + "  " + pace_text() + "\n");
    } else if (kind_ == Kind::json) {
        const auto best = standings();
        print(Json{{"round", round},
                   {"best_trainer", best.front().trainer},
                   {"best_score", to_json_number(best.front().score)},
                   {"adopted", adopted_},
                   {"not_finite", not_finite_},
                   {"trainers_lost", lost_},
                   {"samples_per_s", samples_per_s_},
                   {"elapsed_s", elapsed_s()},
                   {"eta_s", to_json_number(eta_s())}}
                  .dump() +
              "\n");
    }
}

std::vector<Standing> ProgressView::standings() const {
    std::vector<Standing> sorted;
    for (const auto& [trainer, standing] : trainers_) {
        if (!lost_.contains(trainer)) { sorted.push_back(standing); }
    }
    const auto metric = tournament::parse_metric(settings_.metric);
    std::ranges::stable_sort(sorted, [&](const Standing& a, const Standing& b) {
        return tournament::is_better(a.score, b.score, metric);
    });
    return sorted;
}

std::string ProgressView::scores_text() const {
    const auto sorted = standings();
    return fmt::format(
        "round {:>{}}/{}  {} best {:.5f} (trainer {}), median {:.5f}  adopted {}/{}{}{}",
        rounds_done_,
        std::to_string(settings_.rounds).size(),
        settings_.rounds,
        settings_.metric,
        sorted.front().score,
        sorted.front().trainer,
        sorted[sorted.size() / 2].score,
        adopted_,
        matches_,
        not_finite_ > 0 ? fmt::format("  NOT FINITE: {}", not_finite_) : "",
        lost_.empty() ? "" : fmt::format("  LOST: trainer {}", fmt::join(lost_, ", ")));
}

std::string ProgressView::pace_text() const {
    return fmt::format("{} elapsed, ETA {}  {:.0f} samples/s",
                       clock_text(elapsed_s()),
                       clock_text(eta_s()),
                       samples_per_s_);
}

void ProgressView::draw(const std::string& activity) {
    // A line that the terminal wrapped would be two when it is drawn over: cut it instead.
    std::string text = "\x1b[?7l";
    if (drawn_lines_ > 0) { text += fmt::format("\x1b[{}A\r\x1b[J", drawn_lines_); }
    const double part = (rounds_done_ + round_part_) / settings_.rounds;
    std::vector<std::string> lines;
    // The narrowest terminal still shows what is left.
    lines.push_back(
        fmt::format("{} {:.0f} %  {}  {}", bar(part, 20), 100.0 * part, pace_text(), activity));
    if (!trainers_.empty()) {
        lines.push_back(scores_text());
        lines.push_back(fmt::format("\x1b[1m{:>7} {:>12} {:>8} {:>10} {:>10} {:>7}\x1b[0m",
                                    "trainer",
                                    settings_.metric,
                                    "founder",
                                    "lr",
                                    "samples",
                                    "adopted"));
        const auto sorted = standings();
        for (std::size_t i = 0; i < std::min(sorted.size(), shown_trainers); ++i) {
            lines.push_back(fmt::format("{:>7} {:>12.6f} {:>8} {:>10.2e} {:>10} {:>7}",
                                        sorted[i].trainer,
                                        sorted[i].score,
                                        sorted[i].lineage,
                                        sorted[i].lr,
                                        sorted[i].samples,
                                        sorted[i].adoptions));
        }
        std::string matches = "last matches:";
        for (std::size_t i = 0; i < std::min<std::size_t>(last_matches_.size(), 6); ++i) {
            matches += (i > 0 ? "; " : " ") + last_matches_[i];
        }
        lines.push_back(matches);
    }
    for (const std::string& line : lines) { text += line + "\n"; }
    drawn_lines_ = lines.size();
    print(text + "\x1b[?7h");
}

void ProgressView::show_result(const Json& summary) {
    if (kind_ == Kind::none) { return; }
    if (kind_ == Kind::json) {
        print(summary.dump() + "\n");
        return;
    }
    std::string text = fmt::format("\n{:>4} {:>7} {:>12} {:>8} {:>10}  {}\n",
                                   "rank",
                                   "trainer",
                                   settings_.metric,
                                   "founder",
                                   "lr",
                                   "digest");
    int rank = 0;
    for (const Json& standing : summary.at("trainers")) {
        text += fmt::format("{:>4} {:>7} {:>12.6f} {:>8} {:>10.2e}  {}\n",
                            ++rank,
                            standing.at("trainer").get<int>(),
                            from_json_number(standing.at("score")),
                            standing.at("lineage").get<int>(),
                            standing.at("hyperparameters").at("lr").get<double>(),
                            standing.at("digest").get<std::string>());
    }
    const Json& test = summary.at("test");
    text += fmt::format(
        "\ntest role, {} samples, trainer {}: mse {:.6f}  mae {:.6f}  R2 {:.4f}  Pearson {:.4f}  "
        "(predicting the training mean: mse {:.6f})\n",
        test.at("samples").get<std::uint64_t>(),
        summary.at("best_trainer").get<int>(),
        from_json_number(test.at("mse")),
        from_json_number(test.at("mae")),
        from_json_number(test.at("r2")),
        from_json_number(test.at("pearson")),
        from_json_number(summary.at("trivial_mse")));
    text += fmt::format("{} samples in {} ({:.1f} % of it in tournaments); run in {}\n",
                        summary.at("samples_trained").get<std::uint64_t>(),
                        clock_text(summary.at("wall_s")),
                        100.0 * summary.at("tournament_s").get<double>() /
                            std::max(1e-9, summary.at("wall_s").get<double>()),
                        settings_.out);
    print(text);
}

double ProgressView::elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double ProgressView::eta_s() const {
    const double done = rounds_done_ + round_part_;
    const double here = done - first_round_;  // rounds of this job
    const double by_rounds = here > 0.0 ? elapsed_s() * (settings_.rounds - done) / here : INFINITY;
    return settings_.max_seconds > 0.0
               ? std::min(by_rounds, std::max(0.0, settings_.max_seconds - elapsed_s()))
               : by_rounds;
}

}  // namespace ltfb::orchestrator
