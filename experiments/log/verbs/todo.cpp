#include "core/error.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

int report_run(const Options& /*options*/) {
    throw Error("todo");
}

}  // namespace ltfb::experiments
