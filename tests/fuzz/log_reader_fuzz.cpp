#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include <unistd.h>

#include "core/error.hpp"
#include "experiments/log/lineage.hpp"
#include "experiments/log/report_data.hpp"
#include "experiments/log/run_log.hpp"
#include "experiments/log/verbs/verbs.hpp"
#include "experiments/log/verifier.hpp"

namespace {

using namespace ltfb::experiments;

/// Everything that a reader does with a log: whatever stands in it, only InputError may come out.
void use(const std::string& path) {
    for (const Detail detail : {Detail::matches, Detail::everything}) {
        try {
            const RunLog log = read_run(path, detail);
            std::ostringstream text;
            const auto out = make_table_writer(text, {}, "fuzz");
            const Options options;
            print_summary(log, options, *out);
            print_lineage(log, options, *out);
            print_timing(log, options, *out);
            print_wins(log, options, *out);
            if (detail == Detail::matches) { continue; }
            print_standings(log, options, *out);
            print_matches(log, options, *out);
            print_curves(log, options, *out);
            print_diversity(log, options, *out);
            if (log.rounds() > 0) { print_schedule(log, options, *out); }
            static_cast<void>(report_data(log, std::nullopt));
        } catch (const ltfb::InputError&) {}
    }
    static_cast<void>(verify_run(path, true));
}

}  // namespace

/// libFuzzer's entry. The reader takes files, so the input becomes one, in memory where there is a
/// file system for that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string path = [] {
        const auto folder = std::filesystem::is_directory("/dev/shm")
                                ? std::filesystem::path("/dev/shm")
                                : std::filesystem::temp_directory_path();
        return (folder / ("ltfb-log-fuzz-" + std::to_string(getpid()))).string();
    }();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    use(path);
    std::filesystem::remove(path);
    return 0;
}

#ifndef LTFB_LIBFUZZER
/// Without libFuzzer: replays the files named as arguments, and cuts and flips of them.
int main(int argc, char** argv) {
    std::size_t inputs = 0;
    const auto play = [&](const std::string& text) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        ++inputs;
    };
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        play(text);
        constexpr std::size_t variants = 60;
        for (std::size_t v = 1; v < variants; ++v) {
            play(text.substr(0, text.size() * v / variants));
            std::string flipped = text;
            if (!flipped.empty()) {
                flipped[(flipped.size() * v / variants) % flipped.size()] ^= 0x11;
            }
            play(flipped);
        }
    }
    std::printf("%zu inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
#endif
