#include "data/batch_feed.hpp"

#include <array>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include "data/dense_samples.hpp"
#include "data/output.hpp"
#include "example_files.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

namespace {

constexpr std::size_t rows = 500;
constexpr std::size_t columns = 9;  // 3 of the cell, 3 of each drug
constexpr std::size_t row_bytes = columns * sizeof(float);

float feature(std::size_t row, std::size_t column) {
    return static_cast<float>(row) + 0.125F * static_cast<float>(column);
}

/// A dense set whose features are of type `T` in the file. `bad_row` has one that is no number.
template <class T>
void write_set(const std::string& path, std::size_t bad_row) {
    Output output(path, Overwrite::yes);
    DenseIndex index;
    index.slices.at = {0, 3, 6, 9};
    std::vector<T> features;
    for (std::size_t r = 0; r < rows; ++r) {
        std::vector<float> row;
        for (std::size_t c = 0; c < columns; ++c) { row.push_back(feature(r, c)); }
        features.insert(features.end(), row.begin(), row.end());
        index.response.push_back(static_cast<float>(r));
        index.keys.push_back(key_of_row(row, index.slices));
    }
    if (bad_row < rows) { features[bad_row * columns + 4] = std::numeric_limits<T>::quiet_NaN(); }
    output.file().write("/dense/features", std::span<const T>(features), columns);
    write_dense_index(output.file(), index);
    output.keep();
}

template <class T>
std::unique_ptr<Samples> make_set(const example::Folder& folder, std::size_t bad_row = rows) {
    const std::string path = folder.at("dense.h5");
    write_set<T>(path, bad_row);
    return open_samples(path);
}

SampleOrder order_of(const Samples& samples) {
    std::vector<std::uint32_t> all(samples.shape().samples);
    std::iota(all.begin(), all.end(), 0U);
    return {all, 7, 0, samples.shape().chunk};
}

/// Whether `batch` holds the rows that belong at `place`.
bool is_right(const Batch& batch, SampleOrder& order, const FeedPlace& place) {
    std::vector<std::uint32_t> expected(place.size);
    order.draw(place.position, expected);
    bool is_right = batch.size() == place.size && batch.cells.rows == place.size &&
                    batch.drugs.rows == 2 * place.size;
    for (std::size_t i = 0; is_right && i < place.size; ++i) {
        const std::size_t row = expected[i];
        is_right = batch.response[i] == static_cast<float>(row);
        for (std::size_t f = 0; f < 3; ++f) {
            is_right = is_right && batch.cells.values[batch.cell[i] * 3 + f] == feature(row, f) &&
                       batch.drugs.values[batch.drug1[i] * 3 + f] == feature(row, 3 + f) &&
                       batch.drugs.values[batch.drug2[i] * 3 + f] == feature(row, 6 + f);
        }
    }
    return is_right;
}

}  // namespace

TEST_CASE_TEMPLATE("what is read ahead is what belongs there", T, float, double) {
    const example::Folder folder;
    const auto samples = make_set<T>(folder);
    SampleOrder order = order_of(*samples);
    for (const std::size_t batches : {0, 2, 5, 8}) {
        CAPTURE(batches);
        BatchFeed feed(*samples, order_of(*samples), batches * 20 * row_bytes);
        FeedPlace place{.position = 0, .size = 20, .stride = 50};
        const auto take = [&](int times) {
            for (int i = 0; i < times; ++i) {
                CHECK(is_right(feed.take(place), order, place));
                place.position += place.stride;
            }
        };
        take(23);              // more than a pass
        place.position = 130;  // back, as after a snapshot
        take(3);
        place = {.position = 999, .size = 7, .stride = 7};  // as after a change of the minibatch
        take(31);
        place.size = 20;
        take(1);
        place.size = 0;  // as of a seat without samples
        take(2);
    }
}

TEST_CASE("others may assemble batches meanwhile") {
    const example::Folder folder;
    const auto samples = make_set<float>(folder);
    SampleOrder order = order_of(*samples);
    BatchFeed feed(*samples, order_of(*samples), 6 * 20 * row_bytes);
    Batch own;
    for (std::uint64_t step = 0; step < 40; ++step) {
        const FeedPlace place{.position = 20 * step, .size = 20, .stride = 20};
        const Batch& batch = feed.take(place);
        {
            const auto held = feed.hold_samples();
            samples->assemble(std::array{std::uint32_t{4}, std::uint32_t{3}}, own);
        }
        CHECK(own.response[0] == 4.0F);
        CHECK(own.response[1] == 3.0F);
        CHECK(is_right(batch, order, place));
    }
}

TEST_CASE("a bad row shows in the group that holds it, and again when it is asked for again") {
    const example::Folder folder;
    SampleOrder order = order_of(*make_set<float>(folder));
    std::array<std::uint32_t, 1> bad{};
    order.draw(4 * 20 + 3, bad);  // in the fifth batch, which is in the third group
    const auto samples = make_set<float>(folder, bad[0]);
    BatchFeed feed(*samples, order_of(*samples), 4 * 20 * row_bytes);
    const auto take = [&](std::uint64_t batch) {
        return failure_of([&] {
            const FeedPlace place{.position = 20 * batch, .size = 20, .stride = 20};
            const bool is_as_wanted = is_right(feed.take(place), order, place);  // CHECK catches
            CHECK(is_as_wanted);
        });
    };
    for (std::uint64_t batch = 0; batch < 4; ++batch) { CHECK(take(batch) == "no error"); }
    for (int again = 0; again < 2; ++again) {
        CHECK(has(take(4), "/dense/features[" + std::to_string(bad[0]) + ",4]"));
    }
    CHECK(take(6) == "no error");
}
