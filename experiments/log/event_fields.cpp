#include "experiments/log/event_fields.hpp"

#include <cstddef>

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
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
    const auto mixed = static_cast<std::uint32_t>(
        name.size() + at(0) * 31U + at(name.size() / 2) * 1009U + at(name.size() - 1) * 32771U);
    return (mixed * factor) >> 22U;
}

struct SlotTable {
    std::uint32_t factor = 0;
    std::array<std::int8_t, slots> field{};
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
            slot = static_cast<std::int8_t>(i);
        }
        if (ok) { return table; }
    }
}

constexpr SlotTable slot_table = make_slots();

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

std::uint64_t field_bit(std::string_view name) noexcept {
    const int field = field_index(name);
    return field == no_field ? 0 : std::uint64_t{1} << static_cast<unsigned>(field);
}

}  // namespace ltfb::experiments
