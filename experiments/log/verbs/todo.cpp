#include "core/error.hpp"
#include "experiments/log/verbs/verbs.hpp"
namespace ltfb::experiments {
int export_runs(const Options&) {
    throw Error("todo");
}
int report_run(const Options&) {
    throw Error("todo");
}
}  // namespace ltfb::experiments
