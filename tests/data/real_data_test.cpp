// Facts of the real files; skipped where they are absent (LTFB_TEST_DATA names their folder).
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "data/import_almanac.hpp"
#include "data/import_table.hpp"
#include "data/roles.hpp"

using namespace ltfb::data;
namespace fs = std::filesystem;

namespace {

std::string real_data(const char* folder) {
    const char* const named = std::getenv("LTFB_TEST_DATA");
    const fs::path root =
        named != nullptr ? fs::path(named) : fs::path(LTFB_SOURCE_DIR) / "../shared/data";
    if (!fs::is_directory(root / folder)) {
        MESSAGE("skipped: no real data in " << (root / folder).string());
        return {};
    }
    return (root / folder).string();
}

struct Moments {
    double mean;
    double sd;
};

Moments moments_of(const std::vector<float>& values) {
    double sum = 0.0;
    double squares = 0.0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(values.size());
    return {.mean = sum / n, .sd = std::sqrt(squares / n - sum / n * sum / n)};
}

FactoredSet import(const std::string& folder, const char* target) {
    return import_almanac({.growth = folder + "/ComboDrugGrowth_rows.csv.gz",
                           .expression = folder + "/expression_lincs.tsv.gz",
                           .descriptors = folder + "/drug_descriptors.tsv.gz",
                           .cellname_map = folder + "/NCI60_CELLNAME_to_Combo.tsv",
                           .target = target});
}

}  // namespace

TEST_CASE("NCI-ALMANAC") {
    const std::string folder = real_data("almanac");
    if (folder.empty()) { return; }
    const FactoredSet least = import(folder, "min-growth");
    CHECK(least.samples() == 17987);
    CHECK(least.cells.rows() == 10);
    CHECK(least.drugs.rows() == 104);
    CHECK(moments_of(least.response).mean == doctest::Approx(0.726541).epsilon(1e-6));
    CHECK(moments_of(least.response).sd == doctest::Approx(0.429450).epsilon(1e-6));
    const auto [low, high] = std::minmax_element(least.response.begin(), least.response.end());
    CHECK(*low == -0.9950F);
    CHECK(*high == 1.7430F);

    const FactoredSet doses = import(folder, "dose-growth");
    CHECK(doses.samples() == 19595);
    CHECK(moments_of(doses.response).mean == doctest::Approx(0.747211).epsilon(1e-6));
}

TEST_CASE("O'Neil") {
    const std::string folder = real_data("oneil");
    if (folder.empty()) { return; }
    const FactoredSet set = import_table({.triples = folder + "/viability.csv.gz",
                                          .cell = "CELL",
                                          .drug1 = "DRUG1",
                                          .drug2 = "DRUG2",
                                          .response = "VIABILITY",
                                          .dose1 = "CONC1",
                                          .dose2 = "CONC2",
                                          .cells = folder + "/cell_expression.tsv.gz",
                                          .drugs = folder + "/drug_features.tsv.gz"});
    CHECK(set.samples() == 323568);
    CHECK(set.cells.rows() == 35);
    CHECK(set.drugs.rows() == 38);
    CHECK(set.has_dose());
    std::set<std::uint64_t> groups;
    for (const SampleKey& key : keys_of(set)) { groups.insert(key.group); }
    CHECK(groups.size() == 20223);
}
