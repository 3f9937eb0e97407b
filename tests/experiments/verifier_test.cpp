#include "experiments/log/verifier.hpp"

#include <algorithm>
#include <functional>
#include <regex>

#include <doctest/doctest.h>

#include "log_fixture.hpp"

using namespace ltfb::experiments;
using namespace ltfb::experiments::test;

namespace {

using Lines = std::vector<std::string>;

/// Index of the n-th line that holds all of `texts`.
std::size_t find(const Lines& lines, const std::vector<std::string>& texts, int n = 0) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool fits = std::all_of(texts.begin(), texts.end(), [&](const std::string& text) {
            return lines[i].find(text) != std::string::npos;
        });
        if (fits && n-- == 0) { return i; }
    }
    FAIL("no such line");
    return 0;
}

void replace(std::string& line, const std::string& pattern, const std::string& with) {
    const std::string replaced = std::regex_replace(
        line, std::regex(pattern), with, std::regex_constants::format_first_only);
    REQUIRE(replaced != line);
    line = replaced;
}

/// Takes line `index` out and closes the gap in seq.
void drop(Lines& lines, std::size_t index) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(index));
    for (std::size_t i = index; i < lines.size(); ++i) {
        replace(lines[i], "\"seq\":\\d+", "\"seq\":" + std::to_string(i));
    }
}

void insert_copy(Lines& lines, std::size_t index) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(index), lines[index]);
    for (std::size_t i = index; i < lines.size(); ++i) {
        lines[i] = std::regex_replace(
            lines[i], std::regex("\"seq\":\\d+"), "\"seq\":" + std::to_string(i));
    }
}

VerifyResult verify(const Lines& lines, bool all = false) {
    const ScratchFolder folder;
    write_lines(folder / "log", lines);
    return verify_run(folder / "log", all);
}

}  // namespace

TEST_CASE("simulated runs are sound, with losses, divergence and odd numbers of trainers") {
    for (const auto& settings :
         {SimulationSettings{.trainers = 8, .rounds = 10, .seed = 1, .failures = 1},
          SimulationSettings{.trainers = 1, .rounds = 3, .seed = 2},
          SimulationSettings{.trainers = 33, .rounds = 12, .seed = 5, .failures = 4}}) {
        const ScratchFolder folder;
        simulate_log(settings, folder / "run");
        const auto result = verify_run(folder / "run", true);
        for (const auto& violation : result.violations) {
            FAIL_CHECK(violation.line << ": " << violation.rule << ": " << violation.what);
        }
    }
}

TEST_CASE("a planted violation is found by its rule") {
    struct Planted {
        const char* name;
        std::string rule;
        std::function<void(Lines&)> plant;
    };
    const auto match = [](const Lines& lines) {
        return find(lines, {"\"tournament\",\"round\":2", "\"forfeit\":false"});
    };
    const auto adopt = [](const Lines& lines) {
        return find(lines, {"\"event\":\"adopt\"", "\"round\":2"});
    };
    const auto explore = [](const Lines& lines) {
        return find(lines, {"\"explore\"", "\"round\":2"});
    };
    const auto end = [](const Lines& lines) { return lines.size() - 1; };
    const std::vector<Planted> planted{
        {"a line is gone", "seq", [&](Lines& l) { l.erase(l.begin() + 20); }},
        {"a line stands twice", "seq", [&](Lines& l) { l.insert(l.begin() + 20, l[19]); }},
        {"a line is cut", "line", [&](Lines& l) { l[20].resize(50); }},
        {"a line of another run",
         "line",
         [&](Lines& l) { replace(l[20], "\"run_id\":\"0", "\"run_id\":\"f"); }},
        {"no run_start", "start", [&](Lines& l) { drop(l, 0); }},
        {"ranks of too few trainers",
         "start",
         [&](Lines& l) {
             replace(l[0], "\"ranks_per_trainer\":\\[1,", "\"ranks_per_trainer\":[");
         }},
        {"a match of a round that is over",
         "order",
         [&](Lines& l) { replace(l[match(l)], "\"round\":2", "\"round\":1"); }},
        {"two matches in a round", "once", [&](Lines& l) { insert_copy(l, match(l)); }},
        {"a lost trainer plays",
         "once",
         [&](Lines& l) { replace(l[find(l, {"\"failure\""})], "\"trainer\":4", "\"trainer\":5"); }},
        {"two trainers met the same",
         "opponent",
         [&](Lines& l) {
             const auto i = find(l, {"\"round\":2", "\"adopted\":false", "\"forfeit\":false"});
             replace(l[i], "\"opponent\":\\d", "\"opponent\":7");
         }},
        {"an opponent that isn't there",
         "opponent",
         [&](Lines& l) { replace(l[match(l)], "\"opponent\":\\d", "\"opponent\":8"); }},
        {"scores of a pair differ",
         "score",
         [&](Lines& l) { replace(l[match(l)], "(\"own_score_there\":0.\\d{6})\\d*", "$1"); }},
        {"own score isn't the eval's",
         "score",
         [&](Lines& l) {
             replace(l[find(l, {"\"split\":\"tournament\"", "\"round\":2"})],
                     "\"mse\":0.",
                     "\"mse\":1.");
         }},
        {"a margin that the scores don't give",
         "margin",
         [&](Lines& l) { replace(l[match(l)], "\"margin\":[^,]*", "\"margin\":0.5"); }},
        {"adopted a worse model",
         "verdict",
         [&](Lines& l) {
             const auto i = find(l, {"\"round\":2", "\"adopted\":false", "\"forfeit\":false"});
             replace(l[i], "\"adopted\":false", "\"adopted\":true");
         }},
        {"agreed, though the shares differ",
         "agreed",
         [&](Lines& l) {
             replace(l[find(l, {"\"round\":2", "\"agreed\":true"})],
                     "\"agreed\":true",
                     "\"agreed\":false");
         }},
        {"adopted without an adopt",
         "adopt",
         [&](Lines& l) {
             // The adopt and what it explored vanish; its tournament still says adopted.
             while (l[adopt(l) + 1].find("\"explore\"") != std::string::npos) {
                 drop(l, adopt(l) + 1);
             }
             drop(l, adopt(l));
         }},
        {"an adopt without a verdict",
         "verdict",
         [&](Lines& l) {
             const auto i = adopt(l) - 1;
             replace(l[i], "\"adopted\":true", "\"adopted\":false");
         }},
        {"a reason that the rule doesn't give",
         "verdict",
         [&](Lines& l) {
             const auto i = find(l, {"\"round\":2", "\"reason\":\"not-better\""});
             replace(l[i], "not-better", "not-enough");
         }},
        {"adopted from somebody else",
         "adopt",
         [&](Lines& l) {
             const auto i = adopt(l);
             const bool is_zero = l[i].find("\"from_trainer\":0") != std::string::npos;
             replace(l[i],
                     "\"from_trainer\":\\d",
                     is_zero ? "\"from_trainer\":1" : "\"from_trainer\":0");
         }},
        {"what arrived isn't what was sent",
         "digest",
         [&](Lines& l) {
             replace(l[adopt(l)], "\"digest_received\":\"[0-9a-f]", "\"digest_received\":\"x");
         }},
        {"a founder that the source hasn't",
         "lineage",
         [&](Lines& l) { replace(l[adopt(l)], "\"from_lineage\":\\d", "\"from_lineage\":7"); }},
        {"explored from another value",
         "explore",
         [&](Lines& l) { replace(l[explore(l)], "\"old\":[^,]*", "\"old\":0.5"); }},
        {"explored to another value than the live one",
         "explore",
         [&](Lines& l) { replace(l[explore(l)], "\"live\":[^,}]*", "\"live\":0.5"); }},
        {"trained with other hyperparameters",
         "hyperparameters",
         [&](Lines& l) {
             replace(l[find(l, {"\"split\":\"tournament\"", "\"round\":2"})],
                     "\"lr\":[^,]*(,\"momentum)",
                     "\"lr\":0.5$1");
         }},
        {"the best isn't first",
         "end",
         [&](Lines& l) { replace(l[end(l)], "\"best_trainer\":\\d", "\"best_trainer\":7"); }},
        {"final standings out of order",
         "end",
         [&](Lines& l) { replace(l[end(l)], "(\"trainer\":\\d,\"score\":)[^,]*", "$1\"nan\""); }},
        {"an event after the end",
         "end",
         [&](Lines& l) {
             l.push_back(l[end(l) - 1]);
             replace(l.back(), "\"seq\":\\d+", "\"seq\":" + std::to_string(l.size() - 1));
         }},
    };
    const Lines sound = simulated_lines();
    REQUIRE(verify(sound).violations.empty());
    for (const Planted& violation : planted) {
        SUBCASE(violation.name) {
            Lines lines = sound;
            violation.plant(lines);
            const auto result = verify(lines);
            REQUIRE(result.violations.size() == 1);
            INFO(result.violations[0].line << ": " << result.violations[0].what);
            CHECK(result.violations[0].rule == violation.rule);
            CHECK(verify(lines, true).violations.size() >= 1);
        }
    }
}

TEST_CASE("the other files must tell the same") {
    const ScratchFolder folder;
    const std::string run = simulate_small(folder);
    const auto rule_after =
        [&](const std::string& file, const std::string& pattern, const std::string& with) {
            const std::string path = run + "/" + file;
            const auto lines = read_lines(path);
            auto changed = lines;
            for (auto& line : changed) {
                line = std::regex_replace(line, std::regex(pattern), with);
            }
            REQUIRE(changed != lines);
            write_lines(path, changed);
            const auto result = verify_run(run, false);
            write_lines(path, lines);
            return result.violations.empty() ? "none" : result.violations[0].rule;
        };
    CHECK(rule_after("summary.json", "\"best_trainer\": \\d", "\"best_trainer\": 6") == "end");
    CHECK(rule_after("summary.json", "\"r2\": 0", "\"r2\": 1") == "end");
    CHECK(rule_after("config.json", "\"trainers\": 8", "\"trainers\": 9") == "start");
    CHECK(rule_after("config.json", "\"run_id\": \"0", "\"run_id\": \"1") == "start");
    CHECK(rule_after("config.json", "\\{", "[") == "start");
    CHECK(verify_run(run, false).violations.empty());
}

TEST_CASE("a torn last line and a run that goes on are no violations") {
    Lines lines = simulated_lines();
    lines.resize(lines.size() / 2);
    lines.back().resize(30);
    std::string text;
    for (const auto& line : lines) { text += line + "\n"; }
    text.pop_back();
    const ScratchFolder folder;
    write_text(folder / "log", text);
    const auto result = verify_run(folder / "log", true);
    for (const auto& violation : result.violations) {
        FAIL_CHECK(violation.line << ": " << violation.what);
    }
    CHECK(result.events == lines.size() - 1);
}
