#include <filesystem>
#include <iostream>

#include "experiments/log/verbs/verbs.hpp"
#include "experiments/log/verifier.hpp"

namespace ltfb::experiments {

int verify_runs(const Options& options) {
    const auto out = make_table_writer(std::cout, options.style, options.verb);
    bool is_sound = true;
    for (const auto& run : options.runs) {
        const VerifyResult result = verify_run(run, options.all);
        is_sound = is_sound && result.violations.empty();
        out->begin_run(run, result.run_id);
        out->begin_table({.id = "verify",
                          .title = "Verification of " + run,
                          .columns = {{"sound", Format::flag},
                                      {"events", Format::integer},
                                      {"violations", Format::integer}},
                          .is_record = true});
        out->row({result.violations.empty(),
                  static_cast<std::int64_t>(result.events),
                  static_cast<std::int64_t>(result.violations.size())});
        out->end_table();
        out->begin_table({.id = "violations",
                          .title = options.all ? "Violations" : "First violation",
                          .columns = {{"line", Format::integer}, {"rule"}, {"what"}},
                          .is_detail = result.violations.empty()});
        for (const auto& violation : result.violations) {
            out->row({violation.line, violation.rule, violation.what});
        }
        out->end_table();
    }
    out->finish();
    return is_sound ? 0 : 1;
}

}  // namespace ltfb::experiments
