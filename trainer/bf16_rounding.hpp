#pragma once

#include <bit>
#include <cstdint>

namespace ltfb::trainer {

/// The bits of the bfloat16 number (a float's upper half) nearest to `number`, ties to even; NaN
/// stays NaN.
inline std::uint16_t to_bf16(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    const bool is_nan = (bits & 0x7fffffffU) > 0x7f800000U;
    if (is_nan) { return static_cast<std::uint16_t>((bits >> 16U) | 0x40U); }
    return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

inline float from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace ltfb::trainer
