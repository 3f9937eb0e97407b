#include <algorithm>

#include "data/hdf5_check.hpp"

namespace ltfb::data {

using hdf5::check;
using hdf5::damaged;

namespace {

Hdf5Handle text_type(std::size_t size) {
    constexpr const char* what = "cannot make a text type";
    Hdf5Handle type(check<Error>(H5Tcopy(H5T_C_S1), "hdf5", what));
    check<Error>(H5Tset_size(type.get(), size), "hdf5", what);
    check<Error>(H5Tset_cset(type.get(), H5T_CSET_UTF8), "hdf5", what);
    return type;
}

std::vector<std::string> read_variable(hid_t dataset,
                                       hid_t type,
                                       std::size_t n,
                                       const std::string& place) {
    std::vector<char*> raw(n);
    check<InputError>(
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()), place, damaged);
    std::vector<std::string> texts(n);
    std::transform(raw.begin(), raw.end(), texts.begin(), [](const char* text) {
        return text == nullptr ? std::string() : std::string(text);
    });
    const Hdf5Handle space(check<InputError>(H5Dget_space(dataset), place, damaged));
    check<InputError>(H5Dvlen_reclaim(type, space.get(), H5P_DEFAULT, raw.data()), place, damaged);
    return texts;
}

std::vector<std::string> read_fixed(hid_t dataset,
                                    hid_t type,
                                    std::size_t n,
                                    const std::string& place) {
    const std::size_t width = H5Tget_size(type);
    std::string raw(n * width, '\0');
    check<InputError>(
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()), place, damaged);
    std::vector<std::string> texts(n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::string text = raw.substr(i * width, width);
        texts[i] = text.substr(0, text.find_last_not_of(std::string_view(" \0", 2)) + 1);
    }
    return texts;
}

}  // namespace

std::vector<std::string> Hdf5File::read_texts(const std::string& name) const {
    const std::size_t n = [&] {
        const Hdf5Dataset source = dataset(name, 1);
        source.require_stored();
        return source.rows();
    }();
    const std::string place = path_ + ": " + name;
    const Hdf5Handle source(
        check<InputError>(H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT), place, damaged));
    hdf5::require_class(source.get(), H5T_STRING, place);
    const Hdf5Handle type(check<InputError>(H5Dget_type(source.get()), place, damaged));
    const bool is_variable = check<InputError>(H5Tis_variable_str(type.get()), place, damaged) > 0;
    return is_variable ? read_variable(source.get(), type.get(), n, place)
                       : read_fixed(source.get(), type.get(), n, place);
}

std::string Hdf5File::read_optional_text(const std::string& name) const {
    if (!has(name)) { return {}; }
    const auto texts = read_texts(name);
    return texts.empty() ? std::string() : texts.front();
}

void Hdf5File::write_texts(const std::string& name, std::span<const std::string> texts) const {
    const std::string place = path_ + ": " + name;
    const Hdf5Handle type = text_type(H5T_VARIABLE);
    const std::size_t extent[]{texts.size()};
    const Hdf5Handle target = hdf5::create_dataset(handle_.get(), name, type.get(), extent, place);
    if (texts.empty()) { return; }
    std::vector<const char*> raw(texts.size());
    std::transform(texts.begin(), texts.end(), raw.begin(), [](const std::string& text) {
        return text.c_str();
    });
    check<Error>(H5Dwrite(target.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()),
                 place,
                 hdf5::unwritable);
}

}  // namespace ltfb::data
