#include "orchestrator/options.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "orchestrator/hyperparameter_draw.hpp"

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
    } catch (const InputError& error) {
        return error.what();
    }
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
    refuses("target-score", [](Settings& s) { s.target_score = "good"; });
    refuses("test-fraction", [](Settings& s) { s.test_fraction = s.tournament_fraction = 0.5; });
}

TEST_CASE("learning rates are drawn per trainer, log-uniformly, from the seed") {
    Settings settings = valid();
    settings.lr = "1e-4..1e-2";
    int below = 0;
    for (int trainer = 0; trainer < 400; ++trainer) {
        const double lr = initial_hyperparameters(settings, trainer).lr;
        CHECK(lr >= 1e-4);
        CHECK(lr <= 1e-2);
        below += lr < 1e-3 ? 1 : 0;
    }
    CHECK(below > 150);
    CHECK(below < 250);
    CHECK(initial_hyperparameters(settings, 3).lr == initial_hyperparameters(settings, 3).lr);
    settings.lr = "0.002";
    CHECK(initial_hyperparameters(settings, 3).lr == 0.002);
}
