#pragma once

#include <string>
#include <string_view>

namespace ltfb::experiments {

/// One self-contained HTML page (no other file, no network) that shows `data`, as made by
/// report_data.
std::string report_page(std::string_view title, std::string_view data);

}  // namespace ltfb::experiments
