#include <filesystem>

#include <fmt/core.h>

#include "core/file.hpp"
#include "request_fuzzer.hpp"

// Handles every file of the folders named, whole and cut off anywhere; aborts at the first finding.
int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
            const std::string text = ltfb::read_text(file.path());
            fmt::print("{}\n", file.path().filename().string());
            for (std::size_t size = 0; size <= text.size(); ++size) {
                ltfb::server::handle_requests({text.data(), size});
            }
            ++files;
        }
    }
    fmt::print("{} files\n", files);
    return files > 0 ? 0 : 1;
}
