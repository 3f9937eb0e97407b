#include "data/screen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include <fmt/core.h>

#include "core/error.hpp"
#include "data/numbers.hpp"

namespace ltfb::data {

namespace {

constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();

// The entities of one kind: which row of the raw table each name has, and which are used.
class Entities {
public:
    Entities(const std::vector<std::string>& names, const RawFeatures& raw)
        : raw_(raw), is_used_(raw.names.size()) {
        std::unordered_map<std::string_view, std::uint32_t> rows;
        for (std::uint32_t r = 0; r < raw.names.size(); ++r) { rows.emplace(raw.names[r], r); }
        for (const std::string& name : names) {
            const auto found = rows.find(name);
            row_.push_back(found == rows.end() ? absent : found->second);
        }
    }

    [[nodiscard]] bool has_features(std::uint32_t entity) const { return row_[entity] != absent; }
    void use(std::uint32_t entity) { is_used_[row_[entity]] = true; }

    // The used rows, ordered by name; afterwards `position` is valid.
    RawFeatures select() {
        std::vector<std::uint32_t> order;
        for (std::uint32_t r = 0; r < is_used_.size(); ++r) {
            if (is_used_[r]) { order.push_back(r); }
        }
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return raw_.names[a] < raw_.names[b];
        });
        RawFeatures selected{.names = {}, .feature_names = raw_.feature_names, .values = {}};
        position_.assign(is_used_.size(), absent);
        for (const std::uint32_t r : order) {
            position_[r] = static_cast<std::uint32_t>(selected.names.size());
            selected.names.push_back(raw_.names[r]);
            const double* const row = raw_.values.data() + r * raw_.columns();
            selected.values.insert(selected.values.end(), row, row + raw_.columns());
        }
        return selected;
    }
    [[nodiscard]] std::uint32_t position(std::uint32_t entity) const {
        return position_[row_[entity]];
    }

private:
    const RawFeatures& raw_;
    std::vector<std::uint32_t> row_;       // by entity
    std::vector<bool> is_used_;            // by row
    std::vector<std::uint32_t> position_;  // by row
};

[[noreturn]] void fail_empty(const Screen& screen, const JoinReport& report) {
    const auto first = [](const auto& dropped) {
        return dropped.empty() ? std::string("none") : in_quotes(dropped.begin()->first);
    };
    throw InputError(
        fmt::format("no sample is left: of {} samples none has features for its cell "
                    "and drugs; first cell without: {}, first drug without: {} (do "
                    "the names in both files agree?)",
                    screen.response.size(),
                    first(report.dropped_cells),
                    first(report.dropped_drugs)));
}

// Whether all entities of the sample have features; counts the sample for each that has not.
bool is_complete(const Screen& screen,
                 std::size_t s,
                 const Entities& cells,
                 const Entities& drugs,
                 JoinReport& report) {
    bool complete = true;
    const auto count = [&](auto& dropped, const std::string& name) {
        ++dropped[name];
        complete = false;
    };
    const std::uint32_t drug1 = screen.drug1[s];
    const std::uint32_t drug2 = screen.drug2[s];
    if (!cells.has_features(screen.cell[s])) {
        count(report.dropped_cells, screen.cells[screen.cell[s]]);
    }
    if (!drugs.has_features(drug1)) { count(report.dropped_drugs, screen.drugs[drug1]); }
    if (drug2 != drug1 && !drugs.has_features(drug2)) {
        count(report.dropped_drugs, screen.drugs[drug2]);
    }
    return complete;
}

}  // namespace

FactoredSet join(const Screen& screen,
                 const RawFeatures& cells,
                 const RawFeatures& drugs,
                 JoinReport& report) {
    Entities cell_rows(screen.cells, cells);
    Entities drug_rows(screen.drugs, drugs);
    std::vector<std::size_t> kept;
    for (std::size_t s = 0; s < screen.response.size(); ++s) {
        if (!is_complete(screen, s, cell_rows, drug_rows, report)) { continue; }
        kept.push_back(s);
        cell_rows.use(screen.cell[s]);
        drug_rows.use(screen.drug1[s]);
        drug_rows.use(screen.drug2[s]);
    }
    report.dropped_samples = screen.response.size() - kept.size();
    if (kept.empty()) { fail_empty(screen, report); }

    FactoredSet set;
    set.cells = standardise(cell_rows.select(), report.cells);
    set.drugs = standardise(drug_rows.select(), report.drugs);
    for (const std::size_t s : kept) {
        set.cell.push_back(cell_rows.position(screen.cell[s]));
        set.drug1.push_back(drug_rows.position(screen.drug1[s]));
        set.drug2.push_back(drug_rows.position(screen.drug2[s]));
        set.response.push_back(screen.response[s]);
        if (screen.dose1.empty()) { continue; }
        set.dose1.push_back(screen.dose1[s]);
        set.dose2.push_back(screen.dose2[s]);
    }
    if (set.has_dose()) { set.dose_scale = dose_scale_of(set); }
    return set;
}

float to_dose(double molar) {
    return static_cast<float>(-std::log10(molar));
}

}  // namespace ltfb::data
