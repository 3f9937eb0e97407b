#include "tournament/make_space.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "space_fixture.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/space_text.hpp"

using namespace ltfb::tournament;

namespace {

std::string message_of(const std::string& json_text) {
    try {
        make_space(parse_space(json_text, "space"), test_context());
    } catch (const ltfb::InputError& e) { return e.what(); }
    return "no error";
}

}  // namespace

TEST_CASE("what cannot be varied is refused by name") {
    CHECK(message_of(R"({"learning_rate": "uniform:0,1"})") ==
          "space: learning_rate: unknown hyperparameter (use one of batch, clip, dropout, lr, "
          "momentum)");
    CHECK(message_of(R"({"lr": "uniform:0.5,0.5"})") ==
          "space: lr: empty range 0.5 to 0.5 (give the low end first, below the high end)");
    CHECK(message_of(R"({"lr": "uniform:0.5,0.1"})").starts_with("space: lr: empty range"));
    CHECK(message_of(R"({"lr": "loguniform:0,0.1"})") ==
          "space: lr: log range 0 to 0.1 reaches 0 (use a low end above 0, or uniform)");
    CHECK(message_of(R"({"lr": "loguniform:-1,0.1"})").starts_with("space: lr: log range"));
    CHECK(message_of(R"({"dropout": "uniform:0,0.95"})") ==
          "space: dropout: 0.95 is outside what the trainer allows (stay within 0 to 0.9)");
    CHECK(message_of(R"({"dropout": "choice:0.5,2"})").starts_with("space: dropout: 2 is outside"));
    CHECK(message_of(R"({"batch": "uniform:16,64"})") ==
          "space: batch: takes integers only (use int:LOW,HIGH or choice:A,B,...)");
    CHECK(message_of(R"({"batch": "choice:16,24.5"})") ==
          "space: batch: choice 24.5 isn't an integer (use integers)");
    CHECK(message_of(R"({"batch": "int:16,24.5"})").starts_with("space: batch: ends 16 and 24.5"));
    CHECK(message_of(R"({"clip": "int:0,1e20"})").starts_with("space: clip: ends"));
    CHECK(message_of(R"({"batch": {"choice": []}})").starts_with("space: batch: no choices"));
    CHECK(message_of(R"({"batch": "choice:16,16"})")
              .starts_with("space: batch: choice 16 is listed"));
}

TEST_CASE("conditions that cannot work are refused by name") {
    const auto with = [](const std::string& when, const std::string& more = "") {
        return message_of(R"({"lr": {"uniform": [0.1, 1], "when": )" + when + "}" + more + "}");
    };
    CHECK(with(R"({"optimizer": "sgd"})") == "no error");
    CHECK(with(R"({"batch": 256})") == "no error");
    CHECK(with(R"({"optimiser": "sgd"})")
              .starts_with("space: lr: condition on 'optimiser', which is unknown (use one of"));
    CHECK(with(R"({"optimizer": 3})").find("wrong type (use text)") != std::string::npos);
    CHECK(with(R"({"batch": "many"})").find("wrong type (use a number") != std::string::npos);
    CHECK(with(R"({"batch": []})").find("wrong type") != std::string::npos);
    CHECK(with(R"({"batch": 48})", R"(, "batch": "choice:16,32")").find("never holds") !=
          std::string::npos);
    CHECK(with(R"({"batch": {"from": 20, "to": 40}})", R"(, "batch": "choice:16,32")") ==
          "no error");
    CHECK(with(R"({"batch": 20})", R"(, "batch": "int:16,32")") == "no error");
    CHECK(with(R"({"dropout": 0.2})", R"(, "dropout": "uniform:0,0.5")").find("never holds") !=
          std::string::npos);
    CHECK(with(R"({"optimizer": "sgd"})", R"(, "optimizer": "choice:1,2")")
              .starts_with("space: optimizer: unknown hyperparameter"));
    CHECK(with(R"({"lr": {"from": 0.1, "to": 1}})").find("go round in a circle") !=
          std::string::npos);
    CHECK(with(R"({"batch": 16})",
               R"(, "batch": {"int": [1, 32], "when": {"lr": {"from": 0.2, "to": 1}}})")
              .find("conditions of batch, lr go round in a circle") != std::string::npos);
}

TEST_CASE("of two domains for a key the later one counts; parents stand before their children") {
    const Space space = make_space(
        {parse_vary("lr=uniform:0.1,0.2"), parse_vary("lr=uniform:0.3,0.4")}, test_context());
    REQUIRE(space.variables.size() == 1);
    CHECK(space.variables[0].domain.low == 0.3);

    const Space chain = make_space(parse_space(R"({"batch": {"int": [1, 9], "when": {"clip": 2}},
                        "clip": {"int": [1, 9], "when": {"dropout": {"from": 0.1, "to": 0.2}}},
                        "dropout": "uniform:0,0.5"})",
                                               "space"),
                                   test_context());
    REQUIRE(chain.variables.size() == 3);
    CHECK(chain.variables[0].key == "dropout");
    CHECK(chain.variables[1].key == "clip");
    CHECK(chain.variables[2].key == "batch");
}
