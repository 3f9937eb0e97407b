#include "core/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ltfb {

namespace {

// Wagner and Fischer 1974, one row of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view mistyped, std::span<const std::string> known) {
    std::string best;
    std::size_t fewest = mistyped.size() / 3 + 1;
    for (const std::string& name : known) {
        const std::size_t needed = distance(mistyped, name);
        if (needed >= fewest) { continue; }
        fewest = needed;
        best = name;
    }
    return best;
}

}  // namespace ltfb
