#include "experiments/log/export_tensorboard.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <functional>

#include <fmt/core.h>

#include "experiments/log/lineage.hpp"
#include "experiments/log/tensorboard.hpp"

namespace ltfb::experiments {

namespace {

/// Seconds since 1970 of an ISO 8601 UTC time; 0 where it is none.
double epoch_s(const std::string& iso) {
    std::tm tm{};
    if (strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &tm) == nullptr) { return 0.0; }
    return static_cast<double>(timegm(&tm));
}

class Exporter {
public:
    explicit Exporter(const RunLog& log) : log_(log), start_s_(epoch_s(log.started)) {
        for (const auto& name : log.hyperparameters.names()) {
            hyperparameter_tags_.push_back("hyperparameters/" + name);
        }
    }

    /// Curves whose round r is that of trainer `trainer_of(r)`; a negative one is left out.
    void write(const std::string& folder,
               const std::function<std::int32_t(std::int32_t)>& trainer_of) {
        std::filesystem::create_directories(folder);
        TensorboardFile file(fmt::format("{}/events.out.tfevents.{:010.0f}.ltfb", folder, start_s_),
                             start_s_);
        for (std::int32_t round = 0; round < log_.rounds(); ++round) {
            const std::size_t row = log_.row_of(round, trainer_of(round));
            if (row == no_row) { continue; }
            collect(round, row);
            file.add(start_s_ + log_.round_end_s[static_cast<std::size_t>(round)],
                     log_.rows.step[row],
                     scalars_);
        }
        file.keep();
    }

private:
    void collect(std::int32_t round, std::size_t row) {
        const TrainerRounds& rows = log_.rows;
        scalars_ = {{"score/mse", rows.mse[row]},
                    {"score/mae", rows.mae[row]},
                    {"score/r2", rows.r2[row]},
                    {"score/pearson", rows.pearson[row]},
                    {"train/loss", rows.train_loss[row]},
                    {"train/lr", rows.lr[row]},
                    {"train/samples_per_s", static_cast<double>(rows.samples_per_s[row])},
                    {"tournament/round", static_cast<double>(round)},
                    {"tournament/trainer", static_cast<double>(rows.trainer[row])},
                    {"tournament/founder", static_cast<double>(rows.lineage[row])}};
        if (rows.has(row, row_has_match)) {
            scalars_.push_back({"tournament/margin", rows.margin[row]});
            scalars_.push_back({"tournament/adopted", rows.has(row, row_adopted) ? 1.0 : 0.0});
        }
        for (std::size_t key = 0; key < hyperparameter_tags_.size(); ++key) {
            scalars_.push_back({hyperparameter_tags_[key], log_.hyperparameter(row, key)});
        }
    }

    const RunLog& log_;
    double start_s_;
    std::vector<std::string> hyperparameter_tags_;
    std::vector<Scalar> scalars_;
};

}  // namespace

void export_tensorboard(const RunLog& log, const std::string& folder, std::size_t max_lineages) {
    Exporter exporter(log);
    for (std::int32_t trainer = 0; trainer < log.trainers; ++trainer) {
        exporter.write(fmt::format("{}/trainer-{:04}", folder, trainer),
                       [trainer](std::int32_t) { return trainer; });
    }
    const auto ranks = final_standings(log);
    for (std::size_t i = 0; i < std::min(ranks.size(), max_lineages); ++i) {
        const auto path = ancestors_of(log, ranks[i].trainer, log.rounds() - 1);
        exporter.write(fmt::format("{}/lineage-of-{:04}", folder, ranks[i].trainer),
                       [&](std::int32_t round) { return path[static_cast<std::size_t>(round)]; });
    }
}

}  // namespace ltfb::experiments
