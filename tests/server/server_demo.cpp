#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "core/program.hpp"
#include "orchestrator/server/status_server.hpp"

namespace {

constexpr const char* usage =
    "usage: server_demo ADDRESS:PORT control|read PATH...\n"
    "prints HOST:PORT and the token, and serves until its standard input ends\n";

int serve(const std::vector<std::string>& words) {
    using namespace ltfb::server;
    if (words.size() < 3) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    std::atomic<int> snapshots = 0;
    std::atomic<int> stops = 0;
    const Control control{.snapshot = [&] { ++snapshots; }, .stop = [&] { ++stops; }};
    StatusServer server({.address = parse_server_address(words[0]),
                         .paths = {words.begin() + 2, words.end()},
                         .page = {},
                         .control = words[1] == "control" ? std::optional(control) : std::nullopt});
    fmt::print("{} {}\n", server.address().to_text(), server.token());
    std::fflush(stdout);
    while (std::getchar() != EOF) {}
    fmt::print("snapshots {} stops {}\n", snapshots.load(), stops.load());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return ltfb::run_program("server_demo", [&] { return serve({argv + 1, argv + argc}); });
}
