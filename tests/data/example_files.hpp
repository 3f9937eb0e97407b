#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <unistd.h>
#include <zlib.h>

#include "core/error.hpp"

namespace example {

/// A folder of this process, removed with the object.
class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("ltfb_data_test_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&&) = delete;
    Folder& operator=(Folder&&) = delete;

    [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

    /// Writes a text file and returns its path.
    [[nodiscard]] std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(at(name), std::ios::binary) << content;
        return at(name);
    }
    [[nodiscard]] std::string write_gzip(const std::string& name,
                                         const std::string& content) const {
        gzFile file = gzopen(at(name).c_str(), "wb");
        gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
        gzclose(file);
        return at(name);
    }

private:
    std::filesystem::path path_;
};

/// The message of the InputError that `body` throws; "no error" where it throws none.
inline std::string failure_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const ltfb::InputError& error) { return error.what(); }
    return "no error";
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace example
