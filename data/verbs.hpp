#pragma once

#include "data/options.hpp"

namespace ltfb::data {

// The verbs of ltfb-data: each parses its arguments, does its work and returns the exit code.
int run_generate(const Arguments& arguments);
int run_import_almanac(const Arguments& arguments);
int run_import_table(const Arguments& arguments);
int run_import_dense(const Arguments& arguments);
int run_info(const Arguments& arguments);
int run_verify(const Arguments& arguments);

}  // namespace ltfb::data
