#pragma once

#include <string>
#include <string_view>

#include "experiments/log/options.hpp"
#include "experiments/log/run_log.hpp"
#include "experiments/log/table.hpp"

namespace ltfb::experiments {

/// Runs the verb that `options` name and returns the exit code.
int run_verb(const Options& options);

// Verbs that print tables of one run.
void print_summary(const RunLog& log, const Options& options, TableWriter& out);
void print_standings(const RunLog& log, const Options& options, TableWriter& out);
void print_matches(const RunLog& log, const Options& options, TableWriter& out);
void print_lineage(const RunLog& log, const Options& options, TableWriter& out);
void print_schedule(const RunLog& log, const Options& options, TableWriter& out);
void print_curves(const RunLog& log, const Options& options, TableWriter& out);
void print_timing(const RunLog& log, const Options& options, TableWriter& out);
void print_wins(const RunLog& log, const Options& options, TableWriter& out);
void print_diversity(const RunLog& log, const Options& options, TableWriter& out);

// Verbs that do something else; they return the exit code.
int verify_runs(const Options& options);
int compare_runs(const Options& options);
int follow_run(const Options& options);
int export_runs(const Options& options);
int report_run(const Options& options);
int serve_runs(const Options& options);
int simulate_run(const Options& options);

/// Reads a run with a progress bar where `options` have one, and says on stderr what was wrong
/// with the log.
RunLog load_run(const std::string& run, Detail detail, const Options& options);

// Used by several verbs.
/// Throws InputError where the log has no such round, or --trainer or --survivor no such trainer.
void check_round(const RunLog& log, std::int32_t round);
void check_trainer(const RunLog& log, std::int32_t trainer);
/// The hyperparameter columns, named as in the log.
void append_hyperparameter_columns(const RunLog& log, TableSpec& spec);
/// Graph of the lineage for GraphViz.
std::string lineage_dot(const RunLog& log, bool all);

}  // namespace ltfb::experiments
