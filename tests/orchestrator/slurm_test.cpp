#include "orchestrator/slurm.hpp"

#include <doctest/doctest.h>

using namespace ltfb::orchestrator;

TEST_CASE("what squeue says of the time left") {
    CHECK(parse_slurm_time("0:08") == 8.0);
    CHECK(parse_slurm_time("4:37") == 277.0);
    CHECK(parse_slurm_time("1:04:37") == 3877.0);
    CHECK(parse_slurm_time("2-01:04:37") == 2 * 86400.0 + 3877.0);
    CHECK(parse_slurm_time("59") == 59.0);
    for (const char* text : {"",
                             "UNLIMITED",
                             "INVALID",
                             "NOT_SET",
                             "1:2:3:4",
                             "-1:00",
                             "1:",
                             ":1",
                             "1 :2",
                             "1-",
                             "99999999999:00"}) {
        CAPTURE(text);
        CHECK(parse_slurm_time(text) == std::nullopt);
    }
}
