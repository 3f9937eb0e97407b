#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/generate.hpp"
#include "data/import_table.hpp"
#include "data/output.hpp"

namespace ltfb::data {

/// Where a set is written.
struct OutputSettings {
    std::string path;
    Overwrite overwrite = Overwrite::no;
};

struct GenerateOptions {
    GenerateSettings set;
    OutputSettings out;
};

struct TableOptions {
    TableImport from;
    OutputSettings out;
};

using Arguments = std::vector<std::string>;

// Each parses the arguments after its verb. Nothing is returned where help was asked for and
// printed; wrong usage throws InputError.
std::optional<GenerateOptions> parse_generate(const Arguments& arguments);
std::optional<TableOptions> parse_import_table(const Arguments& arguments);

}  // namespace ltfb::data
