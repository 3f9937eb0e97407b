#include <fmt/core.h>

#include "core/error.hpp"
#include "data/options_parse.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

std::optional<GenerateOptions> parse_generate(const Arguments& arguments) {
    GenerateOptions parsed;
    GenerateSettings& set = parsed.set;
    po::options_description options("options");
    auto add = options.add_options();
    // Read as signed: Program_options would take "-1" for the largest unsigned number.
    const auto add_count = [&](const char* name, std::uint64_t& target, const char* what) {
        add(name,
            po::value<std::int64_t>()
                ->value_name("N")
                ->default_value(static_cast<std::int64_t>(target))
                ->notifier([name, &target](std::int64_t value) {
                    if (value < 0) {
                        throw InputError(fmt::format("--{} {}: must not be negative", name, value));
                    }
                    target = static_cast<std::uint64_t>(value);
                }),
            what);
    };
    add_count("samples", set.samples, "samples");
    add_count("cells", set.cells, "distinct cells");
    add_count("drugs", set.drugs, "distinct drugs");
    add_count("cell-features", set.cell_features, "features of a cell");
    add_count("drug-features", set.drug_features, "features of a drug");
    add("noise",
        po::value(&set.noise)->value_name("SD")->default_value(set.noise, "0.1"),
        "standard deviation of the noise in the response, in growth/100 (the response's own is "
        "about 0.53)");
    add_count("seed", set.seed, "the set is a function of this and the other options");
    add_output(options, parsed.out);
    const Usage usage{
        "generate --out F.h5 [options]",
        "Generates an ALMANAC-shaped set with a known, learnable response: growth/100 of a cell\n"
        "under a pair of drugs, a non-linear function of latent factors of all three (symmetric "
        "in\n"
        "the drugs) that the features encode; quartiles near 0.04, 0.40, 0.77, range -1 to 1.7.\n"
        "The best R2 that a model can reach follows from the noise; `ltfb-data info` shows it."};
    if (!parse(usage, options, arguments)) { return {}; }
    return parsed;
}

}  // namespace ltfb::data
