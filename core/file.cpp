#include "core/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace ltfb {

namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
    throw Error(fmt::format("{}: {} ({})", path, what, std::strerror(errno)));
}

std::string folder_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent.string();
}

}  // namespace

void sync_path(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) { fail(path, "cannot be opened to be flushed"); }
    if (::fsync(file.get()) != 0) { fail(path, "cannot be flushed to disk"); }
}

void write_atomically(const std::string& path, std::string_view content) {
    PartialFile partial(path);
    {
        std::ofstream file(partial.partial_path(), std::ios::binary);
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
        file.flush();
        if (!file) { fail(partial.partial_path(), "cannot be written"); }
    }
    partial.keep();
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        throw InputError(fmt::format("{}: cannot be opened (check the path)", path));
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

PartialFile::PartialFile(std::string path) : path_(std::move(path)), partial_(path_ + ".partial") {}

PartialFile::~PartialFile() {
    if (!kept_) { std::remove(partial_.c_str()); }
}

void PartialFile::keep() {
    sync_path(partial_);
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) { fail(path_, "cannot be replaced"); }
    kept_ = true;
    sync_path(folder_of(path_));
}

}  // namespace ltfb
