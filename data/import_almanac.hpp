#pragma once

#include <string>
#include <string_view>

#include "data/factored_set.hpp"

namespace ltfb::data {

/// What is to be predicted. In all, g is the mean over replicates of (CELLNAME, NSC1, NSC2, CONC1,
/// CONC2), and the response is divided by 100.
enum class AlmanacTarget {
    min_growth,   // least PERCENTGROWTH over the dose pairs of a (cell, drug, drug) triple
    mean_growth,  // its mean over the dose pairs
    dose_growth,  // PERCENTGROWTH of each dose pair; doses are inputs
    combo_score,  // sum of SCORE over the dose pairs: NCI's ComboScore; pairs only
};

/// Throws InputError for anything but "min-growth", "mean-growth", "dose-growth", "combo-score".
AlmanacTarget parse_target(std::string_view text);

/// Files in the official NCI-ALMANAC and CANDLE layouts.
struct AlmanacImport {
    std::string growth;        // ComboDrugGrowth
    std::string expression;    // Sample, then a column a gene
    std::string descriptors;   // NAME ("NSC.<number>"), then a column a descriptor
    std::string cellname_map;  // Name (as CELLNAME) -> NCI60.ID (as Sample)
    std::string target = "min-growth";
};

/// Throws InputError.
FactoredSet import_almanac(const AlmanacImport& from);

}  // namespace ltfb::data
