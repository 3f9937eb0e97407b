#include "tournament/space_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "core/error.hpp"
#include "tournament/domain_text.hpp"

using namespace ltfb::tournament;
using Kind = Domain::Kind;

namespace {

/// The message that reading `text` fails with.
std::string message_of(const std::string& text) {
    try {
        parse_space(text, "space");
    } catch (const ltfb::InputError& e) { return e.what(); }
    return "no error";
}

std::string vary_message_of(const std::string& text) {
    try {
        parse_vary(text);
    } catch (const ltfb::InputError& e) { return e.what(); }
    return "no error";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

constexpr const char* full = R"({
    "batch": { "choice": [128, 256, 512] },
    "clip": { "int": [1, 8], "when": { "lr": { "from": 1e-3, "to": 1e-2 } } },
    "dropout": "uniform:0,0.5",
    "lr": { "loguniform": [1e-4, 1e-2] },
    "momentum": { "uniform": [0.5, 0.99],
                  "when": { "optimizer": ["sgd", "lars"], "batch": [128, {"from": 500, "to": 600}] } }
})";

}  // namespace

TEST_CASE("every kind of domain and condition is read") {
    const auto variables = parse_space(full, "space");
    REQUIRE(variables.size() == 5);
    CHECK(variables[0].key == "batch");
    CHECK(variables[0].domain.choices == std::vector<double>{128, 256, 512});
    CHECK(variables[1].domain == Domain{.kind = Kind::integer, .low = 1, .high = 8, .choices = {}});
    CHECK(variables[1].when ==
          std::vector<Condition>{{.key = "lr", .ranges = {{1e-3, 1e-2}}, .texts = {}}});
    CHECK(variables[2].domain ==
          Domain{.kind = Kind::uniform, .low = 0, .high = 0.5, .choices = {}});
    CHECK(variables[3].domain ==
          Domain{.kind = Kind::loguniform, .low = 1e-4, .high = 1e-2, .choices = {}});
    CHECK(variables[4].when ==
          std::vector<Condition>{{.key = "batch", .ranges = {{128, 128}, {500, 600}}, .texts = {}},
                                 {.key = "optimizer", .ranges = {}, .texts = {"sgd", "lars"}}});
}

TEST_CASE("what is written reads back as the same") {
    const auto variables = parse_space(full, "space");
    const auto again = parse_space(to_json_text(variables), "space");
    REQUIRE(again.size() == variables.size());
    for (std::size_t i = 0; i < variables.size(); ++i) {
        CHECK(again[i].key == variables[i].key);
        CHECK(again[i].domain == variables[i].domain);
        CHECK(again[i].when == variables[i].when);
    }
    CHECK(to_json_text(again) == to_json_text(variables));
    CHECK(to_json_text({}) == "{}");
    CHECK(parse_space("{}", "space").empty());
}

TEST_CASE("the shorthand") {
    const Variable lr = parse_vary("lr=loguniform:1e-4,1e-2");
    CHECK(lr.key == "lr");
    CHECK(lr.domain == Domain{.kind = Kind::loguniform, .low = 1e-4, .high = 1e-2, .choices = {}});
    CHECK(parse_vary("batch=choice:64,16").domain.choices == std::vector<double>{64, 16});
    CHECK(parse_vary("clip=int:-1,4").domain.low == -1.0);
    for (const char* text : {"",
                             "lr",
                             "=uniform:0,1",
                             "lr=",
                             "lr=uniform",
                             "lr=uniform:",
                             "lr=uniform:1",
                             "lr=uniform:1,2,3",
                             "lr=normal:0,1",
                             "lr=uniform:a,b",
                             "lr=uniform:0,inf",
                             "lr=uniform:0,nan",
                             "lr=choice:1,",
                             "lr=choice:relu,tanh",
                             "lr=uniform:0, 1",
                             "lr=uniform:0,1e999"}) {
        CAPTURE(text);
        const std::string message = vary_message_of(text);
        CHECK(has(message, std::string("--vary ") + text + ":"));
        CHECK(message.find('\n') == std::string::npos);
    }
    CHECK(vary_message_of("lr=choice:relu,tanh") ==
          "--vary lr=choice:relu,tanh: lr: 'relu' isn't a number (use uniform, loguniform or int "
          "with two numbers, or choice with a list of numbers)");
}

TEST_CASE("malformed JSON spaces are refused with the key") {
    for (const char* text :
         {R"({"lr": 3})",
          R"({"lr": null})",
          R"({"lr": {}})",
          R"({"lr": {"normal": [0, 1]}})",
          R"({"lr": {"uniform": [0, 1], "choice": [1]}})",
          R"({"lr": {"uniform": 1}})",
          R"({"lr": {"uniform": [0]}})",
          R"({"lr": {"uniform": ["a", "b"]}})",
          R"({"lr": {"choice": ["relu"]}})",
          R"({"lr": {"choice": [true]}})",
          R"({"lr": {"when": {"optimizer": "sgd"}}})",
          R"({"lr": {"uniform": [0, 1], "when": 3}})",
          R"({"lr": {"uniform": [0, 1], "when": {"batch": {"from": 1}}}})",
          R"({"lr": {"uniform": [0, 1], "when": {"batch": {"from": 2, "to": 1}}}})",
          R"({"lr": {"uniform": [0, 1], "when": {"batch": {"from": "a", "to": 1}}}})",
          R"({"lr": {"uniform": [0, 1], "when": {"batch": null}}})"}) {
        CAPTURE(text);
        CHECK(has(message_of(text), "space: lr: "));
    }
    for (const char* text :
         {"", "[]", "3", "{", R"({"lr": {"uniform": [0, 1e999]}})", "{\"\xff\": 1}"}) {
        CAPTURE(text);
        CHECK(has(message_of(text), "space:1: "));
    }
    CHECK(has(message_of(std::string(100000, '[')), "space:1: "));
    CHECK(has(message_of("{\"lr\": \"int:0,1\",\n \"lr\": \"int:0,1\"}"),
              "space:2: lr: given twice"));
}

TEST_CASE("messages about a file name its line") {
    const auto path = std::filesystem::temp_directory_path() /
                      ("ltfb-space-" + std::to_string(getpid()) + ".json");
    std::ofstream(path) << "{\n  \"lr\": \"uniform:0,1\",\n\n  \"batch\":\n    {\"int\": [1]}\n}\n";
    CHECK_THROWS_WITH_AS(read_space(path.string()),
                         (path.string() + ":4: batch: int has 1 numbers, not 2 (give the low and "
                                          "the high end)")
                             .c_str(),
                         ltfb::InputError);
    std::ofstream(path) << "{\n  \"lr\": \"uniform:0,1\",\n\n  \"batch\": \"int:1,2\"\n}\n";
    const auto variables = read_space(path.string());
    CHECK(variables.at(0).source == path.string() + ":4");
    CHECK(variables.at(1).source == path.string() + ":2");
    std::filesystem::remove(path);
    CHECK_THROWS_AS(read_space(path.string()), ltfb::InputError);
}
