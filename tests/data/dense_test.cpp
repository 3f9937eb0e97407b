#include <limits>

#include <doctest/doctest.h>

#include "data/dense_samples.hpp"
#include "data/import_dense.hpp"
#include "data/output.hpp"
#include "data/roles.hpp"
#include "data/seal.hpp"
#include "data/verify.hpp"
#include "example_files.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

namespace {

// Rows r of [cell r % 3: 2 features | drug r % 4 : 1 | drug r % 5 : 1], in two files.
struct Files {
    explicit Files(int rows = 300) {
        for (int r = 0; r < rows; ++r) {
            first += std::to_string(r % 3) + ',' + std::to_string(r % 3 + 10) + '\n';
            second += std::to_string(r % 4) + ',' + std::to_string(r % 5) + "\r\n";
            response += std::to_string(r * 0.5) + '\n';
        }
    }

    void import(const std::string& out) const {
        Output output(out, Overwrite::yes);
        import_dense({.features = {folder.write("a.csv", first), folder.write("b.csv", second)},
                      .response = folder.write("y.csv", response),
                      .slices = parse_slices("0,2,3,4")},
                     output.file());
        output.keep();
    }
    [[nodiscard]] std::string failure() const {
        return failure_of([&] { import(folder.at("bad.h5")); });
    }

    example::Folder folder;
    std::string first;
    std::string second;
    std::string response;
};

}  // namespace

TEST_CASE("dense rows come back as they were, in any order") {
    const Files files;
    const std::string path = files.folder.at("dense.h5");
    files.import(path);
    const auto samples = open_samples(path);
    CHECK(samples->shape().samples == 300);
    CHECK(samples->shape().cell_features == 2);
    CHECK(samples->shape().drug_features == 1);
    Batch batch;
    std::vector<std::uint32_t> wanted{7, 299, 0, 1, 2, 3, 298, 7};
    for (std::uint32_t s = 100; s < 250; ++s) { wanted.push_back(s); }  // a long run
    samples->assemble(wanted, batch);
    REQUIRE(batch.size() == wanted.size());
    CHECK(batch.cells.rows == wanted.size());
    CHECK(batch.drugs.rows == 2 * wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto r = static_cast<float>(wanted[i]);
        CHECK(batch.response[i] == 0.5F * r);
        CHECK(batch.cells.values[batch.cell[i] * 2] == static_cast<float>(wanted[i] % 3));
        CHECK(batch.cells.values[batch.cell[i] * 2 + 1] == static_cast<float>(wanted[i] % 3 + 10));
        CHECK(batch.drugs.values[batch.drug1[i]] == static_cast<float>(wanted[i] % 4));
        CHECK(batch.drugs.values[batch.drug2[i]] == static_cast<float>(wanted[i] % 5));
    }
    const float* const storage = batch.storage.data();
    samples->assemble(std::vector<std::uint32_t>{5, 6}, batch);
    CHECK(batch.storage.data() == storage);
    CHECK(batch.size() == 2);
}

TEST_CASE("equal rows of features are one group, whatever the order of the drugs") {
    const Files files;
    const std::string path = files.folder.at("dense.h5");
    files.import(path);
    const auto samples = open_samples(path);
    const auto keys = samples->keys();
    CHECK(keys[0].group == keys[60].group);  // 60 = 3 * 4 * 5
    CHECK(keys[0].group != keys[1].group);
    CHECK(keys[0].cell == keys[3].cell);
    CHECK(keys[1].drug1 == keys[6].drug2);  // both rows are of drug 1
    // Rows 6 and 21: drugs (2, 1) and (1, 1); 6: cell 0, 2 + 1; 9: cell 0, drugs 1 + 4; 54: 2 + 4.
    CHECK(keys[6].group == keys[21 + 60 - 21 + 6].group);
    const auto swapped = [&] {
        for (std::size_t s = 0; s < 60; ++s) {
            if (s % 3 == 0 && s % 4 == 1 && s % 5 == 2) { return s; }
        }
        return std::size_t{0};
    }();
    CHECK(keys[6].group == keys[swapped].group);  // drugs 2 + 1 and 1 + 2
    CHECK(keys[6].drug1 == keys[swapped].drug2);
    const auto roles = assign_roles(keys, {});
    for (std::size_t s = 0; s + 60 < keys.size(); ++s) { CHECK(roles[s] == roles[s + 60]); }
}

TEST_CASE("malformed dense files are refused with their place") {
    {
        Files files(5);
        files.second.replace(files.second.find("2,2"), 3, "2,x");
        CHECK(has(files.failure(), "b.csv:3: column 2: \"x\" is not a finite number"));
        CHECK_FALSE(std::filesystem::exists(files.folder.at("bad.h5")));
        CHECK_FALSE(std::filesystem::exists(files.folder.at("bad.h5.partial")));
    }
    {
        Files files(5);
        files.first += "1,11\n";
        CHECK(has(files.failure(), "a.csv: has more rows than the response (5)"));
    }
    {
        Files files(5);
        files.response += "1\n";
        CHECK(has(files.failure(), "a.csv: has 5 rows where the response has 6"));
    }
    {
        Files files(5);
        files.response = "";
        CHECK(has(files.failure(), "y.csv: is empty"));
        files.response = "1,2\n";
        CHECK(has(files.failure(), "y.csv:1: column 2: is one too many"));
    }
    {
        Files files(5);
        files.second = "1\n1\n1\n1\n1\n";
        CHECK(has(files.failure(), "have 3 columns where the slices end at 4"));
        files.second = "1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n";
        CHECK(has(files.failure(), "b.csv:1: column 3: is beyond the last slice, 4"));
    }
    for (const char* wrong : {"",
                              "0,2,3",
                              "0,2,3,4,5",
                              "1,2,3,4",
                              "0,2,4,5",
                              "0,3,2,1",
                              "0,2,x,4",
                              "0,0,1,2",
                              "0,-2,3,4"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse_slices(wrong), ltfb::InputError);
    }
}

TEST_CASE("a damaged dense set is refused") {
    const Files files;
    const std::string path = files.folder.at("dense.h5");
    files.import(path);
    CHECK(verify(path) == "dense, 300 samples, 4 columns");
    std::string bytes;
    {
        std::ifstream file(path, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(file), {});
        bytes.erase(0, seal_bytes);  // as bulk features, which are left out of a seal
    }
    // Row 202's first features are 1, 11: a pattern that occurs in the feature table alone.
    const std::array<float, 4> row{1, 11, 2, 2};
    const std::string pattern(reinterpret_cast<const char*>(row.data()), sizeof row);
    const auto at = bytes.find(pattern);
    REQUIRE(at != std::string::npos);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const auto damage = [&](float value) {
        std::string damaged = bytes;
        damaged.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
        return files.folder.write("damaged.h5", damaged);
    };
    CHECK(has(failure_of([&] { (void)verify(damage(1.5F)); }), "does not have the digests"));
    CHECK(has(failure_of([&] { (void)verify(damage(nan)); }), "is not a finite number"));
    const auto samples = open_samples(damage(nan));
    Batch batch;
    std::vector<std::uint32_t> all(300);
    for (std::uint32_t s = 0; s < 300; ++s) { all[s] = s; }
    CHECK(has(failure_of([&] { samples->assemble(all, batch); }), "/dense/features["));
    std::filesystem::resize_file(path, bytes.size() - 2000);
    CHECK(failure_of([&] { (void)open_samples(path); }) != "no error");
}
