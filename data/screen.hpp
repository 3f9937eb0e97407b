#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/factored_set.hpp"
#include "data/raw_features.hpp"

namespace ltfb::data {

/// What a response file says, before features are looked up.
struct Screen {
    std::vector<std::string> cells;  // names as the feature table writes them
    std::vector<std::string> drugs;
    std::vector<std::uint32_t> cell;  // [samples] index into `cells`
    std::vector<std::uint32_t> drug1;
    std::vector<std::uint32_t> drug2;
    std::vector<float> response;
    std::vector<float> dose1;  // -log10(molar); empty: no doses
    std::vector<float> dose2;
};

/// What was left out when a screen met its features, and what became of the features.
struct JoinReport {
    std::uint64_t dropped_samples = 0;
    std::map<std::string, std::uint64_t> dropped_cells;  // without features: samples lost
    std::map<std::string, std::uint64_t> dropped_drugs;
    Standardisation cells;
    Standardisation drugs;
};

/// The set of all samples whose cell and drugs have features, in the screen's order. Its entities
/// are those that occur in a sample, ordered by name; features are standardised over them. Throws
/// InputError where no sample is left.
FactoredSet join(const Screen& screen,
                 const RawFeatures& cells,
                 const RawFeatures& drugs,
                 JoinReport& report);

/// -log10 of a concentration in mol/l, which must be positive.
float to_dose(double molar);

}  // namespace ltfb::data
