#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/core.h>

#include "tests/support/scratch_folder.hpp"

namespace ltfb::server {

/// The directory of a run in `folder`.
inline std::string make_run(const ScratchFolder& folder, const std::string& name) {
    std::filesystem::create_directories(folder / name);
    return folder / name;
}

inline void append(const std::string& run, const std::string& text) {
    std::ofstream(run + "/events.jsonl", std::ios::app) << text;
}

/// The common fields, up to where an event's own ones begin.
inline std::string event(int seq, const char* kind, int round, int trainer, int lineage) {
    return fmt::format(
        R"({{"schema":1,"run_id":"0123456789abcdef","seq":{},"t":"2026-01-01T00:00:0)"
        R"(0.000Z","t_rel_s":{}.5,"event":"{}","round":{},"trainer":{},"lineage":{})"
        R"(,"step":0,)",
        seq,
        seq,
        kind,
        round,
        trainer,
        lineage);
}

inline std::string start_line(int seq, int trainers, int rounds) {
    return event(seq, "run_start", -1, -1, -1) +
           fmt::format(R"("trainers":{},"ranks_per_trainer":[2,2],"settings":{{"rounds":{},)"
                       R"("metric":"mse"}},"version":"1.2"}})"
                       "\n",
                       trainers,
                       rounds);
}

inline std::string eval_line(int seq, int round, int trainer, int lineage, double mse) {
    return event(seq, "eval", round, trainer, lineage) +
           fmt::format(R"("split":"tournament","mse":{},"r2":0.5,"trained_samples":100,)"
                       R"("hyperparameters":{{"lr":0.001}},"samples_per_s":50.0}})"
                       "\n",
                       mse);
}

inline std::string match_line(
    int seq, int round, int trainer, int opponent, double own, double challenger) {
    return event(seq, "tournament", round, trainer, trainer) +
           fmt::format(R"("opponent":{},"metric":"mse","own_score":{},"challenger_score":{},)"
                       R"("margin":{},"adopted":{},"agreed":true,"forfeit":false}})"
                       "\n",
                       opponent,
                       own,
                       challenger,
                       own - challenger,
                       challenger < own);
}

inline std::string adopt_line(int seq, int round, int trainer, int from) {
    return event(seq, "adopt", round, trainer, from) +
           fmt::format(R"("from_trainer":{},"from_lineage":{},"hyperparameters":{{"lr":0.002}}}})"
                       "\n",
                       from,
                       from);
}

/// A run of two trainers up to the end of `round`, five lines a round and one before: trainer 1
/// always wins.
inline std::string two_trainers(int round) {
    std::string text = start_line(0, 2, 5);
    for (int r = 0; r <= round; ++r) {
        const int seq = 1 + 5 * r;
        const double best = 0.5 / (r + 1);
        text += eval_line(seq, r, 0, r > 0 ? 1 : 0, 2 * best);
        text += match_line(seq + 1, r, 0, 1, 2 * best, best);
        text += adopt_line(seq + 2, r, 0, 1);
        text += eval_line(seq + 3, r, 1, 1, best);
        text += match_line(seq + 4, r, 1, 0, best, 2 * best);
    }
    return text;
}

}  // namespace ltfb::server
