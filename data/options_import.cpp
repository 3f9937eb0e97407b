#include "data/options_parse.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

std::optional<TableOptions> parse_import_table(const Arguments& arguments) {
    TableOptions parsed;
    TableImport& from = parsed.from;
    po::options_description options("options");
    const auto text = [](std::string& target, const char* name) {
        return po::value(&target)->value_name(name);
    };
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
        "of a feature table holds names, the others numbers; \"na\", \"-\" and empty are missing.\n"
        "Features: columns without any value are left out, missing values become the column's\n"
        "mean, each column is scaled to mean 0 and population standard deviation 1 over the\n"
        "entities in use; constant columns become 0. Doses are kept as -log10(mol/l). Samples\n"
        "whose cell or drug has no features are dropped and counted by name."};
    if (!parse(usage, options, arguments)) { return {}; }
    return parsed;
}

}  // namespace ltfb::data
