#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "experiments/log/simulate_log.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ltfb::experiments::test {

using ltfb::ScratchFolder;

inline std::vector<std::string> read_lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) { lines.push_back(line); }
    return lines;
}

inline void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline void write_lines(const std::string& path, const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) { text += line + "\n"; }
    write_text(path, text);
}

/// A simulated run of 8 trainers and 10 rounds, one of which is lost, in `folder`/run.
inline std::string simulate_small(const ScratchFolder& folder) {
    simulate_log({.trainers = 8, .rounds = 10, .seed = 1, .failures = 1}, folder / "run");
    return folder / "run";
}

/// The log of that run, as lines.
inline std::vector<std::string> simulated_lines() {
    const ScratchFolder folder;
    return read_lines(simulate_small(folder) + "/events.jsonl");
}

/// An event line: the common fields, then `rest`.
inline std::string line(std::int64_t seq,
                        const std::string& event,
                        int round,
                        int trainer,
                        int lineage,
                        const std::string& rest = "") {
    return R"({"schema":1,"run_id":"00000000000000aa","seq":)" + std::to_string(seq) +
           R"(,"t":"2026-01-01T00:00:00.000Z","t_rel_s":)" + std::to_string(seq) + R"(,"event":")" +
           event + R"(","round":)" + std::to_string(round) + R"(,"trainer":)" +
           std::to_string(trainer) + R"(,"lineage":)" + std::to_string(lineage) + R"(,"step":0)" +
           (rest.empty() ? "" : "," + rest) + "}";
}

}  // namespace ltfb::experiments::test
