#include "orchestrator/tcp_supervisor.hpp"

#include <doctest/doctest.h>

using namespace ltfb::orchestrator;

namespace {

/// A job of one rank, which speaks with the launching process as `script` says, on descriptor 3.
JobPlan shell_job(const std::string& script) {
    const std::string connect =
        "set -- $LTFB_CONTROL; token=$1; first=${2%%,*}; "
        "exec 3<>/dev/tcp/${first%:*}/${first#*:}; ";
    return {.command = {"bash", "-c", connect + script}, .ranks_per_trainer = {1}};
}

}  // namespace

TEST_CASE("the first that a rank hears is its welcome, however long it takes to say hello") {
    Supervisor supervisor;
    const JobEnd end = supervisor.run_job(shell_job(
        "sleep 0.5; echo \"hello $token 0 $$ $(hostname)\" >&3; read -r -u 3 answer; "
        "if [ \"$answer\" = welcome ]; then echo 'bye 5' >&3; else echo 'bye 6' >&3; fi"));
    CHECK(end.was_told);
    CHECK(end.exit_code == 5);
}

TEST_CASE("a rank that goes without a word is a loss, and a stranger is none") {
    Supervisor supervisor;
    JobEnd end = supervisor.run_job(
        shell_job("echo \"hello $token 0 $$ $(hostname)\" >&3; read -r -u 3 answer"));
    CHECK_FALSE(end.was_told);
    CHECK(end.what == "rank 0 has died");
    end = supervisor.run_job(
        shell_job("echo 'hello wrong-token 0 1 host' >&3; read -r -u 3 answer; true"));
    CHECK_FALSE(end.was_told);
    CHECK(end.what.empty());
}
