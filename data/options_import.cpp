#include "data/options_parse.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

namespace {

po::typed_value<std::string>* text(std::string& target, const char* name) {
    return po::value(&target)->value_name(name);
}

const std::string feature_rules =
    "Features: \"na\", \"-\" and empty are missing; columns without any value are left out,\n"
    "missing values become the column's mean, and each column is scaled to mean 0 and population\n"
    "standard deviation 1 over the entities in use; constant columns become 0. Samples whose cell\n"
    "or drug has no features are dropped and counted by name (`ltfb-data info` shows them).";

}  // namespace

std::optional<TableOptions> parse_import_table(const Arguments& arguments) {
    TableOptions parsed;
    TableImport& from = parsed.from;
    po::options_description options("options");
    auto add = options.add_options();
    add("triples", text(from.triples, "CSV")->required(), "responses, one sample a row");
    add("cell", text(from.cell, "COL")->required(), "column of the cell's name");
    add("drug1", text(from.drug1, "COL")->required(), "column of the first drug's name");
    add("drug2",
        text(from.drug2, "COL")->required(),
        "column of the second drug's name; where empty, the first drug stands for both");
    add("response", text(from.response, "COL")->required(), "column to be predicted, as it is");
    add("dose1", text(from.dose1, "COL"), "column of the first concentration, mol/l");
    add("dose2",
        text(from.dose2, "COL"),
        "column of the second concentration, mol/l; where missing, the first stands for both");
    add("cells", text(from.cells, "TSV")->required(), "feature table of the cells");
    add("drugs", text(from.drugs, "TSV")->required(), "feature table of the drugs");
    add_output(options, parsed.out);
    const Usage usage{
        "import-table --triples CSV --cell COL --drug1 COL --drug2 COL --response COL\n"
        "           [--dose1 COL --dose2 COL] --cells TSV --drugs TSV --out F.h5",
        "Imports any screen: a table of (cell, drug, drug, response) rows and two feature tables.\n"
        "Files may be comma or tab separated, plain or gzip, with a header line. The first column\n"
        "of a feature table holds names, the others numbers. Doses are kept as -log10(mol/l).\n" +
            feature_rules};
    if (!parse(usage, options, arguments)) { return {}; }
    return parsed;
}

std::optional<AlmanacOptions> parse_import_almanac(const Arguments& arguments) {
    AlmanacOptions parsed;
    AlmanacImport& from = parsed.from;
    po::options_description options("options");
    auto add = options.add_options();
    add("growth",
        text(from.growth, "CSV")->required(),
        "ComboDrugGrowth: CELLNAME, NSC1, NSC2, CONC1, CONC2 (mol/l), PERCENTGROWTH, SCORE, VALID");
    add("expression", text(from.expression, "TSV")->required(), "Sample, then a column a gene");
    add("descriptors",
        text(from.descriptors, "TSV")->required(),
        "NAME (\"NSC.123\"), then a column a descriptor");
    add("cellname-map",
        text(from.cellname_map, "TSV")->required(),
        "Name (a CELLNAME) and NCI60.ID (a Sample)");
    add("target",
        text(from.target, "TARGET")->default_value(from.target),
        "min-growth, mean-growth, dose-growth or combo-score");
    add_output(options, parsed.out);
    const Usage usage{
        "import-almanac --growth CSV --expression TSV --descriptors TSV --cellname-map TSV\n"
        "           [--target TARGET] --out F.h5",
        "Imports official NCI-ALMANAC and CANDLE files, plain or gzip. Rows with VALID other than\n"
        "\"Y\" are skipped; a missing NSC2 or CONC2 copies drug 1. Values are averaged over the\n"
        "replicates of (CELLNAME, NSC1, NSC2, CONC1, CONC2), concentrations compared as written,\n"
        "and the response is, divided by 100,\n"
        "  min-growth   the least PERCENTGROWTH over the dose pairs of (CELLNAME, NSC1, NSC2)\n"
        "  mean-growth  its mean over the dose pairs\n"
        "  dose-growth  PERCENTGROWTH of each dose pair; doses are inputs, as -log10(mol/l)\n"
        "  combo-score  the sum of SCORE over the dose pairs (NCI's ComboScore), pairs only\n" +
            feature_rules};
    if (!parse(usage, options, arguments)) { return {}; }
    return parsed;
}

std::optional<DenseOptions> parse_import_dense(const Arguments& arguments) {
    DenseOptions parsed;
    std::string slices;
    po::options_description options("options");
    auto add = options.add_options();
    add("features",
        po::value(&parsed.from.features)->required()->multitoken()->value_name("CSV..."),
        "feature files, put side by side, one sample a row");
    add("response",
        text(parsed.from.response, "CSV")->required(),
        "one number a row, as it is to be predicted");
    add("slices",
        text(slices, "A,B,C,D")->required(),
        "first columns of cell, drug 1, drug 2, and the end: 0,921,4750,8579");
    add_output(options, parsed.out);
    const Usage usage{
        "import-dense --features CSV... --response CSV --slices A,B,C,D --out F.h5",
        "Imports column-merged features without header, as LBANN reads them. Files may be comma\n"
        "or tab separated, plain or gzip. Features are kept as they are: not scaled, none may be\n"
        "missing. Rows are streamed; memory does not grow with the set."};
    if (!parse(usage, options, arguments)) { return {}; }
    parsed.from.slices = parse_slices(slices);
    return parsed;
}

}  // namespace ltfb::data
