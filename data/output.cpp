#include "data/output.hpp"

#include <filesystem>

#include "core/error.hpp"
#include "data/seal.hpp"

namespace ltfb::data {

namespace {

const std::string& require_free(const std::string& path, Overwrite overwrite) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (path.empty()) { throw InputError("--out: is empty (name the file to write)"); }
    if (fs::is_directory(path, ignored)) {
        throw InputError(path + ": cannot be written: is a folder (name a file)");
    }
    if (overwrite == Overwrite::no && fs::exists(path, ignored)) {
        throw InputError(path + ": exists already (remove it, or use --force)");
    }
    return path;
}

/// Features that are too many to be read at each opening: their keys tell where they are damaged.
ByteRange bulk_in(const Hdf5File& file) {
    constexpr const char* name = "/dense/features";
    constexpr std::uint64_t bulk_bytes = std::uint64_t{64} << 20U;
    if (!file.has(name)) { return {}; }
    const ByteRange range = file.dataset(name, 2).place_in_file();
    return range.end - range.first > bulk_bytes ? range : ByteRange{};
}

}  // namespace

Output::Output(const std::string& path, Overwrite overwrite)
    : partial_(require_free(path, overwrite)),
      file_(Hdf5File::create(partial_.partial_path(), seal_bytes)) {}

void Output::keep() {
    const ByteRange bulk = bulk_in(*file_);
    file_->flush();
    file_.reset();
    seal_file(partial_.partial_path(), bulk);
    partial_.keep();
}

}  // namespace ltfb::data
