#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/name_index.hpp"

namespace ltfb::data {

/// Which value of the NCI-ALMANAC growth file is averaged.
enum class GrowthValue { percent_growth, score };

/// Mean over the replicates of (cell, drug 1, drug 2, concentration 1, concentration 2), in 24
/// bytes: the official file has millions.
class DosePoint {
public:
    DosePoint(std::uint32_t cell, std::uint32_t drug1, std::uint32_t drug2)
        : triple_((std::uint64_t{cell} << 44U) | (std::uint64_t{drug1} << 22U) | drug2) {}
    DosePoint& at(std::uint32_t conc1, std::uint32_t conc2, double value) {
        doses_ = (std::uint64_t{conc1} << 32U) | conc2;
        mean = value;
        return *this;
    }

    // Names of the growth file, by index.
    [[nodiscard]] std::uint32_t cell() const { return static_cast<std::uint32_t>(triple_ >> 44U); }
    [[nodiscard]] std::uint32_t drug1() const {
        return static_cast<std::uint32_t>(triple_ >> 22U) & (most_drugs - 1);
    }
    [[nodiscard]] std::uint32_t drug2() const {
        return static_cast<std::uint32_t>(triple_) & (most_drugs - 1);
    }
    [[nodiscard]] std::uint32_t conc1() const { return static_cast<std::uint32_t>(doses_ >> 32U); }
    [[nodiscard]] std::uint32_t conc2() const { return static_cast<std::uint32_t>(doses_); }
    [[nodiscard]] bool is_same_triple(const DosePoint& other) const {
        return triple_ == other.triple_;
    }
    [[nodiscard]] bool is_same_point(const DosePoint& other) const {
        return triple_ == other.triple_ && doses_ == other.doses_;
    }
    /// By triple, then doses, then value: sums do not depend on the order of the file's rows.
    bool operator<(const DosePoint& other) const {
        if (triple_ != other.triple_) { return triple_ < other.triple_; }
        return doses_ != other.doses_ ? doses_ < other.doses_ : mean < other.mean;
    }

    static constexpr std::uint32_t most_cells = 1U << 20U;
    static constexpr std::uint32_t most_drugs = 1U << 22U;

    double mean = 0.0;

private:
    std::uint64_t triple_;
    std::uint64_t doses_ = 0;
};

/// What a growth file says: one point for each dose pair, ordered by triple.
struct GrowthTable {
    NameIndex cells;           // CELLNAME
    NameIndex drugs;           // NSC1, NSC2
    NameIndex concentrations;  // as written, mol/l
    std::vector<DosePoint> points;
    std::uint64_t rows = 0;
    std::uint64_t invalid = 0;        // VALID is not "Y"
    std::uint64_t without_value = 0;  // the value is missing
    std::uint64_t single_agent = 0;   // left out: a score needs two drugs
};

/// Streams an NCI-ALMANAC ComboDrugGrowth file (columns by name). Rows with VALID other than "Y"
/// are skipped; a missing NSC2 or CONC2 copies drug 1; concentrations are compared as written and
/// must be positive numbers. Throws InputError.
GrowthTable read_growth(const std::string& path, GrowthValue value);

}  // namespace ltfb::data
