#include "trainer/bf16/tile_ops.hpp"

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
using namespace ltfb::trainer::bf16;

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
    return block;
}

struct Tiles {
    explicit Tiles(std::size_t depth = 1) : memory(2 * depth * tile_values) {}

    [[nodiscard]] PanelPair pair() { return {memory.data(), memory.data() + memory.size() / 2}; }
    [[nodiscard]] std::vector<Value> copy() const {
        return {memory.data(), memory.data() + memory.size()};
    }
    AlignedArray<Value> memory;
};

/// Calls check(operations, plain loops) for each set of operations.
template <class Check>
void for_each_set(const Check& check) {
    const TileOps& plain = *all_tile_ops().back();
    REQUIRE(std::string(plain.name) == "portable");
    for (const TileOps* ops : all_tile_ops()) {
        const std::string name = ops->name;
        CAPTURE(name);
        check(*ops, plain);
    }
}

}  // namespace

TEST_CASE("values are rounded to nearest even, and lie where the format says") {
    const Block block = random_block(0);
    for_each_set([&](const TileOps& ops, const TileOps&) {
        Tiles left;
        Tiles right;
        ops.pack_left(block.values.data(), left.pair());
        ops.pack_right(block.values.data(), right.pair());
        for (std::size_t r = 0; r < side; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                const Value expected = to_bf16(block.at(r, c));
                const Value* row = r < 16 ? left.pair().first : left.pair().second;
                CHECK(row[r % 16 * 32 + c] == expected);
                const Value* column = c < 16 ? right.pair().first : right.pair().second;
                CHECK(column[(r / 2 * 16 + c % 16) * 2 + r % 2] == expected);
            }
        }
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
            AlignedArray<Value> left(2 * tile_values);
            AlignedArray<Value> right(4 * tile_values);  // panels of one tile
            ops.pack_row_pair({.even = even.data(),
                               .odd = second,
                               .columns = columns,
                               .left = left.data(),
                               .right = right.data(),
                               .right_stride = tile_values});
            ops.end();
            for (std::size_t c = 0; c < columns; ++c) {
                const Value first = to_bf16(even[c]);
                const Value other = second == nullptr ? Value{0} : to_bf16(odd[c]);
                CHECK(left.data()[c / 32 * tile_values + c % 32] == first);
                CHECK(left.data()[c / 32 * tile_values + 32 + c % 32] == other);
                CHECK(right.data()[c / 16 * tile_values + c % 16 * 2] == first);
                CHECK(right.data()[c / 16 * tile_values + c % 16 * 2 + 1] == other);
            }
        }
    });
}

TEST_CASE("transposing a tile of pairs twice gives it back; streaming copies it") {
    for_each_set([&](const TileOps& ops, const TileOps& plain) {
        Tiles tiles;
        ops.pack_left(random_block(1).values.data(), tiles.pair());
        Tiles once;
        Tiles expected;
        ops.transpose(tiles.pair().first, once.pair().first);
        plain.transpose(tiles.pair().first, expected.pair().first);
        CHECK(once.copy() == expected.copy());
        Tiles twice;
        ops.transpose(once.pair().first, twice.pair().first);
        Tiles streamed;
        ops.stream(tiles.pair().first, streamed.pair().first);
        ops.end();
        CHECK(std::equal(
            streamed.memory.data(), streamed.memory.data() + tile_values, twice.memory.data()));
    });
}

TEST_CASE("products add up in fp32, from zero or from what is there, with any stride") {
    constexpr std::size_t depth = 3;
    Tiles left(depth);
    Tiles right(depth);
    for (std::size_t i = 0; i < left.memory.size(); ++i) {
        left.memory.data()[i] = to_bf16(static_cast<float>(i % 13) - 6.0F);
        right.memory.data()[i] = to_bf16(static_cast<float>(i % 7) - 3.0F);
    }
    for_each_set([&](const TileOps& ops, const TileOps& plain) {
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
        Tiles right;
        ops.pack_right(block.data(), right.pair());
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
