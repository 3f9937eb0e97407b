#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "data/dense_set.hpp"
#include "data/generate.hpp"
#include "data/info.hpp"
#include "data/open_set.hpp"
#include "data/seal.hpp"
#include "data/verify.hpp"
#include "example_files.hpp"
#include "example_set.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A sealed set and what is left of it in `damaged`.
struct Damage {
    Damage(const example::Folder& place, const std::string& whole_path)
        : folder(place), whole(bytes_of(whole_path)) {}

    [[nodiscard]] std::string opening(const std::string& content) const {
        const std::string path = folder.write("damaged.h5", content);
        return failure_of([&] { (void)open_samples(path); });
    }
    void must_be_refused(const std::string& content) const {
        const std::string failure = opening(content);
        CHECK(failure != "no error");
        CHECK(has(failure, "damaged.h5: "));
        CHECK_FALSE(has(failure, "\n"));
    }

    const example::Folder& folder;
    std::string whole;
};

std::string factored_set(const example::Folder& folder) {
    example::write(folder.at("factored.h5"), example::make_set(true));
    return folder.at("factored.h5");
}

std::string dense_set(const example::Folder& folder) {
    const std::string path = folder.at("dense.h5");
    DenseIndex index{.slices = {{0, 2, 3, 4}},
                     .keys = {},
                     .response = {},
                     .provenance = "{}",
                     .content_digest = {}};
    std::vector<float> features;
    for (int r = 0; r < 50; ++r) {
        for (const int value : {r % 3, r % 7, r % 5, r % 2}) {
            features.push_back(static_cast<float>(value));
        }
        index.keys.push_back(key_of_row(std::span(features).last(4), index.slices));
        index.response.push_back(static_cast<float>(r));
    }
    Output output(path, Overwrite::yes);
    write_dense_index(output.file(), index);
    output.file()
        .create_dataset("/dense/features", Hdf5Type::f32, std::array<std::size_t, 2>{50, 4})
        .write_rows(0, std::span<const float>(features));
    output.keep();
    return path;
}

}  // namespace

TEST_CASE("a changed byte anywhere in a set is noticed before it is used") {
    const example::Folder folder;
    for (const std::string& path : {factored_set(folder), dense_set(folder)}) {
        CAPTURE(path);
        const Damage damage(folder, path);
        REQUIRE(damage.opening(damage.whole) == "no error");
        for (std::size_t at = 0; at < damage.whole.size(); at += at < 700 ? 13 : 97) {
            CAPTURE(at);
            std::string content = damage.whole;
            content[at] = static_cast<char>(content[at] ^ (1 << at % 8));
            damage.must_be_refused(content);
        }
    }
}

TEST_CASE("a set cut off, zeroed in part or continued by garbage is noticed") {
    const example::Folder folder;
    const Damage damage(folder, factored_set(folder));
    const std::string& whole = damage.whole;
    for (std::size_t size = 1; size < whole.size(); size += size < 600 ? 37 : 211) {
        CAPTURE(size);
        damage.must_be_refused(whole.substr(0, size));
        damage.must_be_refused(std::string(size, '\x5a') + whole.substr(size));
        if (size + 512 < whole.size()) {
            std::string zeroed = whole;
            zeroed.replace(size, 512, 512, '\0');
            if (zeroed != whole) { damage.must_be_refused(zeroed); }
        }
    }
    damage.must_be_refused(whole + "more");
    damage.must_be_refused(whole.substr(whole.size() / 2));
}

TEST_CASE("damage to a set without a seal is refused or does no harm") {
    const example::Folder folder;
    for (const std::string& path : {factored_set(folder), dense_set(folder)}) {
        CAPTURE(path);
        const Damage damage(folder, path);
        const std::string bare = damage.whole.substr(seal_bytes);  // HDF5 finds its way
        REQUIRE(damage.opening(bare) == "no error");
        const std::uint64_t digest = open_samples(path)->digest();
        std::size_t refused = 0;
        for (std::size_t at = 0; at < bare.size(); at += at < 4096 ? 31 : 97) {
            CAPTURE(at);
            std::string content = bare;
            content[at] = static_cast<char>(content[at] ^ (1 << at % 8));
            const std::string failure = damage.opening(content);
            CHECK_FALSE(has(failure, "\n"));
            refused += failure == "no error" ? 0 : 1;
            if (failure != "no error") { continue; }
            CHECK(open_samples(damage.folder.at("damaged.h5"))->digest() == digest);
        }
        CHECK(refused > 10);
        for (std::size_t size = 0; size < bare.size(); size += 411) {
            CAPTURE(size);
            damage.must_be_refused(bare.substr(0, size));
        }
    }
}

TEST_CASE("info and verify refuse what the reader refuses") {
    const example::Folder folder;
    const Damage damage(folder, factored_set(folder));
    std::string content = damage.whole;
    content[content.size() / 2] ^= 1;
    const std::string path = folder.write("damaged.h5", content);
    CHECK(has(failure_of([&] { (void)describe(path, {}); }), "damaged.h5: "));
    CHECK(has(failure_of([&] { (void)verify(path); }), "damaged.h5: "));
}

TEST_CASE("what another program changed in a set is named") {
    const example::Folder folder;
    FactoredSet set = example::make_set(false);
    set.cell[7] = 99;
    example::write(folder.at("range.h5"), set);
    CHECK(has(failure_of([&] { (void)open_samples(folder.at("range.h5")); }),
              "/samples/cell[7]: index 99 is out of range (0 to 4)"));
    std::string content = bytes_of(folder.at("range.h5"));
    content[20] ^= 1;  // a broken seal takes nothing from that
    CHECK(has(failure_of([&] { (void)open_samples(folder.write("range.h5", content)); }),
              "/samples/cell[7]: index 99 is out of range (0 to 4)"));
}

TEST_CASE("equal sets are equal files") {
    const example::Folder folder;
    const std::string first = bytes_of(factored_set(folder));
    CHECK(bytes_of(factored_set(folder)) == first);
}
