#include "data/output.hpp"

#include <filesystem>

#include "core/error.hpp"

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

}  // namespace

Output::Output(const std::string& path, Overwrite overwrite)
    : partial_(require_free(path, overwrite)), file_(Hdf5File::create(partial_.partial_path())) {}

void Output::keep() {
    file_.flush();
    partial_.keep();
}

}  // namespace ltfb::data
