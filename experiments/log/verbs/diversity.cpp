#include "experiments/log/diversity.hpp"

#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

void print_diversity(const RunLog& log, const Options& /*options*/, TableWriter& out) {
    TableSpec spec{.id = "diversity",
                   .title = "Diversity by round (cv: standard deviation / mean)",
                   .columns = {{"round", Format::integer},
                               {"trainers", Format::integer},
                               {"founders", Format::integer},
                               {"effective_founders", Format::number},
                               {"finite_scores", Format::integer},
                               {"best_score", Format::number},
                               {"median_score", Format::number},
                               {"worst_score", Format::number},
                               {"score_sd", Format::number}}};
    for (const auto& name : log.hyperparameters.names()) {
        spec.columns.push_back({name + "_cv", Format::number});
    }
    out.begin_table(spec);
    std::vector<Cell> cells;
    for (std::int32_t round = 0; round < log.rounds(); ++round) {
        const Diversity diversity = diversity_of(log, round);
        cells.assign({std::int64_t{round},
                      diversity.trainers,
                      diversity.founders,
                      known(diversity.effective_founders),
                      diversity.finite_scores,
                      known(diversity.best_score),
                      known(diversity.median_score),
                      known(diversity.worst_score),
                      known(diversity.score_sd)});
        for (const double cv : diversity.hyperparameter_cv) { cells.push_back(known(cv)); }
        out.row(cells);
    }
    out.end_table();
}

}  // namespace ltfb::experiments
