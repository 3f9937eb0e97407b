#include "orchestrator/options.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/search_space.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

Command parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "ltfb-run");
    return parse_command(static_cast<int>(arguments.size()), arguments.data());
}

Settings valid() {
    Settings settings;
    settings.data = "data.h5";
    settings.out = "run";
    return settings;
}

std::string complaint(const Settings& settings) {
    try {
        validate(settings);
    } catch (const InputError& error) { return error.what(); }
    return "";
}

class ConfigFile {
public:
    explicit ConfigFile(const std::string& text)
        : path_(std::filesystem::temp_directory_path() / "ltfb_options_test.json") {
        write_atomically(path_, text);
    }
    ~ConfigFile() { std::remove(path_.c_str()); }
    ConfigFile(const ConfigFile&) = delete;
    ConfigFile& operator=(const ConfigFile&) = delete;
    ConfigFile(ConfigFile&&) = delete;
    ConfigFile& operator=(ConfigFile&&) = delete;
    [[nodiscard]] const char* path() const { return path_.c_str(); }

private:
    std::string path_;
};

}  // namespace

TEST_CASE("the command line goes over the file, the file over the defaults") {
    const ConfigFile file(R"({"hidden": 64, "rounds": 7, "force": true, "lr": "1e-4..1e-2"})");
    const auto command = parse({"--config", file.path(), "--hidden", "32"});
    CHECK(command.settings.hidden == 32);
    CHECK(command.settings.rounds == 7);
    CHECK(command.settings.force);
    CHECK(command.settings.lr == "1e-4..1e-2");
    CHECK(command.settings.batch == 256);
    CHECK(command.action == Action::train);
}

TEST_CASE("printed settings read back as the same settings") {
    const auto command = parse({"--trainers", "3", "--dropout", "0.125", "--win", "margin=0.01"});
    const ConfigFile file(to_json(command.settings).dump());
    CHECK(parse({"--config", file.path()}).settings == command.settings);
}

TEST_CASE("the search space is composed of --lr, --space and --vary, of which the later count") {
    const ConfigFile space(
        R"({"lr": {"loguniform": [1e-5, 1e-1]}, "weight-decay": "uniform:0,0.1"})");
    const auto settings = parse({"--lr",
                                 "1e-4..1e-2",
                                 "--space",
                                 space.path(),
                                 "--vary",
                                 "batch=choice:64,128",
                                 "--vary",
                                 "weight-decay=uniform:0,0.2",
                                 "--vary",
                                 "weight_decay=uniform:0,0.3"})
                              .settings;
    const auto varied = search_space(settings).variables;
    REQUIRE(varied.size() == 3);
    for (const auto& variable : varied) {
        if (variable.key == "lr") { CHECK(variable.domain.high == 1e-1); }
        if (variable.key == "weight_decay") { CHECK(variable.domain.high == 0.3); }
        if (variable.key == "batch") { CHECK(variable.domain.choices.size() == 2); }
    }
    CHECK(to_json(settings).at("space").at("weight_decay").is_object());
}

TEST_CASE("a search space is printed and read back, and the command line goes over it") {
    const ConfigFile space(
        R"({"momentum": {"uniform": [0.1, 0.9], "when": {"optimizer": "sgd"}}})");
    const auto first =
        parse({"--space", space.path(), "--vary", "lr=loguniform:1e-4,1e-2", "--layout", "1,2,1"});
    CHECK(first.settings.trainers == 3);
    const ConfigFile printed(to_json(first.settings).dump());
    CHECK(parse({"--config", printed.path()}).settings == first.settings);
    const auto over =
        parse({"--config", printed.path(), "--vary", "lr=loguniform:1e-3,1e-2"}).settings;
    for (const auto& variable : search_space(over).variables) {
        if (variable.key == "lr") { CHECK(variable.domain.low == 1e-3); }
    }
}

TEST_CASE("mistakes in a search space name the key, and the line of a file") {
    const auto complaint_about = [](const std::string& vary) {
        Settings settings = valid();
        settings.vary = {vary};
        return complaint(settings);
    };
    for (const char* vary : {"speed=uniform:0,1",
                             "lr=loguniform:0,1",
                             "dropout=uniform:0.5,0.1",
                             "batch=choice:1.5,2",
                             "batch=uniform:1,2",
                             "final-factor=uniform:0,2",
                             "lr"}) {
        CHECK_MESSAGE(complaint_about(vary).find(std::string("--vary ") + vary) == 0,
                      complaint_about(vary));
    }
    const ConfigFile space("{\n  \"lr\": {\"loguniform\": [0, 1]}\n}");
    CHECK_THROWS_WITH_AS(parse({"--space", space.path()}),
                         doctest::Contains((std::string(space.path()) + ":2: lr").c_str()),
                         InputError);
}

TEST_CASE("the layout says how many trainers there are") {
    const auto settings = parse({"--layout", "4,4,8"}).settings;
    CHECK(layout_of(settings) == std::vector<int>{4, 4, 8});
    CHECK(settings.trainers == 3);
    CHECK_THROWS_AS(parse({"--layout", "4,4,8", "--trainers", "2"}), InputError);
    CHECK_THROWS_AS(parse({"--layout", "4,4,8", "--ranks-per-trainer", "2"}), InputError);
    for (const char* layout : {"4,", "4,0", "four", ",4", "4 4"}) {
        CHECK_THROWS_AS(parse({"--layout", layout}), InputError);
    }
}

TEST_CASE("what cannot be understood is named") {
    CHECK_THROWS_AS(parse({"--hiden", "3"}), InputError);
    CHECK_THROWS_AS(parse({"--hidden", "three"}), InputError);
    CHECK_THROWS_AS(parse({"stray"}), InputError);
    CHECK_THROWS_AS(parse({"--config", "/nowhere/at/all.json"}), InputError);
    for (const char* text :
         {"{", "[1]", R"({"hiden": 3})", R"({"hidden": "three"})", R"({"hidden": [3]})"}) {
        const ConfigFile file(text);
        try {
            parse({"--config", file.path()});
            FAIL("accepted ", text);
        } catch (const InputError& error) {
            CHECK(std::string(error.what()).find(file.path()) == 0);
        }
    }
}

TEST_CASE("settings out of range are refused by the name of their option") {
    CHECK(complaint(valid()).empty());
    const auto refuses = [](const char* option, auto&& change) {
        Settings settings = valid();
        change(settings);
        CHECK_MESSAGE(complaint(settings).find(std::string("--") + option) == 0,
                      option,
                      ": ",
                      complaint(settings));
    };
    refuses("data", [](Settings& s) { s.data.clear(); });
    refuses("out", [](Settings& s) { s.out.clear(); });
    refuses("trainers", [](Settings& s) { s.trainers = 0; });
    refuses("rounds", [](Settings& s) { s.rounds = -1; });
    refuses("dropout", [](Settings& s) { s.dropout = 1.0; });
    refuses("lr", [](Settings& s) { s.lr = "fast"; });
    refuses("lr", [](Settings& s) { s.lr = "1e-2..1e-4"; });
    refuses("lr", [](Settings& s) { s.lr = "0..1"; });
    refuses("engine", [](Settings& s) { s.engine = "quantum"; });
    refuses("max-samples", [](Settings& s) { s.max_samples = ~std::uint64_t{0}; });
    refuses("schedule", [](Settings& s) { s.schedule = "step"; });
    refuses("exchange", [](Settings& s) { s.exchange = "gradients"; });
    refuses("exchange-steps", [](Settings& s) { s.exchange_steps = -1; });
    refuses("exchange-steps", [](Settings& s) { s.exchange_steps = 101; });
    refuses("warmup-steps", [](Settings& s) { s.warmup_steps = ~std::uint64_t{0}; });
    refuses("target-score", [](Settings& s) { s.target_score = "good"; });
    refuses("test-fraction", [](Settings& s) { s.test_fraction = s.tournament_fraction = 0.5; });
}

TEST_CASE("learning rates are drawn per trainer, log-uniformly, from the seed") {
    Settings settings = valid();
    settings.lr = "1e-4..1e-2";
    settings.trainers = 400;
    int below = 0;
    for (int trainer = 0; trainer < settings.trainers; ++trainer) {
        const double lr = initial_hyperparameters(settings, trainer).lr;
        CHECK(lr >= 1e-4);
        CHECK(lr <= 1e-2);
        below += lr < 1e-3 ? 1 : 0;
    }
    CHECK(below == 200);
    CHECK(initial_hyperparameters(settings, 3).lr == initial_hyperparameters(settings, 3).lr);
    settings.control = 3;
    CHECK(initial_hyperparameters(settings, 3).lr == doctest::Approx(1e-3));
    settings.control = -1;
    settings.lr = "0.001";
    CHECK(initial_hyperparameters(settings, 3).lr == 0.001);
    settings.lr = "0.002";
    CHECK(initial_hyperparameters(settings, 3).lr == 0.002);
}
