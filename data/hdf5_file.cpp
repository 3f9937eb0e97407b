#include "data/hdf5_file.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "data/hdf5_check.hpp"

namespace ltfb::data {

using hdf5::check;
using hdf5::damaged;

namespace {

static_assert(std::is_same_v<hid_t, Hdf5Traits::Raw>);

void set_up_library() {
    // Our handles close everything; what the library does at exit crashes after a failed write.
    H5dont_atexit();
    check<Error>(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "hdf5", "cannot be set up");
}

hid_t native(Hdf5Type type) {
    switch (type) {
        case Hdf5Type::f32:
            return H5T_NATIVE_FLOAT;
        case Hdf5Type::f64:
            return H5T_NATIVE_DOUBLE;
        case Hdf5Type::i64:
            return H5T_NATIVE_INT64;
        case Hdf5Type::u32:
            return H5T_NATIVE_UINT32;
        default:
            return H5T_NATIVE_UINT64;
    }
}

}  // namespace

void Hdf5Traits::close(Raw raw) noexcept {
    H5Idec_ref(raw);
}

Hdf5Dataset::Hdf5Dataset(Hdf5Handle handle, std::string place)
    : handle_(std::move(handle)), place_(std::move(place)) {
    const Hdf5Handle space(check<InputError>(H5Dget_space(handle_.get()), place_, damaged));
    const int dims = check<InputError>(H5Sget_simple_extent_ndims(space.get()), place_, damaged);
    std::vector<hsize_t> extent(static_cast<std::size_t>(dims));
    check<InputError>(
        H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), place_, damaged);
    extent_.assign(extent.begin(), extent.end());
}

void Hdf5Dataset::require_stored() const {
    constexpr double best_compression = 1100.0;  // deflate reaches 1032 : 1
    const Hdf5Handle type(check<InputError>(H5Dget_type(handle_.get()), place_, damaged));
    const auto values = static_cast<double>(rows()) * static_cast<double>(columns());
    const double bytes = values * static_cast<double>(H5Tget_size(type.get()));
    const auto stored = static_cast<double>(H5Dget_storage_size(handle_.get()));
    if (bytes > stored * best_compression) {
        throw InputError(
            fmt::format("{}: declares {:.0f} values but stores only {:.0f} bytes "
                        "(truncated or damaged; import it again)",
                        place_,
                        values,
                        stored));
    }
}

ByteRange Hdf5Dataset::place_in_file() const {
    const haddr_t first = H5Dget_offset(handle_.get());
    if (first == HADDR_UNDEF) { return {}; }
    return {.first = first, .end = first + H5Dget_storage_size(handle_.get())};
}

std::optional<std::uint64_t> Hdf5Dataset::plain_f32_offset() const {
    const Hdf5Handle type(check<InputError>(H5Dget_type(handle_.get()), place_, damaged));
    const Hdf5Handle made(check<InputError>(H5Dget_create_plist(handle_.get()), place_, damaged));
    const bool is_plain = H5Tequal(type.get(), H5T_NATIVE_FLOAT) > 0 &&
                          H5Pget_layout(made.get()) == H5D_CONTIGUOUS &&
                          H5Pget_external_count(made.get()) == 0;
    const haddr_t offset = is_plain ? H5Dget_offset(handle_.get()) : HADDR_UNDEF;
    if (offset == HADDR_UNDEF) { return {}; }
    return offset;
}

bool is_hdf5_thread_safe() {
    hbool_t is_safe = 0;
    return H5is_library_threadsafe(&is_safe) >= 0 && is_safe;
}

Hdf5Handle Hdf5Dataset::select(std::size_t first, std::size_t count) const {
    Hdf5Handle space(check<Error>(H5Dget_space(handle_.get()), place_, "no space"));
    const std::array<hsize_t, 2> start{first, 0};
    const std::array<hsize_t, 2> block{columns() == 0 ? 0 : count / columns(), columns()};
    check<Error>(H5Sselect_hyperslab(
                     space.get(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr),
                 place_,
                 "cannot select rows");
    return space;
}

void Hdf5Dataset::read_raw(std::size_t first,
                           std::size_t count,
                           Hdf5Type type,
                           void* values) const {
    if (count == 0) { return; }
    set_up_library();  // of this thread
    const bool is_float = type == Hdf5Type::f32 || type == Hdf5Type::f64;
    hdf5::require_class(handle_.get(), is_float ? H5T_FLOAT : H5T_INTEGER, place_);
    const Hdf5Handle rows_of_file = select(first, count);
    const hsize_t size = count;
    const Hdf5Handle memory(check<Error>(H5Screate_simple(1, &size, nullptr), place_, "no space"));
    check<InputError>(
        H5Dread(handle_.get(), native(type), memory.get(), rows_of_file.get(), H5P_DEFAULT, values),
        place_,
        damaged);
}

void Hdf5Dataset::write_raw(std::size_t first,
                            std::size_t count,
                            Hdf5Type type,
                            const void* values) const {
    if (count == 0) { return; }
    const Hdf5Handle rows_of_file = select(first, count);
    const hsize_t size = count;
    const Hdf5Handle memory(check<Error>(H5Screate_simple(1, &size, nullptr), place_, "no space"));
    check<Error>(
        H5Dwrite(
            handle_.get(), native(type), memory.get(), rows_of_file.get(), H5P_DEFAULT, values),
        place_,
        hdf5::unwritable);
}

Hdf5File::Hdf5File(Hdf5Handle handle, std::string path)
    : handle_(std::move(handle)), path_(std::move(path)) {}

Hdf5File Hdf5File::open(const std::string& path) {
    set_up_library();
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        throw InputError(path + ": cannot be opened: no such file (check the path)");
    }
    const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());
    if (is_hdf5 < 0) { throw InputError(path + ": cannot be opened: " + hdf5::last_error()); }
    if (is_hdf5 == 0) {
        throw InputError(path + ": is not an HDF5 file (sets are written by ltfb-data)");
    }
    const Hdf5Handle access(check<Error>(H5Pcreate(H5P_FILE_ACCESS), path, "no access list"));
    check<Error>(H5Pset_file_locking(access.get(), 0, 1), path, "no access list");
    Hdf5Handle file(
        check<InputError>(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), path, damaged));
    return {std::move(file), path};
}

Hdf5File Hdf5File::create(const std::string& path, std::size_t header_bytes) {
    set_up_library();
    const Hdf5Handle creation(check<Error>(H5Pcreate(H5P_FILE_CREATE), path, "no creation list"));
    check<Error>(H5Pset_userblock(creation.get(), header_bytes), path, "no creation list");
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), H5P_DEFAULT);
    if (file < 0) {
        throw InputError(path + ": cannot be written: " + hdf5::last_error() +
                         " (check folder and permissions)");
    }
    return {Hdf5Handle(file), path};
}

bool Hdf5File::has(std::string_view name) const {
    // Each link of the path is asked for in turn: HDF5 fails where a parent is missing.
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = name.find('/', end + 1);
        const std::string parent(name.substr(0, end));
        if (H5Lexists(handle_.get(), parent.c_str(), H5P_DEFAULT) <= 0) { return false; }
    }
    return true;
}

Hdf5Dataset Hdf5File::dataset(const std::string& name, std::size_t rank) const {
    const std::string place = path_ + ": " + name;
    if (!has(name)) { throw InputError(place + ": missing (is this a set written by ltfb-data?)"); }
    Hdf5Dataset found(Hdf5Handle(check<InputError>(
                          H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT), place, damaged)),
                      place);
    if (found.rank() != rank) {
        throw InputError(
            fmt::format("{}: has {} dimensions where {} belong", place, found.rank(), rank));
    }
    return found;
}

Hdf5Dataset Hdf5File::create_dataset(const std::string& name,
                                     Hdf5Type type,
                                     std::span<const std::size_t> extent) const {
    const std::string place = path_ + ": " + name;
    return {hdf5::create_dataset(handle_.get(), name, native(type), extent, place), place};
}

std::uint64_t Hdf5File::reserve_f32(const std::string& name, std::size_t values) const {
    const std::string place = path_ + ": " + name;
    const hsize_t size = values;
    const Hdf5Handle space(check<Error>(H5Screate_simple(1, &size, nullptr), place, "no space"));
    const Hdf5Handle layout(check<Error>(H5Pcreate(H5P_DATASET_CREATE), place, "cannot be made"));
    check<Error>(H5Pset_alloc_time(layout.get(), H5D_ALLOC_TIME_EARLY), place, "cannot be made");
    check<Error>(H5Pset_fill_time(layout.get(), H5D_FILL_TIME_NEVER), place, "cannot be made");
    const Hdf5Handle dataset(check<Error>(H5Dcreate2(handle_.get(),
                                                     name.c_str(),
                                                     H5T_NATIVE_FLOAT,
                                                     space.get(),
                                                     H5P_DEFAULT,
                                                     layout.get(),
                                                     H5P_DEFAULT),
                                          place,
                                          hdf5::unwritable));
    const haddr_t offset = H5Dget_offset(dataset.get());
    require(offset != HADDR_UNDEF, place + ": has no place in the file");
    return offset;
}

void Hdf5File::flush() const {
    check<Error>(H5Fflush(handle_.get(), H5F_SCOPE_GLOBAL), path_, hdf5::unwritable);
}

}  // namespace ltfb::data
