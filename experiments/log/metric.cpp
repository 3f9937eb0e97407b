#include "experiments/log/metric.hpp"

#include "core/error.hpp"

namespace ltfb::experiments {

using tournament::Metric;

std::optional<Metric> metric_named(std::string_view name) {
    try {
        return tournament::parse_metric(name);
    } catch (const InputError&) { return std::nullopt; }
}

double score_of(const Event& eval, Metric metric) noexcept {
    switch (metric) {
        case Metric::mse:
            return eval.mse;
        case Metric::mae:
            return eval.mae;
        case Metric::r2:
            return eval.r2;
        case Metric::pearson:
            return eval.pearson;
    }
    return absent;
}

}  // namespace ltfb::experiments
