#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ltfb {

/// A condition outside our control: a failed library call, a full disk, a lost peer. Exit code 1.
/// Message grammar: "<what failed>: <why> (<what to do>)", lower case, no full stop.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Input or usage that the user can mend: a bad option, file or value. Exit code 2.
/// The message names the file, line and column, or the option, and the offending value.
struct InputError : Error {
    using Error::Error;
};

/// Always-on check of the environment; throws Error with the call site.
inline void require(bool ok,
                    std::string_view message,
                    const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
    if (!ok) { throw Error(std::string(message) + " [" + file + ":" + std::to_string(line) + "]"); }
}

}  // namespace ltfb
