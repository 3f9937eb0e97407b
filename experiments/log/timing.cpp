#include "experiments/log/timing.hpp"

#include <algorithm>

namespace ltfb::experiments {

namespace {

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Each trainer is compared with the others in the same rounds: one that is lost early has not had
/// the rounds in which all were faster. `times` by trainer.
void mark_stragglers(const RunLog& log, std::vector<TrainerTime>& times) {
    std::vector<double> usual_s(times.size());
    std::vector<double> of_round;
    for (std::size_t round = 0; round + 1 < log.round_begin.size(); ++round) {
        const std::size_t begin = log.round_begin[round];
        const std::size_t end = log.round_begin[round + 1];
        if (begin == end) { continue; }
        of_round.clear();
        for (std::size_t row = begin; row < end; ++row) {
            of_round.push_back(static_cast<double>(log.rows.train_s[row]));
        }
        const double median_s = median(of_round);
        for (std::size_t row = begin; row < end; ++row) {
            usual_s[static_cast<std::size_t>(log.rows.trainer[row])] += median_s;
        }
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!(usual_s[i] > 0.0)) { continue; }
        times[i].train_to_median = times[i].train_s / usual_s[i];
        times[i].is_straggler = times[i].train_to_median >= straggler_factor;
    }
}

}  // namespace

std::vector<TrainerTime> times_by_trainer(const RunLog& log) {
    std::vector<TrainerTime> times(static_cast<std::size_t>(log.trainers));
    const TrainerRounds& rows = log.rows;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        TrainerTime& time = times[static_cast<std::size_t>(rows.trainer[row])];
        time.trainer = rows.trainer[row];
        ++time.rounds;
        time.train_s += static_cast<double>(rows.train_s[row]);
        time.evaluate_s += static_cast<double>(rows.eval_s[row]);
        time.exchange_s += static_cast<double>(rows.exchange_s[row]);
        time.wait_s += static_cast<double>(rows.wait_s[row]);
        time.snapshot_s += static_cast<double>(rows.snapshot_s[row]);
    }
    mark_stragglers(log, times);
    std::erase_if(times, [](const TrainerTime& time) { return time.rounds == 0; });
    return times;
}

RoundTime time_of_round(const RunLog& log, std::int32_t round) {
    const auto r = static_cast<std::size_t>(round);
    const std::size_t begin = log.round_begin[r];
    const std::size_t end = log.round_begin[r + 1];
    RoundTime time;
    if (begin == end) { return time; }
    double train = 0.0;
    double evaluate = 0.0;
    double exchange = 0.0;
    double wait = 0.0;
    double snapshot = 0.0;
    for (std::size_t row = begin; row < end; ++row) {
        const auto train_s = static_cast<double>(log.rows.train_s[row]);
        if (train_s > time.train_max_s) {
            time.train_max_s = train_s;
            time.slowest_trainer = log.rows.trainer[row];
        }
        train += train_s;
        evaluate += static_cast<double>(log.rows.eval_s[row]);
        exchange += static_cast<double>(log.rows.exchange_s[row]);
        wait += static_cast<double>(log.rows.wait_s[row]);
        snapshot += static_cast<double>(log.rows.snapshot_s[row]);
    }
    const auto n = static_cast<double>(end - begin);
    time.train_s = train / n;
    time.evaluate_s = evaluate / n;
    time.exchange_s = exchange / n;
    time.wait_s = wait / n;
    time.snapshot_s = snapshot / n;
    return time;
}

}  // namespace ltfb::experiments
