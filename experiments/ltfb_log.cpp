#include <string>
#include <vector>

#include "core/program.hpp"
#include "experiments/log/options.hpp"
#include "experiments/log/verbs/verbs.hpp"

int main(int argc, char** argv) {
    return ltfb::run_program("ltfb-log", [&] {
        const auto options =
            ltfb::experiments::parse_options(std::vector<std::string>(argv + 1, argv + argc));
        return options ? ltfb::experiments::run_verb(*options) : 0;
    });
}
