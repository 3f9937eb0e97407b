#include "experiments/log/report_page.hpp"

#include <array>
#include <utility>

#include "experiments/log/report_assets.hpp"

namespace ltfb::experiments {

namespace {

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// JSON in which nothing can end the script element that holds it.
std::string escape_script_json(std::string_view json) {
    std::string out;
    for (const char c : json) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string report_page(std::string_view title, std::string_view data) {
    const std::array<std::pair<std::string_view, std::string>, 5> parts{{
        {"{{title}}", escape_html(title)},
        {"{{style}}", std::string(style_asset())},
        {"{{data}}", escape_script_json(data)},
        {"{{library}}", std::string(library_asset())},
        {"{{script}}", std::string(script_asset())},
    }};
    const std::string_view page = page_asset();
    std::string out;
    std::size_t at = 0;
    while (at < page.size()) {
        const std::size_t mark = page.find("{{", at);
        out += page.substr(at, mark - at);
        if (mark == std::string_view::npos) { break; }
        at = mark;
        for (const auto& [name, text] : parts) {
            if (page.substr(mark).starts_with(name)) {
                out += text;
                at = mark + name.size();
            }
        }
        if (at == mark) { out += page[at++]; }
    }
    return out;
}

}  // namespace ltfb::experiments
