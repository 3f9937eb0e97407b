#pragma once

#include <cstdint>
#include <string>

namespace ltfb::bench {

enum class Verb { help, step, predict, exchange, exchange_tcp, ceilings };
enum class Report { text, csv };

/// What a benchmark is asked for; every value is part of its report.
struct Options {
    Verb verb = Verb::help;
    Report report = Report::text;
    std::string engine = "onednn";
    std::string precision = "auto";
    int threads = 2;
    int batch = 256;
    double dropout = 0.05;
    int steps = 10;
    int repeats = 5;
    int warmup = 3;
    std::uint64_t hidden = 1000;
    std::uint64_t cells = 60;
    std::uint64_t drugs = 104;
    std::uint64_t cell_features = 921;
    std::uint64_t drug_features = 3829;
    std::uint64_t samples = 20000;
};

/// Throws InputError for wrong usage. `--help`, or no verb, gives Verb::help.
Options parse_options(int argc, const char* const* argv);

/// What `--help` prints.
std::string usage();

}  // namespace ltfb::bench
