#include "data/options_parse.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

std::optional<GenerateOptions> parse_generate(const Arguments& arguments) {
    GenerateOptions parsed;
    GenerateSettings& set = parsed.set;
    po::options_description options("options");
    // Program_options reads "-1" into an unsigned number; text does not go by unnoticed.
    const auto count = [](std::uint64_t& target) {
        return po::value<std::int64_t>()
            ->value_name("N")
            ->default_value(static_cast<std::int64_t>(target))
            ->notifier([&target](std::int64_t value) {
                target = value < 0 ? 0 : static_cast<std::uint64_t>(value);
            });
    };
    auto add = options.add_options();
    add("samples", count(set.samples), "samples");
    add("cells", count(set.cells), "distinct cells");
    add("drugs", count(set.drugs), "distinct drugs");
    add("cell-features", count(set.cell_features), "features of a cell");
    add("drug-features", count(set.drug_features), "features of a drug");
    add("noise",
        po::value(&set.noise)->value_name("SD")->default_value(set.noise, "0.1"),
        "standard deviation of the noise in the response, in growth/100 (the response's own is "
        "about 0.53)");
    add("seed", count(set.seed), "the set is a function of this and the other options");
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
