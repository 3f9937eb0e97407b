#include "experiments/log/event_fields.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace ltfb::experiments {

namespace {

constexpr std::array<std::string_view, 11> kind_names{"run_start",
                                                      "eval",
                                                      "tournament",
                                                      "adopt",
                                                      "explore",
                                                      "snapshot",
                                                      "failure",
                                                      "signal",
                                                      "resume",
                                                      "run_end",
                                                      "unknown"};

constexpr std::size_t slots = 1024;

constexpr std::size_t slot_of(std::string_view name, std::uint32_t factor) noexcept {
    const auto at = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
    };
    const auto mixed = static_cast<std::uint32_t>(
        name.size() + at(0) * 31U + at(name.size() / 2) * 1009U + at(name.size() - 1) * 32771U);
    return (mixed * factor) >> 22U;
}

struct SlotTable {
    std::uint32_t factor = 0;
    std::array<std::int16_t, slots> field{};
};

/// The first factor for which no two names share a slot.
constexpr SlotTable make_slots() {
    for (std::uint32_t factor = 2654435769U;; factor += 2) {
        SlotTable table{.factor = factor};
        table.field.fill(no_field);
        bool ok = true;
        for (std::size_t i = 0; ok && i < event_fields.size(); ++i) {
            auto& slot = table.field[slot_of(event_fields[i].name, factor)];
            ok = slot == no_field;
            slot = static_cast<std::int16_t>(i);
        }
        if (ok) { return table; }
    }
}

constexpr SlotTable slot_table = make_slots();

constexpr std::size_t words = (max_field_name + 1) / sizeof(std::uint64_t);
using Words = std::array<std::uint64_t, words>;

/// A name with its closing quote, and which of its bits count.
struct QuotedName {
    Words text{};
    Words mask{};
};

std::array<QuotedName, event_fields.size()> make_quoted_names() {
    std::array<QuotedName, event_fields.size()> quoted;
    for (std::size_t i = 0; i < event_fields.size(); ++i) {
        const std::string_view name = event_fields[i].name;
        std::array<char, max_field_name + 1> text{};
        std::array<char, max_field_name + 1> mask{};
        std::copy(name.begin(), name.end(), text.begin());
        text[name.size()] = '"';
        std::fill_n(mask.begin(), name.size() + 1, '\xff');
        std::memcpy(quoted[i].text.data(), text.data(), text.size());
        std::memcpy(quoted[i].mask.data(), mask.data(), mask.size());
    }
    return quoted;
}

const std::array<QuotedName, event_fields.size()> quoted_names = make_quoted_names();
static_assert(std::all_of(event_fields.begin(), event_fields.end(), [](const EventField& field) {
    return field.name.size() <= max_field_name;
}));

}  // namespace

std::string_view name_of(EventKind kind) noexcept {
    return kind_names[static_cast<std::size_t>(kind)];
}

int field_index(std::string_view name) noexcept {
    if (name.empty()) { return no_field; }
    const int field = slot_table.field[slot_of(name, slot_table.factor)];
    return field != no_field && event_fields[static_cast<std::size_t>(field)].name == name
               ? field
               : no_field;
}

bool is_field_at(const char* text, std::size_t field) noexcept {
    const QuotedName& name = quoted_names[field];
    Words found;
    std::memcpy(found.data(), text, sizeof found);
    std::uint64_t differing = 0;
    for (std::size_t i = 0; i < words; ++i) {
        differing |= (found[i] ^ name.text[i]) & name.mask[i];
    }
    return differing == 0;
}

std::uint64_t field_bit(std::string_view name) noexcept {
    const int field = field_index(name);
    return field == no_field ? 0 : std::uint64_t{1} << static_cast<unsigned>(field);
}

}  // namespace ltfb::experiments
