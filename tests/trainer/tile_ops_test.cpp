#include "trainer/blocked/tile_ops.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/aligned.hpp"
#include "core/rng.hpp"
#include "trainer/bf16_rounding.hpp"

using namespace ltfb;
using namespace ltfb::trainer;
using namespace ltfb::trainer::blocked;

namespace {

struct alignas(64) Block {
    std::array<float, block_values> values{};

    float* data() { return values.data(); }
    [[nodiscard]] float at(std::size_t r, std::size_t c) const { return values[r * side + c]; }
};

/// Random values, and those that are rounded in their own way.
Block random_block(std::uint32_t position) {
    Block block;
    Rng rng(3, Stream::test, {position, 0});
    for (float& value : block.values) { value = static_cast<float>(rng.normal()); }
    block.values[0] = std::numeric_limits<float>::quiet_NaN();
    block.values[1] = std::numeric_limits<float>::infinity();
    block.values[2] = -0.0F;
    block.values[3] = 1.00390625F;  // halfway between two: to the even one
    block.values[4] = 1.01171875F;
    block.values[5] = 1.00000012F;  // the last bit of a float
    block.values[6] = -16777215.0F;
    block.values[7] = 1.2345678e-30F;
    block.values[8] = 3.3e38F;
    return block;
}

/// Tiles for the operands of a set of operations.
struct Tiles {
    explicit Tiles(const TileOps& ops, std::size_t depth = 1)
        : memory(2 * depth * tile_values * ops.value_bytes), value_bytes(ops.value_bytes) {}

    [[nodiscard]] PanelPair pair() { return {memory.data(), memory.data() + memory.size() / 2}; }
    [[nodiscard]] std::vector<std::byte> copy() const {
        return {memory.data(), memory.data() + memory.size()};
    }
    /// The sum of a value's parts; value i of a row of 32, and row follows row.
    [[nodiscard]] float at(std::size_t i) const {
        const auto* row =
            reinterpret_cast<const std::uint16_t*>(memory.data() + i / side * side * value_bytes);
        float sum = 0.0F;
        for (std::size_t p = value_bytes / 2; p-- > 0;) {
            sum += from_bf16(row[p * side + i % side]);
        }
        return sum;
    }
    AlignedArray<std::byte> memory;
    std::size_t value_bytes;
};

/// What an operand makes of a value.
float rounded(const TileOps& ops, float value) {
    if (ops.precision == Precision::bf16) { return from_bf16(to_bf16(value)); }
    return std::isfinite(value) ? value : std::numeric_limits<float>::quiet_NaN();
}

bool is_same(float a, float b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

/// Where (row, column) lies in a tile of a right operand.
std::size_t in_right(std::size_t r, std::size_t c) {
    return (r / 2 * 16 + c) * 2 + r % 2;
}

/// Calls check(operations, plain loops) for each set of operations of both precisions.
template <class Check>
void for_each_set(const Check& check) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        const TileOps& plain = all_tile_ops(precision).back();
        REQUIRE(std::string(plain.name) == "portable");
        for (const TileOps& ops : all_tile_ops(precision)) {
            const std::string name = ops.name;
            CAPTURE(name);
            CAPTURE(ops.value_bytes);
            check(ops, plain);
        }
    }
}

}  // namespace

TEST_CASE("values are rounded to nearest even or kept, and lie where the format says") {
    const Block block = random_block(0);
    for_each_set([&](const TileOps& ops, const TileOps&) {
        Tiles left(ops);
        Tiles right(ops);
        Tiles single(ops);
        ops.pack_left(block.values.data(), left.pair());
        ops.pack_right(block.values.data(), right.pair());
        for (std::size_t r = 0; r < side; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                const float expected = rounded(ops, block.at(r, c));
                CHECK(is_same(left.at(r * 32 + c), expected));
                CHECK(is_same(right.at(c / 16 * tile_values + in_right(r, c % 16)), expected));
                const PanelPair tiles = single.pair();
                ops.put_right(block.at(r, c), r, c % 16, c < 16 ? tiles.first : tiles.second);
            }
        }
        CHECK(single.copy() == right.copy());
    });
    CHECK(from_bf16(to_bf16(1.00390625F)) == 1.0F);
    CHECK(from_bf16(to_bf16(1.01171875F)) == 1.015625F);
    CHECK(std::isnan(from_bf16(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST_CASE("rows in pairs are packed as blocks are") {
    constexpr std::size_t columns = 45;  // two blocks, the second in part
    std::vector<float> even(columns);
    std::vector<float> odd(columns);
    for (std::size_t c = 0; c < columns; ++c) {
        even[c] = static_cast<float>(c) + 0.3F;
        odd[c] = -static_cast<float>(c) - 0.7F;
    }
    for_each_set([&](const TileOps& ops, const TileOps&) {
        for (const float* second : std::array<const float*, 2>{odd.data(), nullptr}) {
            Tiles left(ops);
            Tiles right(ops, 2);  // panels of one tile
            ops.pack_row_pair({.even = even.data(),
                               .odd = second,
                               .columns = columns,
                               .left = left.memory.data(),
                               .right = right.memory.data(),
                               .right_stride_bytes = tile_values * ops.value_bytes});
            ops.end();
            for (std::size_t c = 0; c < columns; ++c) {
                const float first = rounded(ops, even[c]);
                const float other = second == nullptr ? 0.0F : rounded(ops, odd[c]);
                CHECK(left.at(c / 32 * tile_values + c % 32) == first);
                CHECK(left.at(c / 32 * tile_values + 32 + c % 32) == other);
                CHECK(right.at(c / 16 * tile_values + in_right(0, c % 16)) == first);
                CHECK(right.at(c / 16 * tile_values + in_right(1, c % 16)) == other);
            }
        }
    });
}

TEST_CASE("a transposed tile is the other operand's, and back; streaming copies it") {
    for_each_set([&](const TileOps& ops, const TileOps&) {
        Tiles tiles(ops);
        ops.pack_left(random_block(1).values.data(), tiles.pair());
        Tiles once(ops);
        ops.left_to_right(tiles.pair().first, once.pair().first);
        for (std::size_t r = 0; r < panel_width; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                CHECK(is_same(once.at(in_right(c, r)), tiles.at(r * side + c)));
            }
        }
        Tiles twice(ops);
        ops.right_to_left(once.pair().first, twice.pair().first);
        Tiles streamed(ops);
        ops.stream(tiles.pair().first, streamed.pair().first);
        ops.end();
        CHECK(streamed.copy() == twice.copy());
        CHECK(std::equal(streamed.memory.data(),
                         streamed.memory.data() + tile_values * ops.value_bytes,
                         tiles.memory.data()));
    });
}

TEST_CASE("products add up in fp32, from zero or from what is there, with any stride") {
    constexpr std::size_t depth = 7;
    for_each_set([&](const TileOps& ops, const TileOps& plain) {
        Tiles left(ops, depth);
        Tiles right(ops, depth);
        const auto whole_number = [](std::size_t i) { return static_cast<float>(i) - 3.0F; };
        for (std::size_t t = 0; t < 2 * depth; ++t) {
            for (std::size_t i = 0; i < tile_values; ++i) {
                std::byte* at = left.memory.data() + t * tile_values * ops.value_bytes;
                ops.put_right(whole_number((t + i) % 13), i / 16, i % 16, at);
                at += right.memory.data() - left.memory.data();
                ops.put_right(whole_number((2 * t + i) % 7), i / 16, i % 16, at);
            }
        }
        for (const std::size_t stride : {side, side + 16}) {
            AlignedArray<float> block(side * stride);
            AlignedArray<float> expected(side * stride);
            for (const Start start : {Start::from_zero, Start::from_block}) {
                const Product product{.left = left.pair(),
                                      .right = right.pair(),
                                      .depth = depth,
                                      .start = start,
                                      .block_stride = stride};
                ops.begin();
                ops.multiply(product, block.data());
                ops.end();
                plain.multiply(product, expected.data());
                // Sums of small whole numbers: exact in any order.
                CHECK(std::equal(block.data(), block.data() + block.size(), expected.data()));
            }
        }
    });
}

TEST_CASE("fp32 products are as exact as multiply-adds of floats") {
    constexpr std::size_t depth = 32;
    constexpr std::size_t length = depth * side;
    std::vector<float> x(side * length);  // by row
    std::vector<float> y(length * side);  // by row
    Rng rng(7, Stream::test, {0, 0});
    for (auto* values : {&x, &y}) {
        for (float& value : *values) { value = static_cast<float>(rng.normal()); }
    }
    /// Root mean square of the errors of a product.
    const auto error_of = [&](const TileOps& ops) {
        Tiles left(ops, depth);
        Tiles right(ops, depth);
        for (std::size_t t = 0; t < depth; ++t) {
            Block of_left;
            Block of_right;
            for (std::size_t r = 0; r < side; ++r) {
                std::copy_n(&x[r * length + t * side], side, &of_left.values[r * side]);
                std::copy_n(&y[(t * side + r) * side], side, &of_right.values[r * side]);
            }
            const std::size_t at = t * tile_values * ops.value_bytes;
            ops.pack_left(of_left.data(), {left.pair().first + at, left.pair().second + at});
            ops.pack_right(of_right.data(), {right.pair().first + at, right.pair().second + at});
        }
        Block block;
        ops.begin();
        ops.multiply({.left = left.pair(), .right = right.pair(), .depth = depth}, block.data());
        ops.end();
        double sum = 0.0;
        for (std::size_t r = 0; r < side; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                double exact = 0.0;
                for (std::size_t k = 0; k < length; ++k) {
                    exact += static_cast<double>(x[r * length + k]) *
                             static_cast<double>(y[k * side + c]);
                }
                const double error = static_cast<double>(block.at(r, c)) - exact;
                sum += error * error;
            }
        }
        return std::sqrt(sum / block_values);
    };
    const double of_floats = error_of(all_tile_ops(Precision::fp32).back());
    CHECK(of_floats < 1e-4);  // of sums of about 32
    for (const TileOps& ops : all_tile_ops(Precision::fp32)) {
        const std::string name = ops.name;
        CAPTURE(name);
        CHECK(error_of(ops) <= of_floats);
    }
}

TEST_CASE("activation keeps what is positive and kept, and NaN; the way back follows it") {
    std::array<float, side> bias{};
    std::array<std::uint32_t, 2 * side> keep{};
    for (std::size_t i = 0; i < side; ++i) {
        bias[i] = 0.1F * static_cast<float>(i) - 1.0F;
        keep[2 * i] = 0x9e3779b9U * static_cast<std::uint32_t>(i + 1);
    }
    for_each_set([&](const TileOps& ops, const TileOps& plain) {
        for (const std::size_t rows : {side, side - 5}) {
            const auto run = [&](const TileOps& which, std::array<std::uint32_t, side>& active) {
                Block block = random_block(2);
                which.activate({.bias = bias.data(),
                                .keep = {keep.data(), 2},
                                .active = {active.data(), 1},
                                .scale = 1.25F,
                                .rows = rows},
                               block.data());
                return block;
            };
            std::array<std::uint32_t, side> active{};
            std::array<std::uint32_t, side> expected_active{};
            const Block block = run(ops, active);
            const Block expected = run(plain, expected_active);
            CHECK(active == expected_active);
            for (std::size_t i = 1; i < block_values; ++i) {
                CHECK(block.values[i] == expected.values[i]);
            }
            CHECK(std::isnan(block.values[0]) == ((keep[0] & 1U) != 0));
            Block back = random_block(3);
            ops.deactivate({.active = {active.data(), 1}, .scale = 2.0F, .rows = rows},
                           back.data());
            const Block before = random_block(3);
            for (std::size_t i = 1; i < block_values; ++i) {
                const bool is_active = ((active[i / side] >> (i % side)) & 1U) != 0;
                CHECK(back.values[i] == (is_active ? 2.0F * before.values[i] : 0.0F));
            }
        }
    });
}

TEST_CASE("outer products, sums of columns and bits of lots") {
    std::array<float, side> x{};
    std::array<float, side> y{};
    std::vector<std::uint16_t> lots(3 * side);
    for (std::size_t i = 0; i < side; ++i) {
        x[i] = static_cast<float>(i);
        y[i] = 2.0F - static_cast<float>(i);
    }
    for (std::size_t i = 0; i < lots.size(); ++i) {
        lots[i] = static_cast<std::uint16_t>(i * 40503U);
    }
    for_each_set([&](const TileOps& ops, const TileOps& plain) {
        Block block{};
        ops.add_outer(x.data(), y.data(), block.data());
        CHECK(block.at(5, 7) == 5.0F * -5.0F);
        CHECK(block.at(31, 0) == 62.0F);
        Tiles right(ops);
        ops.pack_right(block.data(), right.pair());
        const PanelPair right_pair = right.pair();
        CHECK(ops.dot(right_pair.first, 1, x.data()) ==
              doctest::Approx(plain.dot(right_pair.first, 1, x.data())).epsilon(1e-5));
        std::array<float, panel_width> sums{};
        std::array<float, panel_width> expected{};
        ops.sum_columns(right.pair().second, 1, x.data(), sums.data());
        plain.sum_columns(right.pair().second, 1, x.data(), expected.data());
        for (std::size_t c = 0; c < panel_width; ++c) {
            CHECK(sums[c] == doctest::Approx(expected[c]).epsilon(1e-5));
        }
        std::array<std::uint32_t, 3> bits{};
        ops.keep_bits(lots.data(), bits.size(), 3277, bits.data());
        for (std::size_t i = 0; i < lots.size(); ++i) {
            CHECK(((bits[i / 32] >> (i % 32)) & 1U) == (lots[i] >= 3277 ? 1U : 0U));
        }
    });
}
