#include "tournament/sent_log.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <unistd.h>

using namespace ltfb;
using namespace ltfb::tournament;
namespace fs = std::filesystem;

namespace {

constexpr int card = static_cast<int>(Channel::card);
constexpr int verdict = static_cast<int>(Channel::verdict);
constexpr int stop = static_cast<int>(Channel::stop);
constexpr int weights = static_cast<int>(Bulk::weights);
constexpr int first_moment = static_cast<int>(Bulk::first_moment);

struct Scratch {
    std::string path = fmt::format("{}/ltfb_sent_{}", fs::temp_directory_path().string(), getpid());
    ~Scratch() { fs::remove_all(path); }
};

std::vector<std::byte> bulk(int value) {
    return std::vector<std::byte>(1000, static_cast<std::byte>(value));
}

void add_bulk(SentLog& log, Address to, int kind, int round, int value) {
    log.add(to, log.copy_bulk(to, kind, round, bulk(value)));
}

/// "kind/round" of all that is held for `to`, in order.
std::vector<std::string> held(const SentLog& log, Address to) {
    std::vector<std::string> list;
    std::uint64_t after = 0;
    while (const auto message = log.next(to, after)) {
        list.push_back(fmt::format("{}/{}", message->kind(), message->round()));
        after = message->number();
    }
    return list;
}

std::ptrdiff_t files_in(const std::string& folder) {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("what a receiver has saved is dropped, and no more") {
    const Scratch scratch;
    SentLog log(scratch.path, 0);
    const Address one{1, 0};
    for (int round = 0; round < 3; ++round) {
        log.add_text(one, card, round, "c");
        add_bulk(log, one, weights, round, round);
    }
    log.add_text(one, stop, 0, "s");
    add_bulk(log, {2, 0}, weights, 0, 7);
    CHECK(files_in(scratch.path) == 4);
    log.drop_saved(one, -1);
    CHECK(held(log, one).size() == 7);
    log.drop_saved(one, 1);
    CHECK(held(log, one) == std::vector<std::string>{"100/1", "100/2", "200/2", "102/0"});
    CHECK(held(log, {2, 0}).size() == 1);
    CHECK(files_in(scratch.path) == 2);
    log.drop_saved(one, 2);
    CHECK(log.next(one, 0)->bytes().size() == 1);
    CHECK(files_in(scratch.path) == 1);
}

TEST_CASE("a seat that is started again holds what its state covers, and nothing younger") {
    const Scratch scratch;
    Json texts;
    const Address one{1, 3};
    {
        SentLog log(scratch.path, 0);
        for (int round = 0; round < 3; ++round) {
            log.add_text(one, card, round, "card");
            add_bulk(log, one, weights, round, round);
            log.add_text(one, verdict, round, "verdict");
            add_bulk(log, one, first_moment, round, 10 + round);
            if (round == 1) { texts = log.texts(); }
        }
    }
    SentLog log(scratch.path, 1);
    log.restore(texts, 1);
    CHECK(held(log, one) ==
          std::vector<std::string>{
              "100/0", "200/0", "101/0", "201/0", "100/1", "200/1", "101/1", "201/1"});
    CHECK(log.receivers().size() == 1);
    CHECK(files_in(scratch.path) == 4);
    log.drop_saved(one, 0);
    CHECK(held(log, one) ==
          std::vector<std::string>{"100/0", "101/0", "100/1", "200/1", "101/1", "201/1"});
    auto message = log.next(one, 0);
    while (message->kind() != weights) { message = log.next(one, message->number()); }
    CHECK(std::vector<std::byte>(message->bytes().begin(), message->bytes().end()) == bulk(1));
}

TEST_CASE("where no file can be written, memory holds it") {
    SentLog log("/proc/nowhere", 0);
    add_bulk(log, {1, 0}, weights, 0, 5);
    REQUIRE(log.next({1, 0}, 0));
    CHECK(log.next({1, 0}, 0)->bytes().size() == 1000);
}
