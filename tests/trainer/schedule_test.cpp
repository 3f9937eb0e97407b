#include "trainer/schedule.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb::trainer;

TEST_CASE("warm-up rises linearly and then leaves the kind alone") {
    const LrSchedule schedule;
    const Hyperparameters h{.warmup_steps = 4.0};
    CHECK(schedule.factor_at(0, h) == 0.25);
    CHECK(schedule.factor_at(3, h) == 1.0);
    CHECK(schedule.factor_at(1000000, h) == 1.0);
    CHECK(schedule.factor_at(0, {}) == 1.0);
}

TEST_CASE("cosine falls from 1 to the final factor and stays there") {
    const LrSchedule schedule{.kind = ScheduleKind::cosine, .total_steps = 110};
    const Hyperparameters h{.warmup_steps = 10.0, .final_factor = 0.2};
    CHECK(schedule.factor_at(4, h) == 0.5);
    CHECK(schedule.factor_at(10, h) == 1.0);
    CHECK(schedule.factor_at(60, h) == doctest::Approx(0.6));
    CHECK(schedule.factor_at(35, h) == doctest::Approx(0.2 + 0.8 * 0.5 * (1.0 + 0.70710678)));
    CHECK(schedule.factor_at(110, h) == 0.2);
    CHECK(schedule.factor_at(5000, h) == 0.2);
    const Hyperparameters long_warmup{.warmup_steps = 200.0, .final_factor = 0.2};
    CHECK(schedule.factor_at(150, long_warmup) == doctest::Approx(151.0 / 200.0));
    CHECK(schedule.factor_at(200, long_warmup) == 0.2);
}

TEST_CASE("step multiplies each so many steps, and never reaches 0") {
    const LrSchedule schedule{.kind = ScheduleKind::step};
    const Hyperparameters h{.step_every = 100.0, .step_factor = 0.5};
    CHECK(schedule.factor_at(99, h) == 1.0);
    CHECK(schedule.factor_at(100, h) == 0.5);
    CHECK(schedule.factor_at(350, h) == 0.125);
    CHECK(schedule.factor_at(~std::uint64_t{0}, h) > 0.0);
    CHECK(schedule.factor_at(7, {}) == 1.0);
}

TEST_CASE("kinds by name") {
    CHECK(parse_schedule_kind("cosine") == ScheduleKind::cosine);
    CHECK(parse_schedule_kind("constant") == ScheduleKind::constant);
    CHECK(parse_schedule_kind("step") == ScheduleKind::step);
    CHECK_THROWS_AS(parse_schedule_kind("linear"), ltfb::InputError);
}
