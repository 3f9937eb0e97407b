#include "data/dense_set.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "data/check_values.hpp"
#include "data/keys.hpp"

namespace ltfb::data {

namespace {

std::vector<std::uint64_t> read_keys(const Hdf5File& file, const std::string& name, std::size_t n) {
    auto keys = file.read<std::uint64_t>(name);
    require_length(keys.size(), n, file.path() + ": " + name);
    return keys;
}

void write_keys(const Hdf5File& file,
                const std::string& name,
                const std::vector<SampleKey>& keys,
                std::uint64_t SampleKey::*member) {
    std::vector<std::uint64_t> values(keys.size());
    std::transform(keys.begin(), keys.end(), values.begin(), [&](const SampleKey& key) {
        return key.*member;
    });
    file.write(name, std::span<const std::uint64_t>(values));
}

}  // namespace

void require_slices(const Slices& slices, const std::string& place) {
    const auto& at = slices.at;
    const bool ascending = at[0] == 0 && at[0] < at[1] && at[1] < at[2] && at[2] < at[3];
    if (!ascending || at[2] - at[1] != at[3] - at[2]) {
        throw InputError(
            fmt::format("{}: {}: no slices of cell, drug 1 and drug 2 (ascending from "
                        "0, both drugs equally wide, as 0,921,4750,8579)",
                        place,
                        fmt::join(at, ",")));
    }
}

// The order in which training draws samples depends on the chunk, so it is a function of the set.
SampleShape DenseIndex::shape() const noexcept {
    constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;
    const std::size_t row_bytes = slices.columns() * sizeof(float);
    return {.samples = response.size(),
            .cell_features = slices.cell_features(),
            .drug_features = slices.drug_features(),
            .has_dose = false,
            .chunk = std::max<std::size_t>(1, chunk_bytes / row_bytes)};
}

SampleKey key_of_row(std::span<const float> row, const Slices& slices) {
    const auto digest = [&](std::size_t slice) {
        return digest_of(row.subspan(slices.at[slice], slices.at[slice + 1] - slices.at[slice]));
    };
    return make_key(digest(0), digest(1), digest(2));
}

void require_rows(std::span<const float> rows,
                  std::size_t first,
                  const DenseIndex& index,
                  const std::string& place) {
    const std::size_t columns = index.slices.columns();
    require_finite(rows, place, columns, first);
    for (std::size_t r = 0; r < rows.size() / columns; ++r) {
        const SampleKey key = key_of_row(rows.subspan(r * columns, columns), index.slices);
        const SampleKey& said = index.keys[first + r];
        if (key.cell != said.cell || key.drug1 != said.drug1 || key.drug2 != said.drug2) {
            throw InputError(
                fmt::format("{}[{}]: does not have the digests in its keys (the file was changed "
                            "or damaged; import it again)",
                            place,
                            first + r));
        }
    }
}

std::uint64_t content_digest(const DenseIndex& index) {
    return digest_values(std::array{
        digest_values(index.slices.at), digest_values(index.keys), digest_values(index.response)});
}

DenseIndex read_dense_index(const Hdf5File& file) {
    DenseIndex index;
    const auto slices = file.read<std::uint64_t>("/dense/slices");
    require_length(slices.size(), index.slices.at.size(), file.path() + ": /dense/slices");
    std::copy(slices.begin(), slices.end(), index.slices.at.begin());
    require_slices(index.slices, file.path() + ": /dense/slices");

    index.response = file.read<float>("/dense/response");
    const std::size_t n = index.response.size();
    require_some(n, file.path() + ": /dense/response");
    require_finite(std::span<const float>(index.response), file.path() + ": /dense/response");
    const auto cell = read_keys(file, "/dense/cell_key", n);
    const auto drug1 = read_keys(file, "/dense/drug1_key", n);
    const auto drug2 = read_keys(file, "/dense/drug2_key", n);
    index.keys.reserve(n);
    for (std::size_t s = 0; s < n; ++s) {
        index.keys.push_back(make_key(cell[s], drug1[s], drug2[s]));
    }
    index.provenance = file.read_optional_text("/provenance");
    index.content_digest = file.read_optional_text("/content_digest");
    require_digest(index.content_digest, content_digest(index), file.path() + ": /content_digest");
    return index;
}

void write_dense_index(const Hdf5File& file, const DenseIndex& index) {
    file.write("/dense/slices", std::span<const std::uint64_t>(index.slices.at));
    file.write("/dense/response", std::span(index.response));
    write_keys(file, "/dense/cell_key", index.keys, &SampleKey::cell);
    write_keys(file, "/dense/drug1_key", index.keys, &SampleKey::drug1);
    write_keys(file, "/dense/drug2_key", index.keys, &SampleKey::drug2);
    file.write_texts("/provenance", std::array{index.provenance});
    file.write_texts("/content_digest", std::array{to_hex(content_digest(index))});
}

Hdf5Dataset open_dense_features(const Hdf5File& file, const DenseIndex& index) {
    const std::string name = "/dense/features";
    Hdf5Dataset features = file.dataset(name, 2);
    require_length(features.rows(), index.response.size(), file.path() + ": " + name + " rows");
    require_length(
        features.columns(), index.slices.columns(), file.path() + ": " + name + " columns");
    features.require_stored();
    return features;
}

}  // namespace ltfb::data
