#include "data/check_values.hpp"

#include <cmath>
#include <string_view>
#include <unordered_map>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace ltfb::data {

void require_some(std::size_t count, const std::string& place) {
    if (count == 0) { throw InputError(place + ": is empty (a set needs samples and features)"); }
}

void require_length(std::size_t length, std::size_t expected, const std::string& place) {
    if (length != expected) {
        throw InputError(fmt::format(
            "{}: has {} values where {} belong (the file is damaged)", place, length, expected));
    }
}

void require_positive(double value, const std::string& place) {
    if (!(value > 0.0) || !std::isfinite(value)) {
        throw InputError(fmt::format("{}: {} is not a positive number", place, value));
    }
}

void require_finite(std::span<const float> values,
                    const std::string& place,
                    std::size_t columns,
                    std::size_t first_row) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isfinite(values[i])) { continue; }
        const std::string position =
            columns == 0 ? fmt::format("{}", first_row + i)
                         : fmt::format("{},{}", first_row + i / columns, i % columns);
        throw InputError(
            fmt::format("{}[{}]: {} is not a finite number", place, position, values[i]));
    }
}

void require_indices(std::span<const std::int64_t> indices,
                     std::size_t rows,
                     const std::string& place) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
        if (indices[i] < 0 || indices[i] >= static_cast<std::int64_t>(rows)) {
            throw InputError(fmt::format(
                "{}[{}]: index {} is out of range (0 to {})", place, i, indices[i], rows - 1));
        }
    }
}

void require_digest(const std::string& said, std::uint64_t found, const std::string& place) {
    if (said.empty() || said == to_hex(found)) { return; }
    throw InputError(
        fmt::format("{}: says {} where the content gives {} (the file was changed or "
                    "damaged; import it again)",
                    place,
                    said,
                    to_hex(found)));
}

void require_unique(std::span<const std::string> names, const std::string& place) {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto [first, is_new] = seen.try_emplace(names[i], i);
        if (!is_new) {
            throw InputError(fmt::format(
                "{}[{}]: \"{}\" is already the name of row {}", place, i, names[i], first->second));
        }
    }
}

}  // namespace ltfb::data
