#include "data/provenance.hpp"

#include <filesystem>

#include "core/digest.hpp"

namespace ltfb::data {

namespace {

Json to_json(const Standardisation& done) {
    return {
        {"all_missing", done.all_missing}, {"constant", done.constant}, {"imputed", done.imputed}};
}

}  // namespace

Json provenance_of(const std::string& verb, Json options, const Sources& sources) {
    Json provenance{{"verb", verb}, {"schema", schema}, {"options", std::move(options)}};
    provenance["sources"] = Json::array();
    for (const auto& [option, path] : sources) {
        provenance["sources"].push_back({{"option", option},
                                         {"path", path},
                                         {"bytes", std::filesystem::file_size(path)},
                                         {"digest", to_hex(digest_file(path))}});
    }
    return provenance;
}

Json dropped_json(const JoinReport& report) {
    return {{"samples", report.dropped_samples},
            {"cells", report.dropped_cells},
            {"drugs", report.dropped_drugs}};
}

Json standardisation_json(const JoinReport& report) {
    return {{"cells", to_json(report.cells)}, {"drugs", to_json(report.drugs)}};
}

std::string to_text(const Json& provenance) {
    return provenance.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ltfb::data
