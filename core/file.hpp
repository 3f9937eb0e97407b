#pragma once

#include <string>
#include <string_view>

namespace ltfb {

/// Replaces `path` by `content`: temporary file beside it, fsync, rename. A reader sees the old
/// or the new content, never a part. Throws Error.
void write_atomically(const std::string& path, std::string_view content);

/// Flushes a written file (or a directory's entries) to the disk. Throws Error.
void sync_path(const std::string& path);

/// Whole content of a text file. Throws InputError where it cannot be read.
std::string read_text(const std::string& path);

/// Removes its file when it goes out of scope, unless `keep` moved it to its final name:
/// whatever fails, no half-written output is left.
class PartialFile {
public:
    /// The temporary name is `path` + ".partial"; an old one is overwritten.
    explicit PartialFile(std::string path);
    ~PartialFile();
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    PartialFile(PartialFile&&) = delete;
    PartialFile& operator=(PartialFile&&) = delete;

    [[nodiscard]] const std::string& partial_path() const noexcept { return partial_; }
    /// Syncs the temporary file and renames it to `path`. Throws Error.
    void keep();

private:
    std::string path_;
    std::string partial_;
    bool kept_ = false;
};

}  // namespace ltfb
