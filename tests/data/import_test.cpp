#include <cmath>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "data/import_almanac.hpp"
#include "data/import_table.hpp"
#include "data/raw_features.hpp"
#include "example_files.hpp"

using namespace ltfb::data;
using example::failure_of;
using example::has;

namespace {

// Columns in another order than the official ones, CRLF, trailing blanks, a repeated header, an
// invalid row, replicates, single agents with and without concentrations, a final 0x1A. Cell "C 3"
// is not in the map, drug 30 has no descriptors.
const std::string growth_text =
    "VALID,CELLNAME,NSC1,NSC2,CONC1,CONC2,PERCENTGROWTH,SCORE\r\n"
    "Y,C-1  ,10,20,1e-06,1e-07,50,5\r\n"
    "Y,C-1,10,20,1e-06,1e-07,70,7\r\n"
    "Y,C-1,10,20,1e-06,1e-08,20,-3\r\n"
    "Y,C-1,10,20,1E-06,1e-08,90,2\r\n"
    "N,C-1,10,20,1e-06,1e-08,-900,2\r\n"
    "VALID,CELLNAME,NSC1,NSC2,CONC1,CONC2,PERCENTGROWTH,SCORE\r\n"
    "Y,C-2,10,,1e-05,,-40,\r\n"
    "Y,C-2 ,20,,1e-05,0,na,\r\n"
    "Y,C 3,10,20,1e-05,1e-05,10,1\r\n"
    "Y,C-2,10,30,1e-05,1e-05,30,1\r\n"
    "\x1a";

// g1 differs, g2 is constant, g3 has no value, g4 lacks one. The third row is of no cell in use.
const std::string expression_text =
    "Sample\tg1\tg2\tg3\tg4\nN.2\t3\t0.1\tna\t5\nN.1\t1\t0.1\t-\t\nN.9\t100\t7\t7\t7\n";
const std::string descriptors_text = "d1,NAME,d2\n4,NSC.10,1\n8,NSC.20,2\n9,NSC.99,3\n";
const std::string map_text = "NCI60.ID\tCELLNAME\tName\nN.1\tX.1\tC-1\nN.2\tX.2\tC-2\n";

struct Sources {
    example::Folder folder;
    std::string growth = growth_text;
    std::string expression = expression_text;
    std::string descriptors = descriptors_text;
    std::string map = map_text;

    [[nodiscard]] FactoredSet import(const std::string& target) const {
        return import_almanac({.growth = folder.write("growth.csv", growth),
                               .expression = folder.write_gzip("expression.tsv.gz", expression),
                               .descriptors = folder.write("descriptors.csv", descriptors),
                               .cellname_map = folder.write("map.tsv", map),
                               .target = target});
    }
};

struct Expected {
    std::string cell;
    std::string drug1;
    std::string drug2;
    double response;
};

void check_samples(const FactoredSet& set, const std::vector<Expected>& expected) {
    REQUIRE(set.samples() == expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s) {
        CHECK(set.cells.names[set.cell[s]] == expected[s].cell);
        CHECK(set.drugs.names[set.drug1[s]] == expected[s].drug1);
        CHECK(set.drugs.names[set.drug2[s]] == expected[s].drug2);
        CHECK(set.response[s] == doctest::Approx(expected[s].response));
    }
}

}  // namespace

TEST_CASE("targets of the almanac import") {
    const Sources sources;
    // Points of C-1, 10 + 20: means 60, 20 and 90 ("1E-06" is another concentration as written).
    check_samples(sources.import("min-growth"),
                  {{"N.1", "NSC.10", "NSC.20", 0.20}, {"N.2", "NSC.10", "NSC.10", -0.40}});
    check_samples(sources.import("mean-growth"),
                  {{"N.1", "NSC.10", "NSC.20", 170.0 / 300}, {"N.2", "NSC.10", "NSC.10", -0.40}});
    check_samples(sources.import("combo-score"), {{"N.1", "NSC.10", "NSC.20", 0.05}});
    const FactoredSet doses = sources.import("dose-growth");
    check_samples(doses,
                  {{"N.1", "NSC.10", "NSC.20", 0.60},
                   {"N.1", "NSC.10", "NSC.20", 0.20},
                   {"N.1", "NSC.10", "NSC.20", 0.90},
                   {"N.2", "NSC.10", "NSC.10", -0.40}});
    CHECK(doses.dose1 == std::vector<float>{6, 6, 6, 5});
    CHECK(doses.dose2 == std::vector<float>{7, 8, 8, 5});  // the missing one copies drug 1
    CHECK_THROWS_AS(sources.import("max-growth"), ltfb::InputError);
}

TEST_CASE("the almanac import says what it left out") {
    const auto provenance = nlohmann::json::parse(Sources().import("min-growth").provenance);
    CHECK(provenance["rows"]["read"] == 9);
    CHECK(provenance["rows"]["invalid"] == 1);
    CHECK(provenance["rows"]["without_value"] == 1);
    CHECK(provenance["dropped"]["samples"] == 2);
    CHECK(provenance["dropped"]["cells"] == nlohmann::json{{"C 3", 1}});
    CHECK(provenance["dropped"]["drugs"] == nlohmann::json{{"NSC.30", 1}});
    CHECK(provenance["sources"].size() == 4);
    CHECK(provenance["sources"][0]["digest"].get<std::string>().size() == 16);
    CHECK(provenance["standardisation"]["cells"]["all_missing"] == nlohmann::json{"g3"});
    CHECK(provenance["standardisation"]["cells"]["imputed"] == 1);
}

TEST_CASE("features: missing columns out, means imputed, population sd, constants become 0") {
    const FactoredSet set = Sources().import("min-growth");
    CHECK(set.cells.names == std::vector<std::string>{"N.1", "N.2"});
    CHECK(set.cells.feature_names == std::vector<std::string>{"g1", "g2", "g4"});
    CHECK(set.cells.features == std::vector<float>{-1, 0, 0, 1, 0, 0});
    CHECK(set.cells.mean == std::vector<double>{2, 0.1, 5});
    CHECK(set.cells.sd == std::vector<double>{1, 0, 0});
    CHECK(set.drugs.feature_names == std::vector<std::string>{"d1", "d2"});
    CHECK(set.drugs.features == std::vector<float>{-1, -1, 1, 1});
}

TEST_CASE("imputed values count in the standard deviation") {
    Standardisation done;
    const double missing = std::nan("");
    const FeatureTable table = standardise(
        {.names = {"a", "b", "c", "d"}, .feature_names = {"f"}, .values = {0, 2, missing, missing}},
        done);
    CHECK(table.sd[0] == doctest::Approx(std::sqrt(0.5)));
    CHECK(table.features[2] == 0.0F);
    CHECK(table.features[1] == doctest::Approx(std::sqrt(2.0)));
    CHECK(done.imputed == 2);
}

TEST_CASE("malformed almanac files are refused with their place") {
    const auto failure = [](const std::function<void(Sources&)>& damage) {
        Sources sources;
        damage(sources);
        return failure_of([&] { (void)sources.import("min-growth"); });
    };
    const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
        return text.replace(text.find(from), from.size(), to);
    };
    CHECK(failure([](auto&) {}) == "no error");
    CHECK(has(failure([&](auto& s) { s.growth = replaced(s.growth, "NSC2", "NSC3"); }),
              "growth.csv:1: column \"NSC2\": missing"));
    CHECK(has(failure([&](auto& s) { s.growth = replaced(s.growth, ",50,5", ",5O,5"); }),
              "growth.csv:2: column \"PERCENTGROWTH\": \"5O\" is not"));
    CHECK(has(failure([&](auto& s) { s.growth = replaced(s.growth, "1e-08,20", "ten,20"); }),
              "growth.csv:4: column \"CONC2\": \"ten\" is not"));
    CHECK(has(failure([&](auto& s) { s.growth = replaced(s.growth, "1e-06,1e-07", "-1,1e-07"); }),
              "growth.csv:2: column \"CONC1\": \"-1\" is not a positive"));
    CHECK(has(failure([&](auto& s) { s.growth = replaced(s.growth, "C-1  ,10", " ,10"); }),
              "growth.csv:2: column \"CELLNAME\": is empty"));
    CHECK(has(failure([&](auto& s) { s.growth = s.growth.substr(0, s.growth.find('\n') + 1); }),
              "growth.csv: has no row"));
    CHECK(has(failure([&](auto& s) { s.expression = replaced(s.expression, "100", "nan"); }),
              "expression.tsv.gz:4: column \"g1\": \"nan\" is not a finite number"));
    CHECK(has(failure([&](auto& s) { s.expression = replaced(s.expression, "N.9", "N.1"); }),
              "expression.tsv.gz:4: column \"Sample\": \"N.1\" appears twice"));
    CHECK(has(failure([&](auto& s) { s.descriptors = replaced(s.descriptors, "NAME", "name"); }),
              "descriptors.csv:1: column \"NAME\": missing"));
    CHECK(has(failure([&](auto& s) { s.descriptors = "NAME\nNSC.10\n"; }), "no feature columns"));
    CHECK(has(failure([&](auto& s) { s.map = replaced(s.map, "X.2\tC-2", "X.2\tC-1"); }),
              "map.tsv:3: column \"Name\": \"C-1\" appears twice"));
    CHECK(
        has(failure([&](auto& s) { s.descriptors = "NAME,d1\nNSC.77,1\n"; }), "no sample is left"));
    CHECK(has(failure([&](auto& s) { s.expression = "Sample\tg1\nN.1\tna\nN.2\tna\n"; }),
              "all are missing"));
    CHECK(has(failure([&](auto& s) { s.expression = "Sample\tg1\nN.1\t-1e300\nN.2\t1e300\n"; }),
              "too large"));
}

TEST_CASE("any screen") {
    const example::Folder folder;
    TableImport from{
        .triples = folder.write("t.csv",
                                "R,LINE,A,B,X,Y\n0.5,c1,a,b,1e-6,1e-7\n0.25,c1,b,,1e-5,\n"
                                "na,c1,a,b,1e-6,1e-6\n0.75,c2,a,z,1e-6,1e-6\n"),
        .cell = "LINE",
        .drug1 = "A",
        .drug2 = "B",
        .response = "R",
        .dose1 = "",
        .dose2 = "",
        .cells = folder.write("c.tsv", "name\tf\nc2\t1\nc1\t3\n"),
        .drugs = folder.write("d.tsv", "name\tf\na\t1\nb\t3\n")};
    const FactoredSet plain = import_table(from);
    check_samples(plain, {{"c1", "a", "b", 0.5}, {"c1", "b", "b", 0.25}});
    CHECK_FALSE(plain.has_dose());
    CHECK(plain.cells.names == std::vector<std::string>{"c1"});
    const auto provenance = nlohmann::json::parse(plain.provenance);
    CHECK(provenance["rows_without_response"] == 1);
    CHECK(provenance["dropped"]["drugs"] == nlohmann::json{{"z", 1}});

    from.dose1 = "X";
    CHECK(
        has(failure_of([&] { (void)import_table(from); }), "--dose1 and --dose2 belong together"));
    from.dose2 = "Y";
    const FactoredSet doses = import_table(from);
    CHECK(doses.dose1 == std::vector<float>{6, 5});
    CHECK(doses.dose2 == std::vector<float>{7, 5});
    from.dose2 = "R";  // 0.5 is a concentration, but row 2's is not missing either
    from.dose1 = "LINE";
    CHECK(has(failure_of([&] { (void)import_table(from); }),
              "t.csv:2: column \"LINE\": \"c1\" is not a finite number"));
}
