#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "data/generate.hpp"
#include "data/info.hpp"
#include "data/verify.hpp"
#include "example_files.hpp"
#include "example_set.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

TEST_CASE("info counts") {
    const example::Folder folder;
    const std::string path = folder.at("set.h5");
    FactoredSet set = example::make_set(true);
    set.response.assign(set.samples(), 0.0F);
    for (std::size_t s = 0; s < set.samples(); ++s) {
        set.response[s] = static_cast<float>(s % 5);  // 0, 1, 2, 3, 4
    }
    example::write(path, set);
    const auto info = describe(path, {});
    CHECK(info["kind"] == "factored");
    CHECK(info["samples"] == 140);
    CHECK(info["groups"] == 140);
    CHECK(info["cells"] == 5);
    CHECK(info["drugs"] == 7);
    CHECK(info["doses"] == true);
    CHECK(info["response"]["mean"] == 2.0);
    CHECK(info["response"]["sd"] == doctest::Approx(std::sqrt(2.0)));
    CHECK(info["response"]["q25"] == 1.0);
    CHECK(info["response"]["max"] == 4.0);
    int groups = 0;
    for (const char* role : {"train", "tournament", "test"}) {
        groups += info["roles"][role]["groups"].get<int>();
    }
    CHECK(groups == 140);
    CHECK_FALSE(info.contains("best_r2"));
    CHECK(has(to_readable(info), "samples         140"));
}

TEST_CASE("info shows the best reachable R2 of a generated set") {
    const example::Folder folder;
    const std::string path = folder.at("set.h5");
    example::write(
        path,
        generate({.samples = 50, .cells = 3, .drugs = 6, .cell_features = 2, .drug_features = 2}));
    CHECK(describe(path, {})["best_r2"].get<double>() > 0.5);
    CHECK(has(to_readable(describe(path, {})), "best R2"));
    CHECK(has(verify(path), "factored, 50 samples"));
}

TEST_CASE("verify notices a changed value") {
    const example::Folder folder;
    const std::string path = folder.at("set.h5");
    FactoredSet set = example::make_set(false);
    example::write(path, set);
    CHECK(has(verify(path), "factored, 140 samples"));
    {
        // The same file with the digest of another set.
        const std::string old_digest = ltfb::to_hex(content_digest(set));
        set.response[3] += 1.0F;
        const std::string new_digest = ltfb::to_hex(content_digest(set));
        std::string bytes;
        {
            std::ifstream file(path, std::ios::binary);
            bytes.assign(std::istreambuf_iterator<char>(file), {});
        }
        REQUIRE(has(bytes, old_digest));
        bytes.replace(bytes.find(old_digest), old_digest.size(), new_digest);
        (void)folder.write("set.h5", bytes);
    }
    CHECK(has(failure_of([&] { (void)verify(path); }), "/content_digest: says"));
}
