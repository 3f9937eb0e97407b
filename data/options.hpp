#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/generate.hpp"
#include "data/import_almanac.hpp"
#include "data/import_dense.hpp"
#include "data/import_table.hpp"
#include "data/output.hpp"
#include "data/roles.hpp"

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

struct AlmanacOptions {
    AlmanacImport from;
    OutputSettings out;
};

struct DenseOptions {
    DenseImport from;
    OutputSettings out;
};

enum class InfoFormat { text, json };

struct InfoOptions {
    std::string path;
    InfoFormat format = InfoFormat::text;
    RoleRule roles;
};

using Arguments = std::vector<std::string>;

// Each parses the arguments after its verb. Nothing is returned where help was asked for and
// printed; wrong usage throws InputError.
std::optional<GenerateOptions> parse_generate(const Arguments& arguments);
std::optional<AlmanacOptions> parse_import_almanac(const Arguments& arguments);
std::optional<TableOptions> parse_import_table(const Arguments& arguments);
std::optional<DenseOptions> parse_import_dense(const Arguments& arguments);
std::optional<InfoOptions> parse_info(const Arguments& arguments);
/// The file to verify.
std::optional<std::string> parse_verify(const Arguments& arguments);

}  // namespace ltfb::data
