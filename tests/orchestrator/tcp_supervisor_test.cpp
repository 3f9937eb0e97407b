#include "orchestrator/tcp_supervisor.hpp"

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <doctest/doctest.h>
#include <fmt/core.h>

#include "orchestrator/tcp_control.hpp"

using boost::asio::ip::tcp;
using ltfb::tournament::Channel;
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

TEST_CASE("a job goes on without a trainer whose rank dies, and its root speaks with the others") {
    // Two trainers of one rank: the first dies when it is told to, the second says what it hears.
    JobPlan plan = shell_job(
        "rank() { exec 3<>/dev/tcp/${first%:*}/${first#*:}; "
        "echo \"hello $token $1 $BASHPID $(hostname)\" >&3; read -r -u 3 answer; "
        "echo started >&3; }; exec 3>&-; "
        "(rank 0; while read -r -u 3 word rest && [ $word != message ]; do :; done) & "
        "(rank 1; while read -r -u 3 word rest; do "
        "case $word in lost) echo \"message 103 $rest\" >&3;; "
        "message) if [ \"$rest\" = '105 end' ]; then echo 'bye 0' >&3; exit; fi; "
        "echo \"message 103 $rest\" >&3;; esac; done) & wait");
    plan.ranks_per_trainer = {1, 1};
    plan.outlives_trainers = true;
    Supervisor supervisor;
    supervisor.start_job(plan);
    supervisor.post(1, Channel::control, "early");  // waits until it is there
    std::vector<Loss> losses;
    std::vector<std::string> heard;
    while (supervisor.serve_for(std::chrono::milliseconds(50))) {
        for (Loss& loss : supervisor.take_losses()) { losses.push_back(loss); }
        const auto text = supervisor.poll(1, Channel::events);
        if (!text) { continue; }
        heard.push_back(*text);
        if (heard.size() == 1) { supervisor.post(0, Channel::control, "die"); }
        if (heard.size() == 2) {
            supervisor.expect_end(3);
            supervisor.post(1, Channel::control, "end");
        }
    }
    REQUIRE(losses.size() == 1);
    CHECK(losses.front().trainer == 0);
    CHECK(losses.front().why == "rank 0 has died");
    CHECK(heard == std::vector<std::string>{"105 early", "0 rank 0 has died"});
    CHECK(supervisor.end().was_told);
    CHECK(supervisor.end().exit_code == 3);
}

TEST_CASE("a trainer that is accused is judged by its first seat, whichever seat called first") {
    // The second seat waits for the first, and gives no sign of life.
    JobPlan plan = shell_job(
        "rank() { exec 3<>/dev/tcp/${first%:*}/${first#*:}; "
        "echo \"hello $token $1 $BASHPID $(hostname)\" >&3; read -r -u 3 answer; }; exec 3>&-; "
        "(rank 1; sleep 2; echo 'bye 5' >&3) & "
        "(sleep 0.3; rank 0; for i in {1..18}; do echo alive >&3; sleep 0.1; done; "
        "echo 'bye 5' >&3) & wait");
    plan.ranks_per_trainer = {2};
    Supervisor supervisor;
    supervisor.start_job(plan);
    const auto start = std::chrono::steady_clock::now();
    constexpr double limit_s = 2.0;
    while (supervisor.serve_for(std::chrono::milliseconds(50))) {
        const auto age = std::chrono::steady_clock::now() - start;
        if (age > std::chrono::milliseconds(1500)) { supervisor.accuse(0, limit_s); }
    }
    CHECK(supervisor.end().what.empty());
    CHECK(supervisor.end().was_told);
    CHECK(supervisor.end().exit_code == 5);
}

TEST_CASE("a launcher clears up after its ranks in peace, and is asked to end where it doesn't") {
    // Two ranks, of which the second goes without a word.
    const std::string ranks =
        "rank() { exec 3<>/dev/tcp/${first%:*}/${first#*:}; "
        "echo \"hello $token $1 $BASHPID $(hostname)\" >&3; read -r -u 3 answer; }; exec 3>&-; "
        "(rank 0; while read -r -u 3 word; do :; done) & (rank 1) & wait; ";
    Supervisor supervisor;
    JobPlan plan = shell_job("trap 'code=9' TERM; " + ranks + "sleep 0.3; exit ${code:-4}");
    plan.ranks_per_trainer = {2};
    JobEnd end = supervisor.run_job(plan);
    CHECK(end.what == "rank 1 has died");
    CHECK(end.exit_code == 4);

    plan.command.back() =
        shell_job("trap 'exit 9' TERM; " + ranks + "while :; do sleep 0.1; done").command.back();
    end = supervisor.run_job(plan);
    CHECK(end.exit_code == 9);
}

TEST_CASE("what a rank fails of has left when it goes on to its end") {
    boost::asio::io_context context;
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    const std::string here = fmt::format("token 127.0.0.1:{}", acceptor.local_endpoint().port());
    ::setenv(control_variable, here.c_str(), 1);
    for (int i = 0; i < 20; ++i) {
        tcp::socket launcher(context);
        std::thread welcome([&] {
            acceptor.accept(launcher);
            boost::asio::write(launcher, boost::asio::buffer(std::string("welcome\n")));
        });
        const auto line = ControlLine::from_environment(0, "");
        welcome.join();
        boost::asio::streambuf greeting;
        boost::asio::read_until(launcher, greeting, '\n');
        line->say_failure("a\nreason");
        std::string said(launcher.available(), ' ');
        launcher.read_some(boost::asio::buffer(said));
        CHECK(said == "fail a reason\n");
    }
    ::unsetenv(control_variable);
}
