#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ltfb {

/// Which of the known names a mistyped one may stand for: the first with the fewest letters to
/// insert, delete or replace; empty where that would be more than a third of its letters.
std::string nearest(std::string_view mistyped, std::span<const std::string> known);

}  // namespace ltfb
