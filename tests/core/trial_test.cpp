#include "core/trial.hpp"

#include <csignal>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb;

TEST_CASE("a trial tells what its body said") {
    CHECK(try_in_child([] {}).end == TrialEnd::done);
    const Trial refused = try_in_child([] { throw InputError(std::string(100'000, 'x')); });
    CHECK(refused.end == TrialEnd::refused);
    CHECK(refused.message == std::string(100'000, 'x'));
    CHECK(try_in_child([] { throw std::runtime_error("x"); }).end == TrialEnd::died);
}

TEST_CASE("a trial survives its body") {
    CHECK(try_in_child([] { ::raise(SIGSEGV); }).end == TrialEnd::died);
    CHECK(try_in_child([] { std::abort(); }).end == TrialEnd::died);
    CHECK(try_in_child([] { std::exit(0); }).end == TrialEnd::died);
}

TEST_CASE("a trial has limits") {
    CHECK(try_in_child(
              [] {
                  for (volatile int i = 0;;) { i = 1 - i; }
              },
              {.cpu_s = 1})
              .end == TrialEnd::died);
    const auto fill = [] { const std::vector<char> much(std::size_t{512} << 20U, 'x'); };
    CHECK(try_in_child(fill, {.more_memory_bytes = 64U << 20U}).end == TrialEnd::died);
    CHECK(try_in_child(fill).end == TrialEnd::done);
}
