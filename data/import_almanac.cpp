#include "data/import_almanac.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "data/growth_table.hpp"
#include "data/numbers.hpp"
#include "data/provenance.hpp"
#include "data/screen.hpp"
#include "data/table_reader.hpp"

namespace ltfb::data {

namespace {

constexpr std::array<std::pair<std::string_view, AlmanacTarget>, 4> targets{{
    {"min-growth", AlmanacTarget::min_growth},
    {"mean-growth", AlmanacTarget::mean_growth},
    {"dose-growth", AlmanacTarget::dose_growth},
    {"combo-score", AlmanacTarget::combo_score},
}};

std::unordered_map<std::string, std::string> read_cellname_map(const std::string& path) {
    TableReader table(path, TableReader::Header::present);
    const std::size_t name = table.column("Name");
    const std::size_t id = table.column("NCI60.ID");
    std::unordered_map<std::string, std::string> ids;
    while (table.next()) {
        if (table.field(name).empty() || table.field(id).empty()) { continue; }
        const auto [known, is_new] = ids.emplace(table.field(name), table.field(id));
        if (!is_new && known->second != table.field(id)) {
            table.fail(name, in_quotes(table.field(name)) + " appears twice, with different ids");
        }
    }
    return ids;
}

using Points = std::span<const DosePoint>;

// `points` are all dose pairs of one triple.
double response_of(Points points, AlmanacTarget target) {
    double sum = 0.0;
    double least = points.front().mean;
    for (const DosePoint& point : points) {
        sum += point.mean;
        least = std::min(least, point.mean);
    }
    switch (target) {
        case AlmanacTarget::min_growth:
            return least;
        case AlmanacTarget::mean_growth:
            return sum / static_cast<double>(points.size());
        default:
            return sum;
    }
}

void add_sample(Screen& screen, const DosePoint& point, double percent) {
    screen.cell.push_back(point.cell());
    screen.drug1.push_back(point.drug1());
    screen.drug2.push_back(point.drug2());
    screen.response.push_back(static_cast<float>(percent / 100.0));
}

// Samples of the target; entities are named as the feature tables name them, a cell that the map
// lacks as the growth file does.
Screen make_screen(const GrowthTable& growth,
                   const std::unordered_map<std::string, std::string>& ids,
                   AlmanacTarget target) {
    Screen screen;
    for (const std::string& cell : growth.cells.names()) {
        const auto id = ids.find(cell);
        screen.cells.push_back(id == ids.end() ? cell : id->second);
    }
    for (const std::string& nsc : growth.drugs.names()) { screen.drugs.push_back("NSC." + nsc); }

    if (target == AlmanacTarget::dose_growth) {
        std::vector<float> doses;
        for (const std::string& text : growth.concentrations.names()) {
            doses.push_back(to_dose(*parse_number(text)));
        }
        for (const DosePoint& point : growth.points) {
            add_sample(screen, point, point.mean);
            screen.dose1.push_back(doses[point.conc1()]);
            screen.dose2.push_back(doses[point.conc2()]);
        }
        return screen;
    }
    const Points points(growth.points);
    for (std::size_t begin = 0, end = 0; begin < points.size(); begin = end) {
        while (end < points.size() && points[end].is_same_triple(points[begin])) { ++end; }
        add_sample(screen, points[begin], response_of(points.subspan(begin, end - begin), target));
    }
    return screen;
}

RawFeatures read_named(const std::string& path,
                       const std::string& name_column,
                       const std::vector<std::string>& names) {
    const std::unordered_set<std::string> wanted(names.begin(), names.end());
    return read_features(path, name_column, [&](std::string_view name) {
        return wanted.contains(std::string(name));
    });
}

}  // namespace

AlmanacTarget parse_target(std::string_view text) {
    const auto* const found = std::find_if(
        targets.begin(), targets.end(), [&](const auto& target) { return target.first == text; });
    if (found == targets.end()) {
        throw InputError("--target " + in_quotes(text) +
                         ": unknown (min-growth, mean-growth, dose-growth or combo-score)");
    }
    return found->second;
}

FactoredSet import_almanac(const AlmanacImport& from) {
    const AlmanacTarget target = parse_target(from.target);
    const auto ids = read_cellname_map(from.cellname_map);
    const GrowthTable growth = read_growth(
        from.growth,
        target == AlmanacTarget::combo_score ? GrowthValue::score : GrowthValue::percent_growth);
    const Screen screen = make_screen(growth, ids, target);
    JoinReport report;
    FactoredSet set = join(screen,
                           read_named(from.expression, "Sample", screen.cells),
                           read_named(from.descriptors, "NAME", screen.drugs),
                           report);

    Json provenance = provenance_of("import-almanac",
                                    {{"target", from.target}},
                                    {{"growth", from.growth},
                                     {"expression", from.expression},
                                     {"descriptors", from.descriptors},
                                     {"cellname-map", from.cellname_map}});
    provenance["rows"] = {{"read", growth.rows},
                          {"invalid", growth.invalid},
                          {"without_value", growth.without_value},
                          {"single_agent_left_out", growth.single_agent}};
    provenance["dropped"] = dropped_json(report);
    provenance["standardisation"] = standardisation_json(report);
    set.provenance = to_text(provenance);
    return set;
}

}  // namespace ltfb::data
