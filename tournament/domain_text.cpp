#include "tournament/domain_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/error.hpp"
#include "tournament/parse_number.hpp"

namespace ltfb::tournament {

namespace {

constexpr std::array<std::string_view, 4> domain_names{"uniform", "loguniform", "int", "choice"};

Domain::Kind parse_kind(std::string_view name, const Place& place) {
    const auto* const found = std::find(domain_names.begin(), domain_names.end(), name);
    if (found == domain_names.end()) {
        refuse(place, fmt::format("unknown domain '{}'", name), domain_advice);
    }
    return static_cast<Domain::Kind>(found - domain_names.begin());
}

}  // namespace

void refuse(const Place& place, std::string_view why, std::string_view advice) {
    throw InputError(fmt::format("{}: {}: {} ({})", place.source, place.key, why, advice));
}

std::string_view to_text(Domain::Kind kind) {
    return domain_names.at(static_cast<std::size_t>(kind));
}

Domain make_domain(std::string_view kind_name,
                   const std::vector<double>& numbers,
                   const Place& place) {
    const Domain::Kind kind = parse_kind(kind_name, place);
    if (kind == Domain::Kind::choice) { return {.kind = kind, .choices = numbers}; }
    if (numbers.size() != 2) {
        refuse(place,
               fmt::format("{} has {} numbers, not 2", kind_name, numbers.size()),
               "give the low and the high end");
    }
    return {.kind = kind, .low = numbers[0], .high = numbers[1], .choices = {}};
}

Domain parse_domain(std::string_view text, const Place& place) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        refuse(place, fmt::format("'{}' isn't a domain", text), domain_advice);
    }
    std::vector<double> numbers;
    std::string_view rest = text.substr(colon + 1);
    for (bool is_last = rest.empty(); !is_last;) {
        const auto comma = rest.find(',');
        const auto item = rest.substr(0, comma);
        const auto number = parse_number(item);
        if (!number) { refuse(place, fmt::format("'{}' isn't a number", item), domain_advice); }
        numbers.push_back(*number);
        is_last = comma == std::string_view::npos;
        if (!is_last) { rest.remove_prefix(comma + 1); }
    }
    return make_domain(text.substr(0, colon), numbers, place);
}

Variable parse_vary(std::string_view text) {
    const std::string source = fmt::format("--vary {}", text);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw InputError(
            fmt::format("{}: no '=' after a name (for example lr=loguniform:1e-4,1e-2)", source));
    }
    const std::string key(text.substr(0, equals));
    return {.key = key,
            .domain = parse_domain(text.substr(equals + 1), {source, key}),
            .when = {},
            .source = source};
}

}  // namespace ltfb::tournament
