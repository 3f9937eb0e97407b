#include "tournament/space_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/json_lines.hpp"

namespace ltfb::tournament {

namespace {

using nlohmann::json;

double number_of(const json& value, const Place& place) {
    if (!value.is_number()) {
        refuse(place, fmt::format("{} isn't a number", value.dump()), domain_advice);
    }
    return value.get<double>();
}

void add_condition_value(Condition& condition, const json& value, const Place& place) {
    if (value.is_string()) {
        condition.texts.push_back(value.get<std::string>());
    } else if (value.is_number()) {
        condition.ranges.push_back({value.get<double>(), value.get<double>()});
    } else if (value.is_object() && value.size() == 2 && value.contains("from") &&
               value.contains("to")) {
        const Condition::Range range{number_of(value["from"], place),
                                     number_of(value["to"], place)};
        if (range.from > range.to) {
            refuse(place,
                   fmt::format("condition on '{}' has an empty range", condition.key),
                   "give from below to");
        }
        condition.ranges.push_back(range);
    } else {
        refuse(place,
               fmt::format("condition on '{}' is {}", condition.key, value.dump()),
               "use a value, {\"from\": A, \"to\": B}, or a list of these");
    }
}

std::vector<Condition> conditions_of(const json& when, const Place& place) {
    if (!when.is_object()) {
        refuse(place, "'when' isn't an object", "use \"when\": {\"other key\": value}");
    }
    std::vector<Condition> conditions;
    for (const auto& [key, value] : when.items()) {
        Condition condition{.key = key, .ranges = {}, .texts = {}};
        if (value.is_array()) {
            for (const json& item : value) { add_condition_value(condition, item, place); }
        } else {
            add_condition_value(condition, value, place);
        }
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

Variable variable_of(const std::string& key, const json& value, const std::string& source) {
    const Place place{source, key};
    Variable variable{.key = key, .domain = {}, .when = {}, .source = source};
    if (value.is_string()) {
        variable.domain = parse_domain(value.get_ref<const std::string&>(), place);
        return variable;
    }
    const bool is_conditional = value.is_object() && value.contains("when");
    if (!value.is_object() || value.size() != (is_conditional ? 2U : 1U)) {
        refuse(place, "needs exactly one domain", domain_advice);
    }
    for (const auto& [name, content] : value.items()) {
        if (name == "when") {
            variable.when = conditions_of(content, place);
            continue;
        }
        std::vector<double> numbers;
        if (!content.is_array()) {
            refuse(place, fmt::format("'{}' isn't a list", name), domain_advice);
        }
        for (const json& item : content) { numbers.push_back(number_of(item, place)); }
        variable.domain = make_domain(name, numbers, place);
    }
    return variable;
}

enum class Lines { hidden, shown };

std::vector<Variable> variables_of(const LinedJson& parsed, const std::string& name, Lines lines) {
    std::vector<Variable> variables;
    for (const auto& [key, value] : parsed.content.items()) {
        variables.push_back(variable_of(
            key,
            value,
            lines == Lines::shown ? fmt::format("{}:{}", name, parsed.lines.at(key)) : name));
    }
    return variables;
}

json to_json(const Condition& condition) {
    json values = condition.texts;
    for (const Condition::Range& range : condition.ranges) {
        values.push_back(range.from == range.to ? json(range.from)
                                                : json{{"from", range.from}, {"to", range.to}});
    }
    return values;
}

}  // namespace

std::vector<Variable> parse_space(std::string_view json_text, const std::string& name) {
    return variables_of(parse_lined_json(json_text, name), name, Lines::hidden);
}

std::vector<Variable> read_space(const std::string& path) {
    return variables_of(parse_lined_json(read_text(path), path), path, Lines::shown);
}

std::string to_json_text(const std::vector<Variable>& variables) {
    json result = json::object();
    for (const Variable& variable : variables) {
        const Domain& domain = variable.domain;
        json& entry = result[variable.key];
        entry[std::string(to_text(domain.kind))] = domain.kind == Domain::Kind::choice
                                                       ? json(domain.choices)
                                                       : json{domain.low, domain.high};
        for (const Condition& condition : variable.when) {
            entry["when"][condition.key] = to_json(condition);
        }
    }
    return result.dump();
}

}  // namespace ltfb::tournament
