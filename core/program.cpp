#include "core/program.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb {

int run_program(std::string_view name, const std::function<int()>& body) {
    const auto report = [&](const std::exception& error, int code) {
        std::fputs(fmt::format("{}: {}\n", name, error.what()).c_str(), stderr);
        return code;
    };
    // A file grown beyond its limit is an error of the write, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return body();
    } catch (const InputError& error) {
        return report(error, 2);
    } catch (const std::exception& error) { return report(error, 1); }
}

}  // namespace ltfb
