#include "core/error.hpp"
#include "core/file.hpp"
#include "experiments/log/predictions.hpp"
#include "experiments/log/report_data.hpp"
#include "experiments/log/report_page.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

int report_run(const Options& options) {
    if (options.output.empty()) { throw InputError("report: no -o (name the page to write)"); }
    const RunLog log = load_run(options.runs[0], Detail::everything, options);
    write_atomically(options.output,
                     report_page(log.name, report_data(log, read_parity(log.folder))));
    return 0;
}

}  // namespace ltfb::experiments
