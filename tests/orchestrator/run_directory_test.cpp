#include "orchestrator/run_directory.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/scratch_folder.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;
namespace fs = std::filesystem;

TEST_CASE("what a start left that was killed before it wrote config.json is in nobody's way") {
    const ScratchFolder folder;
    const std::string run = folder / "run";
    create_run_directory(run, false);
    std::ofstream(run + "/config.json.partial") << "{ \"sche";
    CHECK_NOTHROW(create_run_directory(run, false));
    CHECK(fs::is_directory(run + "/models"));
}

TEST_CASE("anything else is kept, unless a run has written it and is to be replaced") {
    const ScratchFolder folder;
    for (const char* name : {"config.json", "models/best.h5", "notes.txt"}) {
        CAPTURE(name);
        const std::string run = folder / std::string("run-") + name[0];
        create_run_directory(run, false);
        std::ofstream(run + "/" + name) << "here";
        CHECK_THROWS_AS(require_free(run), InputError);
        CHECK_THROWS_AS(create_run_directory(run, false), InputError);
        CHECK(fs::exists(run + "/" + name));
        create_run_directory(run, true);
        CHECK(fs::exists(run + "/" + name) == (std::string(name) == "notes.txt"));
    }
}

TEST_CASE("a file is in the way of a run") {
    const ScratchFolder folder;
    std::ofstream(folder / "run") << "here";
    CHECK_THROWS_AS(require_free(folder / "run"), InputError);
}
