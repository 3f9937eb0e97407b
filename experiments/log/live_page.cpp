#include "experiments/log/predictions.hpp"
#include "experiments/log/report_data.hpp"
#include "experiments/log/report_page.hpp"
#include "experiments/log/run_log.hpp"
#include "orchestrator/live_server.hpp"

namespace ltfb {

orchestrator::LivePage orchestrator::live_page() {
    using namespace experiments;
    return {.page = report_page("ltfb", "null"), .report = [](const std::string& log_path) {
                const RunLog log = read_run(log_path, Detail::everything);
                return report_data(log, read_parity(log.folder));
            }};
}

}  // namespace ltfb
