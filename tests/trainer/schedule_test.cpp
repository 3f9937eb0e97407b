#include "trainer/schedule.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb::trainer;

TEST_CASE("warm-up rises linearly and then leaves the kind alone") {
    const LrSchedule schedule{.warmup_steps = 4};
    CHECK(schedule.factor_at(0) == 0.25);
    CHECK(schedule.factor_at(3) == 1.0);
    CHECK(schedule.factor_at(1000000) == 1.0);
    CHECK(LrSchedule{}.factor_at(0) == 1.0);
}

TEST_CASE("cosine falls from 1 to the final factor and stays there") {
    const LrSchedule schedule{
        .kind = ScheduleKind::cosine, .warmup_steps = 10, .total_steps = 110, .final_factor = 0.2};
    CHECK(schedule.factor_at(4) == 0.5);
    CHECK(schedule.factor_at(10) == 1.0);
    CHECK(schedule.factor_at(60) == doctest::Approx(0.6));
    CHECK(schedule.factor_at(35) == doctest::Approx(0.2 + 0.8 * 0.5 * (1.0 + 0.70710678)));
    CHECK(schedule.factor_at(110) == 0.2);
    CHECK(schedule.factor_at(5000) == 0.2);
}

TEST_CASE("step multiplies each so many steps, and never reaches 0") {
    const LrSchedule schedule{.kind = ScheduleKind::step, .step_every = 100, .step_factor = 0.5};
    CHECK(schedule.factor_at(99) == 1.0);
    CHECK(schedule.factor_at(100) == 0.5);
    CHECK(schedule.factor_at(350) == 0.125);
    CHECK(schedule.factor_at(~std::uint64_t{0}) > 0.0);
    CHECK(LrSchedule{.kind = ScheduleKind::step}.factor_at(7) == 1.0);
}

TEST_CASE("kinds by name") {
    CHECK(parse_schedule_kind("cosine") == ScheduleKind::cosine);
    CHECK(parse_schedule_kind("constant") == ScheduleKind::constant);
    CHECK(parse_schedule_kind("step") == ScheduleKind::step);
    CHECK_THROWS_AS(parse_schedule_kind("linear"), ltfb::InputError);
}
