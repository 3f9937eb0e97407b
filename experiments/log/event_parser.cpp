#include "experiments/log/event_parser.hpp"

#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/core.h>
#include <simdjson.h>

#include "experiments/log/event_fields.hpp"
#include "experiments/log/line_reader.hpp"

namespace ltfb::experiments {

static_assert(LineReader::padding >= simdjson::SIMDJSON_PADDING);

namespace {

namespace json = simdjson::ondemand;
using simdjson::error_code;

/// A finite number, or one of the texts that stand for the others; null is an absent number.
error_code read_double(json::value value, double& out) {
    json::json_type type{};
    if (const auto error = value.type().get(type)) { return error; }
    if (type == json::json_type::null) {
        out = absent;
        return simdjson::SUCCESS;
    }
    if (type != json::json_type::string) { return value.get_double().get(out); }
    std::string_view text;
    if (const auto error = value.get_string().get(text)) { return error; }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "nan") {
        out = absent;
    } else if (text == "inf") {
        out = infinity;
    } else if (text == "-inf") {
        out = -infinity;
    } else {
        return simdjson::INCORRECT_TYPE;
    }
    return simdjson::SUCCESS;
}

error_code read_values(json::value value, std::vector<NamedValue>& out) {
    json::json_type type{};
    if (const auto error = value.type().get(type)) { return error; }
    // run_start has a list of them, one for each trainer, which the reader of run_start takes.
    if (type != json::json_type::object) { return simdjson::SUCCESS; }
    json::object object;
    if (const auto error = value.get_object().get(object)) { return error; }
    for (auto field : object) {
        NamedValue named;
        if (const auto error = field.unescaped_key().get(named.name)) { return error; }
        json::value number;
        if (const auto error = field.value().get(number)) { return error; }
        if (const auto error = read_double(number, named.value)) { return error; }
        out.push_back(named);
    }
    return simdjson::SUCCESS;
}

struct ReadInto {
    Event& event;
    json::value value;

    error_code operator()(std::int64_t Event::*member) {
        return value.get_int64().get(event.*member);
    }
    error_code operator()(double Event::*member) { return read_double(value, event.*member); }
    error_code operator()(bool Event::*member) { return value.get_bool().get(event.*member); }
    error_code operator()(std::string_view Event::*member) {
        return value.get_string().get(event.*member);
    }
    error_code operator()(std::vector<NamedValue> Event::*member) {
        return read_values(value, event.*member);
    }
};

EventKind kind_of(std::string_view name) noexcept {
    for (int i = 0; i < static_cast<int>(EventKind::unknown); ++i) {
        const auto kind = static_cast<EventKind>(i);
        if (name_of(kind) == name) { return kind; }
    }
    return EventKind::unknown;
}

void clear(Event& event) {
    auto values = std::move(event.hyperparameters);
    values.clear();
    event = Event{};
    event.hyperparameters = std::move(values);
}

/// Which field a key is. Lines of a log repeat each other's order of keys, so the field that came
/// behind `previous` last time is tried first; it is nearly always right.
class FieldGuess {
public:
    int operator()(const char* key, const char* line_end, int previous) noexcept {
        std::uint8_t& guess = next_[static_cast<std::size_t>(previous) + 1];
        if (is_field_at(key, guess)) { return guess; }
        const void* quote = std::memchr(key, '"', static_cast<std::size_t>(line_end - key));
        if (quote == nullptr) { return no_field; }
        const auto length = static_cast<std::size_t>(static_cast<const char*>(quote) - key);
        const int field = field_index({key, length});
        if (field != no_field) { guess = static_cast<std::uint8_t>(field); }
        return field;
    }

private:
    std::array<std::uint8_t, event_fields.size() + 1> next_{};  // by previous field + 1
};

std::string not_json(error_code error) {
    return fmt::format("is no JSON object ({})", simdjson::error_message(error));
}

}  // namespace

struct EventParser::State {
    json::parser parser;
    FieldGuess guess;
};

EventParser::EventParser(std::uint64_t wanted)
    : state_(std::make_unique<State>()), wanted_(wanted) {}
EventParser::~EventParser() = default;

std::string EventParser::parse(std::string_view line, Event& event) {
    clear(event);
    event.text = line;
    json::document document;
    if (const auto error =
            state_->parser.iterate(line.data(), line.size(), line.size() + LineReader::padding)
                .get(document)) {
        return not_json(error);
    }
    json::object object;
    if (const auto error = document.get_object().get(object)) { return not_json(error); }
    int previous = no_field;
    for (auto result : object) {
        json::field field;
        if (const auto error = std::move(result).get(field)) { return not_json(error); }
        const int index = state_->guess(field.key().raw(), line.data() + line.size(), previous);
        if (index == no_field) { continue; }
        previous = index;
        const auto bit = std::uint64_t{1} << static_cast<unsigned>(index);
        if ((wanted_ & bit) == 0) { continue; }
        const EventField& known = event_fields[static_cast<std::size_t>(index)];
        if ((event.seen & bit) != 0) { return fmt::format("has the key \"{}\" twice", known.name); }
        if (const auto error = std::visit(ReadInto{event, field.value()}, known.member)) {
            return fmt::format("has a bad value of \"{}\" ({})", known.name, error_message(error));
        }
        event.seen |= bit;
    }
    if (document.current_location().error() == simdjson::SUCCESS) {
        return "has text behind its JSON object";
    }
    event.kind = kind_of(event.event);
    return {};
}

}  // namespace ltfb::experiments
