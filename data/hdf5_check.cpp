#include "data/hdf5_check.hpp"

#include <vector>

namespace ltfb::data::hdf5 {

namespace {

const char* class_name(H5T_class_t type_class) {
    switch (type_class) {
        case H5T_INTEGER:
            return "integers";
        case H5T_FLOAT:
            return "floating-point numbers";
        case H5T_STRING:
            return "texts";
        default:
            return "something else";
    }
}

/// Of the library's long descriptions of failed system calls, what the system said.
std::string in_short(const std::string& text) {
    constexpr std::string_view key = "error message = '";
    const std::size_t at = text.find(key);
    if (at == std::string::npos) { return text.substr(0, text.find('\n')); }
    const std::size_t begin = at + key.size();
    return text.substr(begin, text.find('\'', begin) - begin);
}

}  // namespace

std::string last_error() {
    std::string text = "unknown reason";
    const auto innermost = [](unsigned, const H5E_error2_t* entry, void* out) -> herr_t {
        if (entry->desc != nullptr) { *static_cast<std::string*>(out) = entry->desc; }
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, innermost, &text);
    return in_short(text);
}

void require_class(hid_t dataset, H5T_class_t wanted, const std::string& place) {
    const Hdf5Handle type(check<InputError>(H5Dget_type(dataset), place, damaged));
    const H5T_class_t found = H5Tget_class(type.get());
    if (found != wanted) {
        throw InputError(fmt::format(
            "{}: holds {} where {} belong", place, class_name(found), class_name(wanted)));
    }
}

Hdf5Handle create_dataset(hid_t file,
                          const std::string& name,
                          hid_t type,
                          std::span<const std::size_t> extent,
                          const std::string& place) {
    const std::vector<hsize_t> dims(extent.begin(), extent.end());
    const Hdf5Handle space(check<Error>(
        H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), place, "no space"));
    const Hdf5Handle links(check<Error>(H5Pcreate(H5P_LINK_CREATE), place, "cannot be made"));
    check<Error>(H5Pset_create_intermediate_group(links.get(), 1), place, "cannot be made");
    // Without times, equal content is equal bytes.
    const Hdf5Handle creation(check<Error>(H5Pcreate(H5P_DATASET_CREATE), place, "cannot be made"));
    check<Error>(H5Pset_obj_track_times(creation.get(), false), place, "cannot be made");
    return Hdf5Handle(check<Error>(
        H5Dcreate2(file, name.c_str(), type, space.get(), links.get(), creation.get(), H5P_DEFAULT),
        place,
        "cannot be made"));
}

}  // namespace ltfb::data::hdf5
