#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/program.hpp"
#include "data/options.hpp"
#include "data/verbs.hpp"

namespace {

using namespace ltfb;
using data::Arguments;

struct Verb {
    std::string_view name;
    std::string_view summary;
    int (*run)(const Arguments&);
};

constexpr std::array verbs{
    Verb{"generate", "make an ALMANAC-shaped set with a known response", data::run_generate},
    Verb{"import-almanac", "import NCI-ALMANAC files", data::run_import_almanac},
    Verb{"import-table", "import any screen and two feature tables", data::run_import_table},
    Verb{"import-dense", "import column-merged feature files", data::run_import_dense},
    Verb{"info", "show what a set holds", data::run_info},
    Verb{"verify", "check every value of a set", data::run_verify},
};

void print_usage() {
    fmt::print("usage: ltfb-data VERB [options]   (ltfb-data VERB --help: its options)\n\n");
    for (const Verb& verb : verbs) { fmt::print("  {:16}{}\n", verb.name, verb.summary); }
}

int run(const Arguments& arguments) {
    if (arguments.empty()) { throw InputError("a verb is missing (ltfb-data --help lists them)"); }
    if (arguments.front() == "--help" || arguments.front() == "-h") {
        print_usage();
        return 0;
    }
    const auto* const verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& known) {
        return known.name == arguments.front();
    });
    if (verb == verbs.end()) {
        throw InputError("\"" + arguments.front() +
                         "\": unknown verb (ltfb-data --help lists them)");
    }
    return verb->run({arguments.begin() + 1, arguments.end()});
}

}  // namespace

int main(int argc, char** argv) {
    return run_program("ltfb-data", [&] { return run(Arguments(argv + 1, argv + argc)); });
}
