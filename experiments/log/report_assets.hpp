#pragma once

#include <string_view>

namespace ltfb::experiments {

// The files of experiments/report/ and the charting library, embedded at build time.
std::string_view page_asset() noexcept;
std::string_view style_asset() noexcept;
std::string_view script_asset() noexcept;
std::string_view library_asset() noexcept;

}  // namespace ltfb::experiments
