#pragma once

#include <string>

namespace ltfb::data {

/// Checks everything a set must satisfy, of dense sets every feature row: lengths, index ranges,
/// finite values, unique names, and that the content is what its digests say. Returns one line
/// about what was found in order; throws InputError for the first violation.
std::string verify(const std::string& path);

}  // namespace ltfb::data
