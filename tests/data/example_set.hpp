#pragma once

#include <string>

#include <fmt/core.h>

#include "data/factored_set.hpp"
#include "data/output.hpp"

namespace example {

/// Feature f of row r is 100 r + f: a value says where it came from.
inline ltfb::data::FeatureTable make_table(const std::string& kind, int rows, int columns) {
    ltfb::data::FeatureTable table;
    for (int r = 0; r < rows; ++r) {
        table.names.push_back(kind + std::to_string(r));
        for (int f = 0; f < columns; ++f) {
            table.features.push_back(static_cast<float>(100 * r + f));
        }
    }
    for (int f = 0; f < columns; ++f) { table.feature_names.push_back(fmt::format("f{}", f)); }
    table.mean.assign(static_cast<std::size_t>(columns), 0.0);
    table.sd.assign(static_cast<std::size_t>(columns), 1.0);
    return table;
}

/// 5 cells x 3, 7 drugs x 2, all pairs (25 a cell dropped), response 1000 cell + 10 drug1 + drug2.
inline ltfb::data::FactoredSet make_set(bool with_dose) {
    ltfb::data::FactoredSet set;
    set.cells = make_table("cell", 5, 3);
    set.drugs = make_table("drug", 7, 2);
    for (std::uint32_t c = 0; c < 5; ++c) {
        for (std::uint32_t a = 0; a < 7; ++a) {
            for (std::uint32_t b = a; b < 7; ++b) {
                set.cell.push_back(c);
                set.drug1.push_back(a);
                set.drug2.push_back(b);
                set.response.push_back(static_cast<float>(1000 * c + 10 * a + b));
                if (!with_dose) { continue; }
                set.dose1.push_back(static_cast<float>(5 + a % 3));
                set.dose2.push_back(static_cast<float>(5 + b % 3));
            }
        }
    }
    if (with_dose) { set.dose_scale = dose_scale_of(set); }
    set.provenance = "{}";
    return set;
}

inline void write(const std::string& path, const ltfb::data::FactoredSet& set) {
    ltfb::data::Output output(path, ltfb::data::Overwrite::yes);
    write_factored(output.file(), set);
    output.keep();
}

}  // namespace example
