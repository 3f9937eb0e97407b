#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/factored_set.hpp"

namespace ltfb::data {

/// Feature rows as a table gives them.
struct RawFeatures {
    std::vector<std::string> names;          // [rows], unique
    std::vector<std::string> feature_names;  // [columns]
    std::vector<double> values;              // [rows x columns], NaN where missing

    [[nodiscard]] std::size_t columns() const noexcept { return feature_names.size(); }
};

/// Reads a feature table: the column `name_column` (the first where empty) holds names, all others
/// numbers. Every row is checked, those are kept whose name `is_wanted`. Throws InputError.
RawFeatures read_features(const std::string& path,
                          const std::string& name_column,
                          const std::function<bool(std::string_view)>& is_wanted);

/// What `standardise` did, for the record.
struct Standardisation {
    std::vector<std::string> all_missing;  // columns left out
    std::size_t constant = 0;              // columns that became 0
    std::size_t imputed = 0;               // values
};

/// Leaves out columns without any value, replaces missing values by the column's mean, and scales
/// to mean 0 and population standard deviation 1 over the given rows; a constant column becomes 0.
/// Throws InputError where no column is left or a column's numbers are too large.
FeatureTable standardise(const RawFeatures& raw, Standardisation& done);

}  // namespace ltfb::data
