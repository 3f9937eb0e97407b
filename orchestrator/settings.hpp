#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "tournament/explore.hpp"
#include "tournament/selection.hpp"

namespace ltfb::orchestrator {

enum class ProgressKind { automatic, terminal, lines, json, none };

/// Everything that a run depends on, by the names of the options (`-` for `_`). Texts are parsed
/// by the part that they configure.
struct Settings {
    // what and where
    std::string data;
    std::string out;
    bool force = false;

    // layout
    int trainers = 4;
    int ranks_per_trainer = 1;
    std::string layout;             // ranks of each trainer, as 4,4,8; "": ranks_per_trainer each
    int threads = 0;                // of a rank; 0: the node's cores shared out, at least 1
    std::string jobs = "one";       // one, per-trainer
    std::string launcher = "auto";  // auto, mpiexec, srun, none
    std::string launcher_args;      // passed on to it, split at blanks

    // length of the run: whichever comes first
    int rounds = 10;
    std::uint64_t steps_per_round = 100;
    double max_seconds = 0.0;       // of training, 0: no limit
    std::uint64_t max_samples = 0;  // trained by the whole population, 0: no limit
    std::string target_score;       // best own tournament score that ends the run; "": none

    // data
    double test_fraction = 0.1;
    double tournament_fraction = 0.1;
    std::string hold_out = "pairs";
    std::string partition = "disjoint";
    int read_ahead_mb = 128;  // of a rank, for batches of a dense set

    // model and training
    std::string engine = "auto";  // auto, of both: decided when the job starts
    std::string precision = "auto";
    std::string gradient_exchange = "fp32";
    int hidden = 1000;
    int track_layers = 3;
    int top_layers = 3;
    std::string optimizer = "adam";
    std::string lr = "0.001";  // a value, or LOW..HIGH: varied log-uniformly
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double momentum = 0.9;
    double weight_decay = 0.0;
    double dropout = 0.05;
    std::string dropout_scope = "sample";  // sample, entity
    double clip = 0.0;
    int batch = 256;
    std::string schedule = "constant";
    std::uint64_t warmup_steps = 0;
    std::uint64_t schedule_steps = 0;  // cosine: 0 means rounds x steps-per-round
    double final_factor = 0.01;
    std::uint64_t step_every = 0;
    double step_factor = 0.1;

    // search space
    std::string space;              // JSON object of tournament/space_text.hpp, or a file with it
    std::vector<std::string> vary;  // KEY=DOMAIN each; goes over `space`
    std::string explore = "perturb";
    double perturb_factor = 1.25;
    double resample_probability = 0.0;

    std::string replay;  // run directory whose winner's hyperparameters are followed

    // tournament
    std::string selection = "pairwise";
    double quantile = 0.25;  // truncation, regularized-evolution: share that copies in a round
    int sample_size = 3;     // regularized-evolution: candidates for a parent
    int burn_in = 0;         // first rounds, in which nobody meets
    int control = -1;        // trainer that never adopts nor explores; -1: none
    std::string metric = "mse";
    std::string win = "plain";
    std::string exchange = "weights+optimizer";
    int exchange_steps = 0;  // local steps that an exchange overlaps with
    std::uint64_t seed = 1;
    double deadline_s = 600.0;

    // what survives, and how a run goes on
    std::string snapshot_every = "auto";  // auto, none, 20rounds, 15min, 30s
    int keep = 2;
    std::string resume;        // "": a new run; auto, or the run directory
    std::string allow_change;  // settings that may differ from the snapshot's, by commas
    std::string on_trainer_loss = "restart";  // restart, continue, stop
    int max_restarts = 10;
    double silence_s = 30.0;    // after which a rank without a sign of life is dead
    double time_limit_s = 0.0;  // of this job, 0: none

    // what is shown and kept
    std::string serve;  // address of the status server; "": none
    std::string progress = "auto";
    std::string save_models = "all";  // all, best, none

    bool operator==(const Settings&) const = default;
};

/// Every setting under its option's name.
Json to_json(const Settings& settings);

/// Replaces what stands for something else: the file of --space by its content, --layout's number
/// of trainers. Throws InputError naming the option.
void resolve(Settings& settings);

/// Checks what can be checked without the data; throws InputError naming the option.
void validate(const Settings& settings);

/// The rules of tournaments. Throw InputError for an unknown name.
tournament::SelectionRule selection_rule(const Settings& settings);
tournament::ExploreRule explore_rule(const Settings& settings);

/// Ranks of each trainer [trainers].
std::vector<int> layout_of(const Settings& settings);

}  // namespace ltfb::orchestrator
