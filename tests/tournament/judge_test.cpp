#include "tournament/judge.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb::tournament;
using Reason = Verdict::Reason;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr Metric all_metrics[] = {Metric::mse, Metric::mae, Metric::r2, Metric::pearson};

Verdict plain(double own, double challenger, Metric metric = Metric::mse) {
    return judge(own, challenger, {}, {}, metric);
}

}  // namespace

TEST_CASE("the direction of every metric is known") {
    for (const Metric metric : {Metric::mse, Metric::mae}) {
        CHECK(plain(2.0, 1.5, metric).adopted());
        CHECK(plain(2.0, 1.5, metric).margin == 0.5);
        CHECK_FALSE(plain(1.5, 2.0, metric).adopted());
        CHECK(is_better(1.0, 2.0, metric));
    }
    for (const Metric metric : {Metric::r2, Metric::pearson}) {
        CHECK(plain(0.25, 0.75, metric).adopted());
        CHECK(plain(0.25, 0.75, metric).margin == 0.5);
        CHECK_FALSE(plain(0.75, 0.25, metric).adopted());
        CHECK(is_better(2.0, 1.0, metric));
    }
}

TEST_CASE("a tie keeps the own model") {
    for (const Metric metric : all_metrics) {
        CHECK(plain(0.5, 0.5, metric).reason == Reason::not_better);
        CHECK_FALSE(plain(0.5, 0.5, metric).adopted());
        CHECK_FALSE(is_better(0.5, 0.5, metric));
    }
}

TEST_CASE("a finite score beats any that isn't, whatever the metric and rule") {
    const WinRule strict{WinRule::Kind::significance, 0.001};
    for (const Metric metric : all_metrics) {
        for (const double bad : {not_a_number, -not_a_number, inf, -inf}) {
            CHECK(judge(bad, 1e300, {}, strict, metric).reason == Reason::own_not_finite);
            CHECK(judge(bad, 1e300, {}, strict, metric).adopted());
            CHECK(judge(bad, 1.0, {}, strict, metric).margin == inf);
            CHECK(judge(1e300, bad, {}, {}, metric).reason == Reason::challenger_not_finite);
            CHECK_FALSE(judge(1e300, bad, {}, {}, metric).adopted());
            CHECK(judge(1.0, bad, {}, {}, metric).margin == -inf);
            CHECK(is_better(1e300, bad, metric));
            CHECK_FALSE(is_better(bad, 1e300, metric));
        }
    }
}

TEST_CASE("of two scores that aren't finite the own model stays, and it is told apart") {
    for (const Metric metric : all_metrics) {
        for (const double own : {not_a_number, inf, -inf}) {
            for (const double challenger : {not_a_number, inf, -inf}) {
                CHECK(plain(own, challenger, metric).reason == Reason::neither_finite);
                CHECK_FALSE(plain(own, challenger, metric).adopted());
                CHECK_FALSE(is_better(own, challenger, metric));
            }
        }
    }
}

TEST_CASE("margin rules ask for more than being better") {
    const WinRule absolute{WinRule::Kind::margin, 0.25};
    CHECK(judge(1.0, 0.5, {}, absolute, Metric::mse).reason == Reason::better);
    CHECK(judge(1.0, 0.75, {}, absolute, Metric::mse).reason == Reason::not_enough);
    CHECK(judge(1.0, 1.5, {}, absolute, Metric::mse).reason == Reason::not_better);

    const WinRule relative{WinRule::Kind::relative, 0.25};
    CHECK(judge(4.0, 2.5, {}, relative, Metric::mse).reason == Reason::better);
    CHECK(judge(4.0, 3.0, {}, relative, Metric::mse).reason == Reason::not_enough);
    CHECK(judge(-4.0, -2.5, {}, relative, Metric::r2).reason == Reason::better);
    CHECK(judge(-4.0, -3.0, {}, relative, Metric::r2).reason == Reason::not_enough);
}

TEST_CASE("the significance rule needs a better score and a p-value in its favour") {
    const WinRule rule{WinRule::Kind::significance, 0.05};
    const Comparison clear{.samples = 9, .mean_difference = 1, .t_statistic = 5, .p_value = 0.001};
    const Comparison vague{.samples = 9, .mean_difference = 1, .t_statistic = 1, .p_value = 0.35};
    const Comparison against{
        .samples = 9, .mean_difference = -1, .t_statistic = -5, .p_value = 0.001};
    CHECK(judge(1.0, 0.5, clear, rule, Metric::mse).reason == Reason::better);
    CHECK(judge(1.0, 0.5, vague, rule, Metric::mse).reason == Reason::not_enough);
    CHECK(judge(1.0, 0.5, against, rule, Metric::mse).reason == Reason::not_enough);
    CHECK(judge(1.0, 1.5, clear, rule, Metric::mse).reason == Reason::not_better);
    CHECK(judge(1.0, 0.5, {}, rule, Metric::mse).reason == Reason::not_enough);
}

TEST_CASE("metrics and rules survive their text") {
    for (const Metric metric : all_metrics) { CHECK(parse_metric(to_text(metric)) == metric); }
    for (const char* text : {"plain", "margin=0.001", "relative=0.01", "significance=0.05"}) {
        CHECK(to_text(parse_win_rule(text)) == text);
    }
    CHECK(parse_win_rule("margin=1e-3") == WinRule{WinRule::Kind::margin, 0.001});
}

TEST_CASE("a wrong metric or rule is told with what is allowed") {
    CHECK_THROWS_WITH_AS(
        parse_metric("auc"), "metric 'auc': unknown (use mse, mae, r2, pearson)", ltfb::InputError);
    for (const char* text : {"",
                             "plain=1",
                             "margin",
                             "margin=",
                             "margin=-1",
                             "margin=x",
                             "margin=not_a_number",
                             "margin=inf",
                             "margin=0.1 ",
                             "relative=-0.1",
                             "significance=0",
                             "significance=1.5",
                             "best",
                             "=1"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_win_rule(text), ltfb::InputError);
    }
}

TEST_CASE("a copy adopts whatever the scores say, but never what isn't finite") {
    CHECK(copy_verdict(0.1, 0.5, Metric::mse).reason == Reason::standings);
    CHECK(copy_verdict(0.1, 0.5, Metric::mse).adopted());
    CHECK(copy_verdict(0.1, 0.5, Metric::mse).margin == doctest::Approx(-0.4));
    CHECK(copy_verdict(not_a_number, 0.5, Metric::mse).adopted());
    CHECK(copy_verdict(0.1, not_a_number, Metric::mse).reason == Reason::challenger_not_finite);
    CHECK(copy_verdict(not_a_number, not_a_number, Metric::mse).reason == Reason::neither_finite);
    CHECK_FALSE(serve_verdict(not_a_number, 0.1, Metric::mse).adopted());
    CHECK(to_text(serve_verdict(0.2, 0.1, Metric::mse).reason) == "serves");
    CHECK(to_text(copy_verdict(0.2, 0.1, Metric::mse).reason) == "standings");
}

TEST_CASE("no win rule keeps a model that isn't finite from taking one that is") {
    for (const char* rule : {"plain", "margin=100", "relative=10", "significance=0.0001"}) {
        CHECK(judge(not_a_number, 1e30, {}, parse_win_rule(rule), Metric::mse).adopted());
        CHECK_FALSE(judge(1e30, not_a_number, {}, parse_win_rule(rule), Metric::mse).adopted());
    }
}
