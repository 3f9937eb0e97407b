#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/digest.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// Digest of the elements of an array or vector.
template <class Range>
std::uint64_t digest_values(const Range& values) noexcept {
    return digest_of(std::span<const typename Range::value_type>(values));
}

/// The key of a sample of these entities; its group is the same for either order of the drugs.
inline SampleKey make_key(std::uint64_t cell, std::uint64_t drug1, std::uint64_t drug2) {
    const std::array members{cell, std::min(drug1, drug2), std::max(drug1, drug2)};
    return {.group = digest_values(members), .cell = cell, .drug1 = drug1, .drug2 = drug2};
}

}  // namespace ltfb::data
