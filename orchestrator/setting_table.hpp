#pragma once

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Calls `visit(name, help, member)` for every setting, in the order in which they are shown; the
/// one list that the command line, --config, --print-config and the run's config.json share.
template <class S, class Visit>
void for_each_setting(S& s, Visit&& visit) {
    visit("data", "data set written by ltfb-data", s.data);
    visit("out", "run directory to create", s.out);
    visit("force", "replace a run directory that isn't empty", s.force);
    visit("trainers", "number of trainers in the population", s.trainers);
    visit("ranks-per-trainer", "MPI ranks that train one model together", s.ranks_per_trainer);
    visit("layout",
          "ranks of each trainer, as 4,4,8; instead of --trainers and --ranks-per-trainer",
          s.layout);
    visit("threads", "threads of a rank; 0: the node's cores shared out", s.threads);
    visit("jobs",
          "MPI jobs of the run: one, split into trainers; or per-trainer, one for each, which lose "
          "and regain a trainer without the others' noticing, and meet by TCP",
          s.jobs);
    visit("launcher", "how ranks are started: auto, mpiexec, srun or none", s.launcher);
    visit("launcher-args", "further arguments for the launcher", s.launcher_args);
    visit("rounds", "rounds: local steps, then a tournament", s.rounds);
    visit("steps-per-round", "minibatches between tournaments", s.steps_per_round);
    visit("max-seconds", "end after this many seconds; 0: no limit", s.max_seconds);
    visit("max-samples",
          "end once the population has trained on this many samples; 0: no limit",
          s.max_samples);
    visit("target-score", "end once a trainer's tournament score is this good", s.target_score);
    visit(
        "test-fraction", "fraction of (cell, drug pair) groups kept for the end", s.test_fraction);
    visit("tournament-fraction",
          "fraction of groups that models are scored on",
          s.tournament_fraction);
    visit("hold-out", "what is kept whole between roles: pairs, cells or drugs", s.hold_out);
    visit("partition",
          "how training samples are shared out: disjoint, overlap=F or replicated",
          s.partition);
    visit("read-ahead-mb",
          "memory of a rank for minibatches of a dense set that a thread reads ahead; 0: none",
          s.read_ahead_mb);
    visit("engine",
          "matrix work: blocked, onednn or reference, or auto: blocked where all processors have "
          "AMX, else onednn",
          s.engine);
    visit("precision",
          "of matrix products: fp32, bf16, or auto: bf16 where all processors have AMX",
          s.precision);
    visit("gradient-exchange",
          "what the ranks of a trainer send gradients to other nodes as: fp32 or bf16",
          s.gradient_exchange);
    visit("hidden", "width of every hidden layer", s.hidden);
    visit("track-layers", "blocks of the cell and of the drug track", s.track_layers);
    visit("top-layers", "blocks after the concatenation", s.top_layers);
    visit("optimizer", "adam or sgd", s.optimizer);
    visit("lr", "learning rate: a value, or LOW..HIGH for --vary lr=loguniform:LOW,HIGH", s.lr);
    visit("beta1", "Adam's decay of the first moment", s.beta1);
    visit("beta2", "Adam's decay of the second moment", s.beta2);
    visit("epsilon", "Adam's epsilon", s.epsilon);
    visit("momentum", "SGD's momentum", s.momentum);
    visit("weight-decay", "decoupled weight decay", s.weight_decay);
    visit("dropout", "probability of dropping a unit", s.dropout);
    visit("dropout-scope",
          "what has a mask of its own in the tracks: every sample, or entity: every cell and drug "
          "of a minibatch, a different regulariser that makes tracks cheaper",
          s.dropout_scope);
    visit("clip", "largest norm of the gradient; 0: no limit", s.clip);
    visit("batch", "samples of a step, over all ranks of a trainer", s.batch);
    visit("schedule", "of the learning rate: constant, cosine or step", s.schedule);
    visit("warmup-steps", "steps over which the learning rate rises from 0", s.warmup_steps);
    visit("schedule-steps",
          "cosine: steps until the final factor; 0: rounds x steps-per-round",
          s.schedule_steps);
    visit("final-factor", "cosine: factor of the learning rate at the end", s.final_factor);
    visit("step-every", "step: steps between two drops of the learning rate", s.step_every);
    visit("step-factor", "step: factor of each drop", s.step_factor);
    visit("space", "search space: a JSON file, or in --config an object", s.space);
    visit("vary",
          "hyperparameter to draw per trainer and to explore, as lr=loguniform:1e-4,1e-2, "
          "dropout=uniform:0,0.5, warmup-steps=int:0,500 or batch=choice:128,256; repeatable, "
          "goes over --space",
          s.vary);
    visit("explore", "after an adoption: none, perturb, resample or pb2", s.explore);
    visit("perturb-factor", "perturb: a value is multiplied or divided by this", s.perturb_factor);
    visit("resample-probability",
          "perturb: chance that a value is drawn anew instead",
          s.resample_probability);
    visit(
        "replay",
        "run directory: trains one model with the hyperparameters of its winner's ancestors, round "
        "by round, on all train data; other settings as there",
        s.replay);
    visit("selection",
          "who learns from whom: pairwise, truncation, regularized-evolution or none",
          s.selection);
    visit("quantile",
          "truncation, regularized-evolution: share of the trainers that copies in a round",
          s.quantile);
    visit("sample-size", "regularized-evolution: candidates for a parent", s.sample_size);
    visit("burn-in", "first rounds without tournaments", s.burn_in);
    visit("control",
          "trainer that never adopts nor explores and has no drawn values; -1: none",
          s.control);
    visit("metric", "what a score is: mse, mae, r2 or pearson", s.metric);
    visit("win", "what a challenger needs: plain, margin=X, relative=X or significance=P", s.win);
    visit("exchange", "what an adopter takes over: weights or weights+optimizer", s.exchange);
    visit("exchange-steps",
          "local steps that an exchange overlaps with; what is judged are the weights before them",
          s.exchange_steps);
    visit("seed", "of every random draw", s.seed);
    visit("deadline", "longest wait for another rank, in seconds", s.deadline_s);
    visit("snapshot-every",
          "how often the population is saved: auto (at most 1 % of the time), none, a number of "
          "rounds as 20, or a time as 15min",
          s.snapshot_every);
    visit("keep", "snapshots kept", s.keep);
    visit("resume",
          "run directory to go on with, by its newest valid snapshot; auto: --out if it holds a "
          "run, else start afresh",
          s.resume);
    visit("allow-change",
          "settings that may differ from the resumed run's, separated by commas",
          s.allow_change);
    visit(
        "on-trainer-loss",
        "when a rank dies: restart the job from its newest snapshot; continue without its trainer "
        "(but restart where the first one dies); or stop: the others save a snapshot and leave",
        s.on_trainer_loss);
    visit("max-restarts", "how often a lost job is started again", s.max_restarts);
    visit("silence",
          "--jobs per-trainer: seconds without a sign of life after which a rank counts as dead",
          s.silence_s);
    visit("time-limit",
          "leave with a snapshot and exit code 75 before this many seconds are over; 0: the end of "
          "the Slurm job, where known",
          s.time_limit_s);
    visit("serve",
          "[ADDRESS:PORT] of the status server, 127.0.0.1:8642 where none is given; beyond this "
          "machine it asks for a token, which is printed",
          s.serve);
    visit("progress", "auto, terminal, lines, json or none", s.progress);
    visit("save-models", "models kept at the end: all, best or none", s.save_models);
}

}  // namespace ltfb::orchestrator
