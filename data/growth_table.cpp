#include "data/growth_table.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "data/numbers.hpp"
#include "data/table_reader.hpp"

namespace ltfb::data {

namespace {

class GrowthReader {
public:
    GrowthReader(const std::string& path, GrowthValue value)
        : table_(path, TableReader::Header::present),
          needs_pair_(value == GrowthValue::score),
          cell_(table_.column("CELLNAME")),
          nsc1_(table_.column("NSC1")),
          nsc2_(table_.column("NSC2")),
          conc1_(table_.column("CONC1")),
          conc2_(table_.column("CONC2")),
          valid_(table_.column("VALID")),
          value_(table_.column(needs_pair_ ? "SCORE" : "PERCENTGROWTH")) {}

    void read_into(GrowthTable& growth) {
        while (table_.next()) {
            ++growth.rows;
            if (table_.field(valid_) != "Y") {
                ++growth.invalid;
            } else if (needs_pair_ && is_missing(table_.field(nsc2_))) {
                ++growth.single_agent;
            } else if (const auto value = table_.number_or_missing(value_); value) {
                growth.points.push_back(point(growth, *value));
            } else {
                ++growth.without_value;
            }
        }
    }

private:
    DosePoint point(GrowthTable& growth, double value) const {
        const auto cell = index(growth.cells, cell_, DosePoint::most_cells);
        const auto drug1 = index(growth.drugs, nsc1_, DosePoint::most_drugs);
        const auto conc1 = concentration(growth.concentrations, conc1_);
        const bool is_single = is_missing(table_.field(nsc2_));
        const auto drug2 = is_single ? drug1 : index(growth.drugs, nsc2_, DosePoint::most_drugs);
        const auto conc2 = is_single || is_missing(table_.field(conc2_))
                               ? conc1
                               : concentration(growth.concentrations, conc2_);
        return DosePoint(cell, drug1, drug2).at(conc1, conc2, value);
    }

    std::uint32_t index(NameIndex& names, std::size_t column, std::uint32_t most) const {
        if (table_.field(column).empty()) { table_.fail(column, "is empty (a name belongs here)"); }
        const std::uint32_t index = names.index_of(table_.field(column));
        if (index >= most) { table_.fail(column, "holds too many different names"); }
        return index;
    }

    std::uint32_t concentration(NameIndex& names, std::size_t column) const {
        const std::size_t known = names.names().size();
        const std::uint32_t index = names.index_of(table_.field(column));
        if (index == known && !(table_.number(column) > 0.0)) {
            table_.fail(column,
                        in_quotes(table_.field(column)) + " is not a positive concentration");
        }
        return index;
    }

    TableReader table_;
    bool needs_pair_;
    std::size_t cell_;
    std::size_t nsc1_;
    std::size_t nsc2_;
    std::size_t conc1_;
    std::size_t conc2_;
    std::size_t valid_;
    std::size_t value_;
};

// Sorts, and replaces the replicates of each point by one with their mean.
void average_replicates(std::vector<DosePoint>& points) {
    std::sort(points.begin(), points.end());
    auto out = points.begin();
    for (auto first = points.begin(); first != points.end();) {
        double sum = 0.0;
        auto last = first;
        for (; last != points.end() && last->is_same_point(*first); ++last) { sum += last->mean; }
        *out = *first;
        out->mean = sum / static_cast<double>(last - first);
        ++out;
        first = last;
    }
    points.erase(out, points.end());
}

}  // namespace

GrowthTable read_growth(const std::string& path, GrowthValue value) {
    GrowthTable growth;
    GrowthReader(path, value).read_into(growth);
    if (growth.points.empty()) {
        throw InputError(path + ": has no row with VALID \"Y\" and a value (nothing to import)");
    }
    average_replicates(growth.points);
    return growth;
}

}  // namespace ltfb::data
