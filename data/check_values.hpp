#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ltfb::data {

// What every data set must satisfy. `place` is "<file>: <dataset>"; all throw InputError that
// names the place, the position and the offending value.

void require_some(std::size_t count, const std::string& place);
void require_length(std::size_t length, std::size_t expected, const std::string& place);
void require_positive(double value, const std::string& place);
/// `columns`: 0 for a vector, otherwise positions are given as [row,column].
void require_finite(std::span<const float> values,
                    const std::string& place,
                    std::size_t columns = 0,
                    std::size_t first_row = 0);
/// Every index in {0, ..., rows - 1}.
void require_indices(std::span<const std::int64_t> indices,
                     std::size_t rows,
                     const std::string& place);
/// `said`: the digest that the file gives for its content; empty: none.
void require_digest(const std::string& said, std::uint64_t found, const std::string& place);
void require_unique(std::span<const std::string> names, const std::string& place);

}  // namespace ltfb::data
