#include "data/factored_samples.hpp"

#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "example_files.hpp"
#include "example_set.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

namespace {

// The features and response of each sample of a batch, whatever the layout of its blocks.
void check_batch(const Batch& batch,
                 const FactoredSet& set,
                 const std::vector<std::uint32_t>& samples) {
    REQUIRE(batch.size() == samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto s = samples[i];
        CHECK(batch.response[i] == set.response[s]);
        const auto check_row =
            [&](const RowBlock& block, std::uint32_t position, std::uint32_t entity) {
                REQUIRE(position < block.rows);
                for (std::size_t f = 0; f < block.columns; ++f) {
                    CHECK(block.values[position * block.columns + f] ==
                          static_cast<float>(100 * entity + f));
                }
            };
        check_row(batch.cells, batch.cell[i], set.cell[s]);
        check_row(batch.drugs, batch.drug1[i], set.drug1[s]);
        check_row(batch.drugs, batch.drug2[i], set.drug2[s]);
    }
}

}  // namespace

TEST_CASE("what is written is read again") {
    for (const bool with_dose : {false, true}) {
        const example::Folder folder;
        const std::string path = folder.at("set.h5");
        const FactoredSet set = example::make_set(with_dose);
        example::write(path, set);
        const auto samples = open_samples(path);
        CHECK(samples->shape().samples == 140);
        CHECK(samples->shape().cell_features == 3);
        CHECK(samples->shape().drug_features == 2);
        CHECK(samples->shape().has_dose == with_dose);
        CHECK(samples->digest() == content_digest(set));
        const FactoredSet again = read_factored(Hdf5File::open(path));
        CHECK(again.drugs.names == set.drugs.names);
        CHECK(again.cells.feature_names == set.cells.feature_names);
        CHECK(again.dose2 == set.dose2);
        CHECK(again.provenance == "{}");
        CHECK(again.content_digest == ltfb::to_hex(content_digest(set)));
    }
}

TEST_CASE("small batches copy their rows, large ones borrow the table, both are right") {
    const FactoredSet set = example::make_set(false);
    FactoredSamples samples(set);
    Batch batch;
    const std::vector<std::uint32_t> small{60, 57, 60};  // cell 2; drugs 0, 1, 4
    samples.assemble(small, batch);
    check_batch(batch, set, small);
    CHECK(batch.cells.rows == 1);
    CHECK(batch.drugs.rows == 3);
    CHECK(batch.cells.values == batch.storage.data());

    std::vector<std::uint32_t> all(140);
    std::iota(all.rbegin(), all.rend(), 0U);
    samples.assemble(all, batch);
    check_batch(batch, set, all);
    CHECK(batch.cells.rows == 5);
    CHECK(batch.drugs.rows == 7);
    CHECK(batch.dose1.empty());
}

TEST_CASE("no allocation once warm") {
    const FactoredSet set = example::make_set(true);
    FactoredSamples samples(set);
    Batch batch;
    samples.assemble(std::vector<std::uint32_t>{0, 0}, batch);  // one drug
    const float* const storage = batch.storage.data();
    const std::size_t room = batch.storage.size();
    const std::vector<std::uint32_t> more_rows{1, 29};  // two cells, two drugs
    samples.assemble(more_rows, batch);
    check_batch(batch, set, more_rows);
    CHECK(batch.storage.data() == storage);
    CHECK(batch.storage.size() == room);
}

TEST_CASE("doses are standardised in batches") {
    FactoredSamples samples(example::make_set(true));
    std::vector<std::uint32_t> all(140);
    std::iota(all.begin(), all.end(), 0U);
    Batch batch;
    samples.assemble(all, batch);
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < 140; ++i) {
        for (const double dose : {batch.dose1[i], batch.dose2[i]}) {
            sum += dose;
            squares += dose * dose;
        }
    }
    CHECK(sum / 280 == doctest::Approx(0.0).epsilon(1e-6));
    CHECK(squares / 280 == doctest::Approx(1.0).epsilon(1e-5));
}

TEST_CASE("keys do not depend on the order of entities or of the drugs") {
    const FactoredSet set = example::make_set(false);
    FactoredSet other = set;
    std::swap(other.cells.names[0], other.cells.names[4]);
    const auto keys = keys_of(set);
    const auto others = keys_of(other);
    CHECK(keys[0].group == others[4 * 28].group);
    CHECK(keys[0].group != others[0].group);
    std::swap(other.drug1, other.drug2);
    CHECK(keys_of(other)[3].group == others[3].group);
    CHECK(keys_of(other)[3].drug1 == others[3].drug2);
    CHECK(keys[3].group != keys[4].group);
}

TEST_CASE("a set that breaks a rule is refused with its place") {
    const auto refusal = [](const std::function<void(FactoredSet&)>& damage) {
        const example::Folder folder;
        const std::string path = folder.at("bad.h5");
        FactoredSet set = example::make_set(true);
        damage(set);
        example::write(path, set);
        return failure_of([&] { (void)open_samples(path); });
    };
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(has(refusal([](auto& set) { set.cell[17] = 5; }), "/samples/cell[17]: index 5"));
    CHECK(has(refusal([](auto& set) { set.drug2[3] = 4000000000U; }), "/samples/drug2[3]"));
    CHECK(
        has(refusal([&](auto& set) { set.drugs.features[5] = nan; }), "/drugs/features[2,1]: nan"));
    CHECK(has(refusal([&](auto& set) { set.response[9] = nan; }), "/samples/response[9]"));
    CHECK(has(refusal([&](auto& set) { set.dose1[8] = nan; }), "/samples/dose1[8]"));
    CHECK(has(refusal([](auto& set) { set.response.pop_back(); }), "139 values where 140"));
    CHECK(has(refusal([](auto& set) { set.drug1.pop_back(); }), "/samples/drug1"));
    CHECK(has(refusal([](auto& set) { set.dose_scale.sd = 0.0; }), "dose_scale"));
    CHECK(
        has(refusal([](auto& set) { set.cells.names[1] = "cell0"; }), "already the name of row 0"));
    CHECK(has(refusal([](auto& set) {
                  for (auto* indices : {&set.cell, &set.drug1, &set.drug2}) { indices->clear(); }
                  for (auto* values : {&set.response, &set.dose1, &set.dose2}) { values->clear(); }
              }),
              "empty"));
    CHECK(refusal([](auto&) {}) == "no error");
}

TEST_CASE("what is no set is refused") {
    const example::Folder folder;
    const std::string path = folder.at("missing.h5");
    CHECK(has(failure_of([&] { (void)open_samples(path); }), "no such file"));
    CHECK(has(failure_of([&] { (void)open_samples(folder.at("")); }), "no such file"));
    { Hdf5File::create(path).write_texts("/other", std::vector<std::string>{"x"}); }
    CHECK(has(failure_of([&] { (void)open_samples(path); }), "neither /samples nor /dense"));
    example::write(path, example::make_set(false));
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    CHECK(has(failure_of([&] { (void)open_samples(path); }), "truncated"));
    std::filesystem::resize_file(path, 3);
    CHECK(has(failure_of([&] { (void)open_samples(path); }), "not an HDF5 file"));
}
