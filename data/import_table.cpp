#include "data/import_table.hpp"

#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "data/name_index.hpp"
#include "data/numbers.hpp"
#include "data/provenance.hpp"
#include "data/screen.hpp"
#include "data/table_reader.hpp"

namespace ltfb::data {

namespace {

std::string_view name_in(const TableReader& table, std::size_t column) {
    if (table.field(column).empty()) { table.fail(column, "is empty (a name belongs here)"); }
    return table.field(column);
}

float dose_in(const TableReader& table, std::size_t column) {
    const double molar = table.number(column);
    if (!(molar > 0.0)) {
        table.fail(column,
                   in_quotes(table.field(column)) + " is not a positive concentration (mol/l)");
    }
    return to_dose(molar);
}

struct Columns {
    Columns(const TableReader& table, const TableImport& from)
        : cell(table.column(from.cell)),
          drug1(table.column(from.drug1)),
          drug2(table.column(from.drug2)),
          response(table.column(from.response)) {
        if (from.dose1.empty()) { return; }
        dose1 = table.column(from.dose1);
        dose2 = table.column(from.dose2);
    }

    std::size_t cell;
    std::size_t drug1;
    std::size_t drug2;
    std::size_t response;
    std::optional<std::size_t> dose1;
    std::optional<std::size_t> dose2;
};

// Reads the triples; returns how many rows had no response.
std::uint64_t read_triples(const TableImport& from,
                           Screen& screen,
                           NameIndex& cells,
                           NameIndex& drugs) {
    TableReader table(from.triples, TableReader::Header::present);
    const Columns column(table, from);
    std::uint64_t without_response = 0;
    while (table.next()) {
        const auto response = table.number_or_missing(column.response);
        if (!response) {
            ++without_response;
            continue;
        }
        screen.response.push_back(static_cast<float>(*response));
        if (!std::isfinite(screen.response.back())) { table.fail(column.response, "is too large"); }
        screen.cell.push_back(cells.index_of(name_in(table, column.cell)));
        screen.drug1.push_back(drugs.index_of(name_in(table, column.drug1)));
        screen.drug2.push_back(table.field(column.drug2).empty()
                                   ? screen.drug1.back()
                                   : drugs.index_of(table.field(column.drug2)));
        if (!column.dose1) { continue; }
        screen.dose1.push_back(dose_in(table, *column.dose1));
        screen.dose2.push_back(is_missing(table.field(*column.dose2))
                                   ? screen.dose1.back()
                                   : dose_in(table, *column.dose2));
    }
    if (screen.response.empty()) { throw InputError(from.triples + ": has no samples"); }
    screen.cells = cells.names();
    screen.drugs = drugs.names();
    return without_response;
}

}  // namespace

FactoredSet import_table(const TableImport& from) {
    if (from.dose1.empty() != from.dose2.empty()) {
        throw InputError("--dose1 and --dose2 belong together (give both or none)");
    }
    Screen screen;
    NameIndex cells;
    NameIndex drugs;
    const std::uint64_t without_response = read_triples(from, screen, cells, drugs);
    const auto cell_features =
        read_features(from.cells, "", [&](std::string_view name) { return cells.has(name); });
    const auto drug_features =
        read_features(from.drugs, "", [&](std::string_view name) { return drugs.has(name); });

    JoinReport report;
    FactoredSet set = join(screen, cell_features, drug_features, report);
    Json options{{"cell", from.cell},
                 {"drug1", from.drug1},
                 {"drug2", from.drug2},
                 {"response", from.response},
                 {"dose1", from.dose1},
                 {"dose2", from.dose2}};
    Json provenance =
        provenance_of("import-table",
                      std::move(options),
                      {{"triples", from.triples}, {"cells", from.cells}, {"drugs", from.drugs}});
    provenance["rows_without_response"] = without_response;
    provenance["dropped"] = dropped_json(report);
    provenance["standardisation"] = standardisation_json(report);
    set.provenance = to_text(provenance);
    return set;
}

}  // namespace ltfb::data
