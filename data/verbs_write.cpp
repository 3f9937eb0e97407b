#include <fmt/core.h>

#include "data/verbs.hpp"

namespace ltfb::data {

namespace {

// The output is made before anything is read, so that a wrong --out is known at once.
template <class Make>
int write_set(const OutputSettings& out, const Make& make) {
    Output output(out.path, out.overwrite);
    const FactoredSet set = make();
    write_factored(output.file(), set);
    output.keep();
    fmt::print("{}: {} samples, {} cells x {} features, {} drugs x {} features{}\n",
               out.path,
               set.samples(),
               set.cells.rows(),
               set.cells.columns(),
               set.drugs.rows(),
               set.drugs.columns(),
               set.has_dose() ? ", doses" : "");
    return 0;
}

}  // namespace

int run_generate(const Arguments& arguments) {
    const auto options = parse_generate(arguments);
    if (!options) { return 0; }
    return write_set(options->out, [&] { return generate(options->set); });
}

int run_import_almanac(const Arguments& arguments) {
    const auto options = parse_import_almanac(arguments);
    if (!options) { return 0; }
    return write_set(options->out, [&] { return import_almanac(options->from); });
}

int run_import_table(const Arguments& arguments) {
    const auto options = parse_import_table(arguments);
    if (!options) { return 0; }
    return write_set(options->out, [&] { return import_table(options->from); });
}

int run_import_dense(const Arguments& arguments) {
    const auto options = parse_import_dense(arguments);
    if (!options) { return 0; }
    Output output(options->out.path, options->out.overwrite);
    const DenseIndex index = import_dense(options->from, output.file());
    output.keep();
    fmt::print("{}: {} samples x {} features\n",
               options->out.path,
               index.response.size(),
               index.slices.columns());
    return 0;
}

}  // namespace ltfb::data
