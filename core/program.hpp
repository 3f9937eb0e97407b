#pragma once

#include <functional>
#include <string_view>

namespace ltfb {

/// The catch-all of a program without MPI: runs `body` and returns its exit code; an InputError is
/// printed as "<name>: <message>" and gives 2, anything else that escapes gives 1.
int run_program(std::string_view name, const std::function<int()>& body);

}  // namespace ltfb
