#pragma once

#include <cstdint>
#include <string>

namespace ltfb::bench {

enum class Verb { help, step, predict, data, exchange, exchange_tcp, ceilings };
enum class Report { text, csv };
enum class SetKind { factored, dense };
enum class Sharing { automatic, separate };

/// What a benchmark is asked for; every value is part of its report.
struct Options {
    Verb verb = Verb::help;
    Report report = Report::text;
    std::string engine = "auto";
    std::string precision = "auto";
    int trainers = 1;
    int ranks = 0;  // of a trainer; 0: those of the job
    Sharing sharing = Sharing::automatic;
    std::string gradient_exchange = "fp32";
    int threads = 2;
    int batch = 256;
    double dropout = 0.05;
    int steps = 10;
    int repeats = 5;
    int warmup = 3;
    std::string model = "full";  // full or tiny: what the sizes below are unless given
    std::uint64_t hidden = 1000;
    std::uint64_t cell_features = 921;
    std::uint64_t drug_features = 3829;
    SetKind set = SetKind::factored;
    int read_ahead_mb = 128;
    std::string data;  // a file; "": a set is generated
    std::uint64_t cells = 60;
    std::uint64_t drugs = 104;
    std::uint64_t samples = 20000;
};

/// Throws InputError for wrong usage. `--help`, or no verb, gives Verb::help.
Options parse_options(int argc, const char* const* argv);

/// What `--help` prints.
std::string usage();

}  // namespace ltfb::bench
