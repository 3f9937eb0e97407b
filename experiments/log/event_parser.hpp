#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "experiments/log/event.hpp"

namespace ltfb::experiments {

/// Turns one line of the log into an Event. Keeps its scratch memory from line to line.
class EventParser {
public:
    /// Fields whose bit is not in `wanted` are passed over unread; see field_bit.
    explicit EventParser(std::uint64_t wanted = ~std::uint64_t{0});
    ~EventParser();
    EventParser(const EventParser&) = delete;
    EventParser& operator=(const EventParser&) = delete;
    EventParser(EventParser&&) = delete;
    EventParser& operator=(EventParser&&) = delete;

    /// Fills `event` and returns an empty text, or returns why the line is no event. `line` must be
    /// followed by LineReader::padding readable bytes, and outlive `event`'s views.
    std::string parse(std::string_view line, Event& event);

private:
    struct State;
    std::unique_ptr<State> state_;
    std::uint64_t wanted_;
};

}  // namespace ltfb::experiments
