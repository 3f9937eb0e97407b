#include "core/error.hpp"
#include "experiments/log/verbs/verbs.hpp"
namespace ltfb::experiments {
int verify_runs(const Options&) {
    throw Error("todo");
}
int compare_runs(const Options&) {
    throw Error("todo");
}
int follow_run(const Options&) {
    throw Error("todo");
}
int export_runs(const Options&) {
    throw Error("todo");
}
int report_run(const Options&) {
    throw Error("todo");
}
}  // namespace ltfb::experiments
