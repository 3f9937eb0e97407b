#include <fmt/core.h>

#include "data/info.hpp"

namespace ltfb::data {

namespace {

using Json = nlohmann::ordered_json;

std::string to_plain(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void add(std::string& text, const std::string& label, const std::string& value) {
    text += fmt::format("{:<16}{}\n", label, value);
}

// "key value, key value, ..."
std::string list(const Json& object) {
    std::string text;
    for (const auto& [key, value] : object.items()) {
        text += (text.empty() ? "" : ", ") + key + ' ' +
                (value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                                         : to_plain(value));
    }
    return text;
}

void add_dropped(std::string& text, const Json& dropped) {
    add(text, "dropped", to_plain(dropped["samples"]) + " samples without features");
    for (const char* kind : {"cells", "drugs"}) {
        if (!dropped[kind].empty()) { add(text, std::string("  by ") + kind, list(dropped[kind])); }
    }
}

void add_standardisation(std::string& text, const Json& standardisation) {
    for (const auto& [kind, done] : standardisation.items()) {
        add(text,
            "features",
            fmt::format("{}: population standard deviation 1; {} columns without values left out, "
                        "{} constant, {} values imputed",
                        kind,
                        done["all_missing"].size(),
                        to_plain(done["constant"]),
                        to_plain(done["imputed"])));
    }
}

void add_provenance(std::string& text, const Json& provenance) {
    add(text, "made by", "ltfb-data " + provenance.value("verb", "?"));
    if (provenance.contains("options")) { add(text, "options", list(provenance["options"])); }
    for (const Json& source : provenance.value("sources", Json::array())) {
        add(text, "source", list(source));
    }
    if (provenance.contains("rows")) { add(text, "rows", list(provenance["rows"])); }
    if (provenance.contains("dropped")) { add_dropped(text, provenance["dropped"]); }
    if (provenance.contains("standardisation")) {
        add_standardisation(text, provenance["standardisation"]);
    }
}

}  // namespace

std::string to_readable(const Json& description) {
    std::string text;
    for (const char* key : {"path", "kind", "digest", "samples", "groups", "cells", "drugs"}) {
        add(text, key, to_plain(description[key]));
    }
    add(text, "cell features", to_plain(description["cell_features"]));
    add(text, "drug features", to_plain(description["drug_features"]));
    add(text,
        "doses",
        description.contains("dose") ? "-log10(mol/l): " + list(description["dose"]) : "none");
    add(text, "response", list(description["response"]));
    if (description.contains("best_r2")) {
        add(text, "best R2", fmt::format("{:.6f}", description["best_r2"].get<double>()));
    }
    const Json& roles = description["roles"];
    add(text, "roles", list(roles["rule"]));
    for (const char* role : {"train", "tournament", "test"}) {
        add(text, std::string("  ") + role, list(roles[role]));
    }
    if (description.contains("provenance")) { add_provenance(text, description["provenance"]); }
    return text;
}

}  // namespace ltfb::data
