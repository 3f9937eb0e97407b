#include "data/raw_features.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "core/error.hpp"
#include "data/numbers.hpp"
#include "data/table_reader.hpp"

namespace ltfb::data {

namespace {

struct Column {
    double mean = 0.0;
    double sd = 0.0;  // 0: constant
    std::size_t present = 0;
};

// The deviations are summed around the mean, since features may be large and alike. Imputed
// values lie at the mean: they add to the count alone.
Column statistics_of(const RawFeatures& raw, std::size_t c) {
    Column column;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    double sum = 0.0;
    const auto for_each_present = [&](const auto& visit) {
        for (std::size_t i = c; i < raw.values.size(); i += raw.columns()) {
            if (!std::isnan(raw.values[i])) { visit(raw.values[i]); }
        }
    };
    for_each_present([&](double value) {
        low = std::min(low, value);
        high = std::max(high, value);
        sum += value;
        ++column.present;
    });
    if (column.present == 0) { return column; }
    if (low == high) {  // exact, where a computed sd would be rounding noise
        column.mean = low;
        return column;
    }
    column.mean = sum / static_cast<double>(column.present);
    double squares = 0.0;
    for_each_present(
        [&](double value) { squares += (value - column.mean) * (value - column.mean); });
    column.sd = std::sqrt(squares / static_cast<double>(raw.names.size()));
    if (!std::isfinite(column.sd)) {
        throw InputError("feature column " + in_quotes(raw.feature_names[c]) +
                         ": numbers are too large to be standardised (leave the column out)");
    }
    return column;
}

}  // namespace

RawFeatures read_features(const std::string& path,
                          const std::string& name_column,
                          const std::function<bool(std::string_view)>& is_wanted) {
    TableReader table(path, TableReader::Header::present);
    const std::size_t names = name_column.empty() ? 0 : table.column(name_column);
    RawFeatures raw;
    for (std::size_t c = 0; c < table.header().size(); ++c) {
        if (c != names) { raw.feature_names.push_back(table.header()[c]); }
    }
    if (raw.feature_names.empty()) {
        throw InputError(path + ":1: has no feature columns (is it comma or tab separated?)");
    }
    std::unordered_set<std::string> seen;
    std::vector<double> row(raw.columns());
    while (table.next()) {
        for (std::size_t c = 0, f = 0; c < table.width(); ++c) {
            if (c == names) { continue; }
            row[f++] =
                table.number_or_missing(c).value_or(std::numeric_limits<double>::quiet_NaN());
        }
        const std::string name(table.field(names));
        if (name.empty()) { table.fail(names, "is empty (a name belongs here)"); }
        if (!seen.insert(name).second) { table.fail(names, in_quotes(name) + " appears twice"); }
        if (!is_wanted(name)) { continue; }
        raw.names.push_back(name);
        raw.values.insert(raw.values.end(), row.begin(), row.end());
    }
    return raw;
}

FeatureTable standardise(const RawFeatures& raw, Standardisation& done) {
    FeatureTable table;
    table.names = raw.names;
    std::vector<std::size_t> kept;
    for (std::size_t c = 0; c < raw.columns(); ++c) {
        const Column column = statistics_of(raw, c);
        if (column.present == 0) {
            done.all_missing.push_back(raw.feature_names[c]);
            continue;
        }
        kept.push_back(c);
        table.feature_names.push_back(raw.feature_names[c]);
        table.mean.push_back(column.mean);
        table.sd.push_back(column.sd);
        done.imputed += raw.names.size() - column.present;
        done.constant += column.sd == 0.0 ? 1 : 0;
    }
    if (kept.empty()) {
        throw InputError("feature columns: all are missing (nothing to learn from)");
    }
    table.features.reserve(raw.names.size() * kept.size());
    for (std::size_t r = 0; r < raw.names.size(); ++r) {
        for (std::size_t f = 0; f < kept.size(); ++f) {
            const double value = raw.values[r * raw.columns() + kept[f]];
            const bool is_zero = std::isnan(value) || table.sd[f] == 0.0;
            table.features.push_back(
                is_zero ? 0.0F : static_cast<float>((value - table.mean[f]) / table.sd[f]));
        }
    }
    return table;
}

}  // namespace ltfb::data
