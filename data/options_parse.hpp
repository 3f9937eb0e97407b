#pragma once

// Shared by the option sources; Program_options stays in them.

#include <optional>
#include <string>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "data/options.hpp"

namespace ltfb::data {

/// A verb as --help shows it.
struct Usage {
    std::string synopsis;     // "generate --out F.h5 [options]"
    std::string description;  // what it does, definitions and units
};

/// Parses `arguments` into the variables bound to `options`. False where --help was given, and
/// printed. Throws InputError for wrong usage.
bool parse(const Usage& usage,
           boost::program_options::options_description options,
           const Arguments& arguments,
           const boost::program_options::positional_options_description& positional = {});

/// --out (required) and --force.
void add_output(boost::program_options::options_description& options, OutputSettings& out);

}  // namespace ltfb::data
