#include "experiments/log/timing.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "log_fixture.hpp"

using namespace ltfb::experiments;
using namespace ltfb::experiments::test;

namespace {

/// A log of the rounds of `train_s[round][trainer]`; a negative time: the trainer has no such
/// round.
RunLog log_of(const std::vector<std::vector<double>>& train_s) {
    std::vector<std::string> lines;
    for (std::size_t round = 0; round < train_s.size(); ++round) {
        for (std::size_t trainer = 0; trainer < train_s[round].size(); ++trainer) {
            if (train_s[round][trainer] < 0.0) { continue; }
            lines.push_back(line(static_cast<std::int64_t>(lines.size()),
                                 "eval",
                                 static_cast<int>(round),
                                 static_cast<int>(trainer),
                                 static_cast<int>(trainer),
                                 R"("split":"tournament","mse":0.5,"train_s":)" +
                                     std::to_string(train_s[round][trainer])));
        }
    }
    const ScratchFolder folder;
    write_lines(folder / "log", lines);
    return read_run(folder / "log");
}

}  // namespace

TEST_CASE("a trainer that is slower than the others of its rounds is a straggler") {
    const auto times = times_by_trainer(log_of({{1, 1, 2, 1}, {3, 3, 6, 3}}));
    REQUIRE(times.size() == 4);
    CHECK(times[2].is_straggler);
    CHECK(times[2].train_to_median == doctest::Approx(2));
    CHECK_FALSE(times[1].is_straggler);
    CHECK(times[1].train_to_median == doctest::Approx(1));
}

TEST_CASE("a trainer that was lost before all became faster is no straggler") {
    const auto times = times_by_trainer(log_of({{4, 4, 4}, {1, 1, -1}, {1, 1, -1}}));
    REQUIRE(times.size() == 3);
    CHECK(times[2].rounds == 1);
    CHECK_FALSE(times[2].is_straggler);
}

TEST_CASE("a trainer without a round is left out") {
    const auto times = times_by_trainer(log_of({{1, -1, 1}}));
    REQUIRE(times.size() == 2);
    CHECK(times[1].trainer == 2);
}
