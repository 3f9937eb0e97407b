#include "data/factored_set.hpp"

#include <array>
#include <cmath>

#include "core/digest.hpp"
#include "data/check_values.hpp"
#include "data/keys.hpp"

namespace ltfb::data {

namespace {

std::vector<std::uint64_t> digests_of(const std::vector<std::string>& names) {
    std::vector<std::uint64_t> digests;
    digests.reserve(names.size());
    for (const std::string& name : names) { digests.push_back(digest_of(std::string_view(name))); }
    return digests;
}

FeatureTable read_table(const Hdf5File& file, const std::string& group) {
    const std::string place = file.path() + ": " + group;
    FeatureTable table;
    table.names = file.read_texts(group + "/names");
    const Hdf5Dataset features = file.dataset(group + "/features", 2);
    require_length(features.rows(), table.names.size(), place + "/features");
    require_some(features.rows() * features.columns(), place + "/features");
    features.require_stored();
    table.features.resize(features.rows() * features.columns());
    features.read_rows(0, std::span(table.features));
    require_finite(std::span<const float>(table.features), place + "/features", features.columns());
    require_unique(table.names, place + "/names");

    const std::size_t columns = features.columns();
    if (file.has(group + "/feature_names")) {
        table.feature_names = file.read_texts(group + "/feature_names");
        require_length(table.feature_names.size(), columns, place + "/feature_names");
    }
    // A file of another program may leave the standardisation out: its features are the raw ones.
    table.mean.assign(columns, 0.0);
    table.sd.assign(columns, 1.0);
    if (file.has(group + "/feature_mean")) {
        table.mean = file.read<double>(group + "/feature_mean");
        table.sd = file.read<double>(group + "/feature_sd");
        require_length(table.mean.size(), columns, place + "/feature_mean");
        require_length(table.sd.size(), columns, place + "/feature_sd");
    }
    return table;
}

// As 64-bit integers first: HDF5 would turn a negative index into 0.
std::vector<std::uint32_t> read_indices(const Hdf5File& file,
                                        const std::string& name,
                                        std::size_t rows) {
    const auto wide = file.read<std::int64_t>(name);
    require_indices(wide, rows, file.path() + ": " + name);
    return {wide.begin(), wide.end()};
}

std::vector<float> read_values(const Hdf5File& file, const std::string& name, std::size_t size) {
    auto values = file.read<float>(name);
    require_length(values.size(), size, file.path() + ": " + name);
    require_finite(std::span<const float>(values), file.path() + ": " + name);
    return values;
}

void read_doses(const Hdf5File& file, FactoredSet& set) {
    set.dose1 = read_values(file, "/samples/dose1", set.samples());
    set.dose2 = read_values(file, "/samples/dose2", set.samples());
    set.dose_scale = dose_scale_of(set);
    if (file.has("/samples/dose_scale")) {
        const auto scale = file.read<double>("/samples/dose_scale");
        require_length(scale.size(), 2, file.path() + ": /samples/dose_scale");
        require_positive(scale[1], file.path() + ": /samples/dose_scale[1]");
        set.dose_scale = {.mean = scale[0], .sd = scale[1]};
    }
}

void write_table(const Hdf5File& file, const std::string& group, const FeatureTable& table) {
    file.write_texts(group + "/names", table.names);
    file.write_texts(group + "/feature_names", table.feature_names);
    file.write(group + "/features", std::span(table.features), table.columns());
    file.write(group + "/feature_mean", std::span(table.mean));
    file.write(group + "/feature_sd", std::span(table.sd));
}

}  // namespace

DoseScale dose_scale_of(const FactoredSet& set) {
    double sum = 0.0;
    double squares = 0.0;
    for (const auto* doses : {&set.dose1, &set.dose2}) {
        for (const double dose : *doses) {
            sum += dose;
            squares += dose * dose;
        }
    }
    const auto n = 2.0 * static_cast<double>(set.dose1.size());
    const double mean = sum / n;
    const double sd = std::sqrt(std::max(0.0, squares / n - mean * mean));
    return {.mean = mean, .sd = sd > 1e-6 ? sd : 1.0};
}

std::vector<SampleKey> keys_of(const FactoredSet& set) {
    const auto cells = digests_of(set.cells.names);
    const auto drugs = digests_of(set.drugs.names);
    std::vector<SampleKey> keys(set.samples());
    for (std::size_t s = 0; s < keys.size(); ++s) {
        keys[s] = make_key(cells[set.cell[s]], drugs[set.drug1[s]], drugs[set.drug2[s]]);
    }
    return keys;
}

std::uint64_t content_digest(const FactoredSet& set) {
    return digest_values(
        std::array{digest_values(digests_of(set.cells.names)),
                   digest_values(digests_of(set.drugs.names)),
                   digest_values(set.cells.features),
                   digest_values(set.drugs.features),
                   digest_values(set.cell),
                   digest_values(set.drug1),
                   digest_values(set.drug2),
                   digest_values(set.response),
                   digest_values(set.dose1),
                   digest_values(set.dose2),
                   digest_values(std::array{set.dose_scale.mean, set.dose_scale.sd})});
}

FactoredSet read_factored(const Hdf5File& file) {
    FactoredSet set;
    set.cells = read_table(file, "/cells");
    set.drugs = read_table(file, "/drugs");
    set.cell = read_indices(file, "/samples/cell", set.cells.rows());
    const std::size_t samples = set.cell.size();
    require_some(samples, file.path() + ": /samples");
    set.drug1 = read_indices(file, "/samples/drug1", set.drugs.rows());
    set.drug2 = read_indices(file, "/samples/drug2", set.drugs.rows());
    require_length(set.drug1.size(), samples, file.path() + ": /samples/drug1");
    require_length(set.drug2.size(), samples, file.path() + ": /samples/drug2");
    set.response = read_values(file, "/samples/response", samples);
    if (file.has("/samples/dose1") || file.has("/samples/dose2")) { read_doses(file, set); }
    set.provenance = file.read_optional_text("/provenance");
    set.content_digest = file.read_optional_text("/content_digest");
    require_digest(set.content_digest, content_digest(set), file.path() + ": /content_digest");
    return set;
}

void write_factored(const Hdf5File& file, const FactoredSet& set) {
    write_table(file, "/cells", set.cells);
    write_table(file, "/drugs", set.drugs);
    file.write("/samples/cell", std::span(set.cell));
    file.write("/samples/drug1", std::span(set.drug1));
    file.write("/samples/drug2", std::span(set.drug2));
    file.write("/samples/response", std::span(set.response));
    if (set.has_dose()) {
        const std::array scale{set.dose_scale.mean, set.dose_scale.sd};
        file.write("/samples/dose1", std::span(set.dose1));
        file.write("/samples/dose2", std::span(set.dose2));
        file.write("/samples/dose_scale", std::span<const double>(scale));
    }
    file.write_texts("/provenance", std::array{set.provenance});
    file.write_texts("/content_digest", std::array{to_hex(content_digest(set))});
}

}  // namespace ltfb::data
