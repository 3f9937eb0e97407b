#pragma once

#include <cstdint>
#include <string>

#include "tournament/contestant.hpp"

namespace ltfb::tournament {

/// What opens a match: which model its sender plays with, and what it has to tell.
struct CardMessage {
    int round = 0;
    ModelCard card;
    std::string news;

    [[nodiscard]] std::string to_text() const;
    static CardMessage from_text(const std::string& text);
};

/// What its sender decided; `digest` is of the sender's own model.
struct VerdictMessage {
    double own_score = 0.0;
    double challenger_score = 0.0;
    bool adopts = false;
    std::uint64_t digest = 0;

    [[nodiscard]] std::string to_text() const;
    static VerdictMessage from_text(const std::string& text);
};

}  // namespace ltfb::tournament
