#include <boost/program_options/errors.hpp>

#include "core/error.hpp"
#include "data/options_parse.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

namespace {

HoldOut parse_hold_out(const std::string& text) {
    if (text == "pairs") { return HoldOut::pairs; }
    if (text == "cells") { return HoldOut::cells; }
    if (text == "drugs") { return HoldOut::drugs; }
    throw InputError("--hold-out \"" + text + "\": unknown (pairs, cells or drugs)");
}

// The one file that a verb is about.
po::positional_options_description add_file(po::options_description& options, std::string& path) {
    options.add_options()("file", po::value(&path)->required()->value_name("F.h5"), "the set");
    po::positional_options_description positional;
    positional.add("file", 1);
    return positional;
}

}  // namespace

std::optional<InfoOptions> parse_info(const Arguments& arguments) {
    InfoOptions parsed;
    std::string hold_out;
    po::options_description options("options");
    const auto positional = add_file(options, parsed.path);
    auto add = options.add_options();
    add("json",
        po::bool_switch()->notifier(
            [&](bool json) { parsed.format = json ? InfoFormat::json : InfoFormat::text; }),
        "as JSON");
    const auto fraction = [](double& target) {
        return po::value(&target)->value_name("F")->default_value(target, "0.1");
    };
    add("test-fraction", fraction(parsed.roles.test_fraction), "of the groups");
    add("tournament-fraction", fraction(parsed.roles.tournament_fraction), "of the groups");
    add("hold-out",
        po::value(&hold_out)->value_name("KIND")->default_value("pairs"),
        "what is kept whole: (cell, drug pair) groups, or all of a cell or drug: pairs, cells, "
        "drugs");
    add("seed", po::value(&parsed.roles.seed)->value_name("N")->default_value(1), "of the roles");
    const Usage usage{"info F.h5 [--json]",
                      "Shows counts, widths, response statistics (population standard deviation),\n"
                      "how many groups and samples each role gets, and where the set comes from."};
    if (!parse(usage, options, arguments, positional)) { return {}; }
    parsed.roles.hold_out = parse_hold_out(hold_out);
    return parsed;
}

std::optional<std::string> parse_verify(const Arguments& arguments) {
    std::string path;
    po::options_description options("options");
    const auto positional = add_file(options, path);
    const Usage usage{"verify F.h5",
                      "Checks every value of a set: lengths, index ranges, finite numbers, unique\n"
                      "names, digests. Prints OK, or the first violation and ends with 2."};
    if (!parse(usage, options, arguments, positional)) { return {}; }
    return path;
}

}  // namespace ltfb::data
