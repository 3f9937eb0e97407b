#include <fmt/core.h>

#include "data/info.hpp"
#include "data/verbs.hpp"
#include "data/verify.hpp"

namespace ltfb::data {

int run_info(const Arguments& arguments) {
    const auto options = parse_info(arguments);
    if (!options) { return 0; }
    const nlohmann::ordered_json description = describe(options->path, options->roles);
    if (options->format == InfoFormat::json) {
        using Replace = nlohmann::ordered_json::error_handler_t;
        fmt::print("{}\n", description.dump(2, ' ', false, Replace::replace));
    } else {
        fmt::print("{}", to_readable(description));
    }
    return 0;
}

int run_verify(const Arguments& arguments) {
    const auto path = parse_verify(arguments);
    if (!path) { return 0; }
    const std::string found = verify(*path);
    fmt::print("{}: OK: {}\n", *path, found);
    return 0;
}

}  // namespace ltfb::data
