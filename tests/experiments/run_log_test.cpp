#include "experiments/log/run_log.hpp"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "log_fixture.hpp"

using namespace ltfb::experiments;
using namespace ltfb::experiments::test;

namespace {

std::string eval(std::int64_t seq, int round, int trainer, int lineage, double mse) {
    return line(seq,
                "eval",
                round,
                trainer,
                lineage,
                R"("split":"tournament","mse":)" + std::to_string(mse) + R"(,"train_s":2)");
}

RunLog read_text_log(const std::vector<std::string>& lines) {
    const ScratchFolder folder;
    write_lines(folder / "log", lines);
    return read_run(folder / "log");
}

}  // namespace

TEST_CASE("a simulated run is read whole") {
    const ScratchFolder folder;
    const RunLog log = read_run(simulate_small(folder));
    CHECK(log.problems.count() == 0);
    CHECK(log.name == "run");
    CHECK(log.trainers == 8);
    CHECK(log.rounds() == 10);
    CHECK(log.setting("selection") == "\"pairwise\"");
    CHECK(log.hyperparameters.names().size() == 9);
    REQUIRE(log.end);
    CHECK(log.end->standings.size() == 7);
    CHECK(log.end->exit == 3);
    // One trainer is lost in round 5: 5 rounds of 8 and 5 of 7.
    CHECK(log.rows.size() == 75);
    CHECK(log.row_of(5, 4) == no_row);
    CHECK(lost_trainers(log) == std::vector<std::int32_t>{4});
    const std::size_t row = log.row_of(5, 5);
    REQUIRE(row != no_row);
    CHECK(log.rows.trainer[row] == 5);
    CHECK(log.row_of(10, 0) == no_row);
    CHECK(log.row_of(-1, 0) == no_row);
    std::size_t adoptions = 0;
    for (std::size_t i = 0; i < log.rows.size(); ++i) {
        adoptions += log.rows.has(i, row_adopted) ? 1 : 0;
        CHECK(log.rows.has(i, row_adopted) == (log.rows.from[i] != nobody));
    }
    CHECK(adoptions > 0);
    CHECK(log.explorations.size() == 2 * adoptions);
}

TEST_CASE("less detail, the same matches") {
    const ScratchFolder folder;
    const std::string run = simulate_small(folder);
    const RunLog all = read_run(run, Detail::everything);
    const RunLog matches = read_run(run, Detail::matches);
    REQUIRE(all.rows.size() == matches.rows.size());
    for (std::size_t row = 0; row < all.rows.size(); ++row) {
        CHECK(all.rows.flags[row] == matches.rows.flags[row]);
        CHECK(all.rows.held_score[row] == matches.rows.held_score[row]);
        CHECK(all.rows.lineage_after[row] == matches.rows.lineage_after[row]);
        CHECK(all.rows.train_s[row] == matches.rows.train_s[row]);
    }
}

TEST_CASE("a resume supersedes the rounds that are trained again") {
    const RunLog log =
        read_text_log({eval(0, 0, 0, 0, 0.5),
                       eval(1, 0, 1, 1, 0.6),
                       eval(2, 1, 0, 0, 0.4),
                       line(3, "resume", 0, -1, -1, R"("from_round":0,"superseded_from_seq":2)"),
                       eval(4, 1, 0, 0, 0.3),
                       eval(5, 1, 1, 1, 0.2)});
    CHECK(log.problems.count() == 0);
    CHECK(log.rounds() == 2);
    CHECK(log.superseded_rounds == 1);
    CHECK(log.rows.size() == 4);
    CHECK(log.rows.score[log.row_of(1, 0)] == doctest::Approx(0.3));
    CHECK(log.rows.score[log.row_of(1, 1)] == doctest::Approx(0.2));
}

TEST_CASE("a lost trainer is back after a resume") {
    const std::string loss = R"("what":"trainer lost","message":"trainer 1 was lost")";
    const std::string disk = R"("what":"snapshot","message":"No space left")";
    const std::vector<std::string> lines{eval(0, 0, 0, 0, 0.5),
                                         line(1, "failure", 1, 1, -1, loss),
                                         line(2, "failure", 1, -1, -1, disk)};
    CHECK(lost_trainers(read_text_log(lines)) == std::vector<std::int32_t>{1});
    auto resumed = lines;
    resumed.push_back(line(3, "resume", 0, -1, -1, R"("from_round":0,"superseded_from_seq":1)"));
    CHECK(lost_trainers(read_text_log(resumed)).empty());
}

TEST_CASE("a run that goes on after its end has not ended") {
    const RunLog log =
        read_text_log({line(0,
                            "run_start",
                            -1,
                            -1,
                            -1,
                            R"("trainers":2,"settings":{"rounds":1,"trainers":2,"lr":"1"})"),
                       eval(1, 0, 0, 0, 0.5),
                       line(2, "run_end", -1, -1, -1, R"("exit":0,"reason":"rounds")"),
                       line(3,
                            "resume",
                            0,
                            -1,
                            -1,
                            R"("from_round":0,"superseded_from_seq":3,"changes":[)"
                            R"("rounds: 1 -> 2","trainers: 2 -> 3","lr: \"1\" -> \"2\""])"),
                       eval(4, 1, 2, 0, 0.4)});
    CHECK(log.rounds() == 2);
    CHECK(log.trainers == 3);
    CHECK(log.problems.count() == 0);
    CHECK(log.setting("rounds") == "2");
    CHECK(log.setting("lr") == "\"2\"");
    CHECK_FALSE(log.end);
}

TEST_CASE("events out of order and of nobody are left out, and told") {
    const RunLog log = read_text_log({eval(0, 0, 1, 1, 0.5),
                                      eval(1, 0, 0, 0, 0.5),
                                      eval(2, 0, -1, -1, 0.5),
                                      eval(3, 1 << 30, 2, 2, 0.5),
                                      eval(4, 0, 1 << 30, 2, 0.5),
                                      eval(5, 1, 1, 1, 0.4)});
    CHECK(log.rows.size() == 2);
    CHECK(log.rounds() == 2);
    REQUIRE(log.problems.count() == 4);
    CHECK(log.problems.first()[0].line == 2);
    CHECK(log.problems.first()[0].what.find("out of order") != std::string::npos);
}

TEST_CASE("a finite score beats one that is not") {
    RunLog log;
    const double nan = std::nan("");
    CHECK(log.is_better(1.0, nan));
    CHECK_FALSE(log.is_better(nan, 1.0));
    CHECK_FALSE(log.is_better(nan, nan));
    CHECK(log.is_better(1.0, 2.0));
    log.metric = ltfb::tournament::Metric::r2;
    CHECK(log.is_better(2.0, 1.0));
    CHECK(log.is_better(1.0, nan));
}

TEST_CASE("a log without any event is refused with its first line") {
    const ScratchFolder folder;
    write_text(folder / "log", "no json\n");
    CHECK_THROWS_WITH_AS(
        read_run(folder / "log"), doctest::Contains("log:1: is no JSON"), ltfb::InputError);
    write_text(folder / "empty", "");
    CHECK_THROWS_WITH_AS(
        read_run(folder / "empty"), doctest::Contains("holds no event"), ltfb::InputError);
    CHECK_THROWS_WITH_AS(
        read_run(folder.path()), doctest::Contains("holds no events.jsonl"), ltfb::InputError);
    CHECK_THROWS_WITH_AS(
        read_run(folder / "gone"), doctest::Contains("no such run"), ltfb::InputError);
}

TEST_CASE("a column that grows and shrinks over its blocks") {
    Column<int> column;
    constexpr int n = 3 * static_cast<int>(Column<int>::block_rows) + 5;
    for (int i = 0; i < n; ++i) { column.push_back(i); }
    column.truncate(Column<int>::block_rows);
    CHECK(column.size() == Column<int>::block_rows);
    column.push_back(-7);
    CHECK(column[Column<int>::block_rows] == -7);
    CHECK(column[Column<int>::block_rows - 1] == static_cast<int>(Column<int>::block_rows) - 1);
}
