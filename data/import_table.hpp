#pragma once

#include <string>

#include "data/factored_set.hpp"

namespace ltfb::data {

/// Which columns of which files make a set. Dose columns are molar; empty: no doses.
struct TableImport {
    std::string triples;
    std::string cell;
    std::string drug1;
    std::string drug2;
    std::string response;
    std::string dose1;
    std::string dose2;
    std::string cells;  // feature tables, the first column holds names
    std::string drugs;
};

/// Reads any screen: every row of `triples` with a response is a sample, in the file's order; an
/// empty second drug copies the first, and so does a missing second dose. Throws InputError.
FactoredSet import_table(const TableImport& from);

}  // namespace ltfb::data
