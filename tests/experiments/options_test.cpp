#include "experiments/log/options.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb::experiments;

namespace {

void check_refused(const std::vector<std::string>& arguments, const char* why) {
    CAPTURE(why);
    CHECK_THROWS_WITH_AS(
        static_cast<void>(parse_options(arguments)), doctest::Contains(why), ltfb::InputError);
}

}  // namespace

TEST_CASE("verbs take their own options") {
    const auto options = parse_options({"matches", "a", "b", "--trainer", "3", "--json"});
    REQUIRE(options);
    CHECK(options->verb == "matches");
    CHECK(options->runs == std::vector<std::string>{"a", "b"});
    CHECK(options->trainer == 3);
    CHECK_FALSE(options->round);
    CHECK(options->style.form == OutputForm::json);
    CHECK(options->style.has_many_runs);
    const auto exporting = parse_options({"export", "a", "--csv", "folder"});
    REQUIRE(exporting);
    CHECK(exporting->csv_folder == "folder");
}

TEST_CASE("wrong usage is named") {
    check_refused({}, "no verb named");
    check_refused({"dance"}, "dance: no such verb (one of: summary");
    check_refused({"summary"}, "summary: 0 runs named");
    check_refused({"compare", "a"}, "compare: 1 runs named");
    check_refused({"report", "a", "b"}, "report: 2 runs named");
    check_refused({"summary", "a", "--dot"}, "unrecognised option '--dot'");
    check_refused({"matches", "a", "--round", "x"}, "x");
    check_refused({"matches", "a", "--round", "-2"}, "--round -2: is negative");
    check_refused({"summary", "a", "--json", "--csv"}, "exclude each other");
    check_refused({"lineage", "a", "--dot", "--csv"}, "--dot: excludes");
    check_refused({"summary", "a", "--color", "blue"}, "--color blue: unknown");
}
