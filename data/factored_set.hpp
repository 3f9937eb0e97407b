#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/hdf5_file.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// Feature rows of distinct entities (cells or drugs), standardised: (raw - mean) / sd, and 0 in a
/// constant column. The raw mean and sd are kept so that raw inputs can be scored later.
struct FeatureTable {
    std::vector<std::string> names;          // [rows], unique
    std::vector<std::string> feature_names;  // [columns]
    std::vector<float> features;             // [rows x columns]
    std::vector<double> mean;                // [columns] of the raw values
    std::vector<double> sd;                  // [columns] population sd; 0: constant column

    [[nodiscard]] std::size_t rows() const noexcept { return names.size(); }
    [[nodiscard]] std::size_t columns() const noexcept {
        return names.empty() ? 0 : features.size() / names.size();
    }
};

/// How doses are standardised when batches are assembled; the file holds them raw.
struct DoseScale {
    double mean = 0.0;
    double sd = 1.0;  // population sd over both drugs of all samples; 1 where all doses are equal
};

/// A whole factored set: two feature tables and, per sample, rows of them and a response.
/// File: /cells/{names,feature_names,features,feature_mean,feature_sd}, /drugs/ the same,
/// /samples/{cell,drug1,drug2,response[,dose1,dose2,dose_scale]}, /provenance, /content_digest.
struct FactoredSet {
    FeatureTable cells;
    FeatureTable drugs;
    std::vector<std::uint32_t> cell;   // [samples] row of `cells`
    std::vector<std::uint32_t> drug1;  // [samples] row of `drugs`
    std::vector<std::uint32_t> drug2;
    std::vector<float> response;  // [samples]
    std::vector<float> dose1;     // [samples] raw -log10(molar); empty: no doses
    std::vector<float> dose2;
    DoseScale dose_scale;
    std::string provenance;      // JSON; empty in a file written by another program
    std::string content_digest;  // as the file says; empty as above

    [[nodiscard]] std::size_t samples() const noexcept { return response.size(); }
    [[nodiscard]] bool has_dose() const noexcept { return !dose1.empty(); }
};

/// Mean and population sd of the doses of both drugs.
DoseScale dose_scale_of(const FactoredSet& set);

/// [samples] Digests of names, so they do not depend on the order of entities in the file.
std::vector<SampleKey> keys_of(const FactoredSet& set);

/// Digest of everything that training depends on: names, features, indices, responses, doses.
std::uint64_t content_digest(const FactoredSet& set);

/// Reads and checks a set: lengths, index ranges, finite values, unique names, at least one
/// sample. Throws InputError naming file, dataset and position.
FactoredSet read_factored(const Hdf5File& file);

/// Writes all but `content_digest`, which is computed.
void write_factored(const Hdf5File& file, const FactoredSet& set);

}  // namespace ltfb::data
