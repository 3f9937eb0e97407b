#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/handle.hpp"

namespace ltfb::data {

struct Hdf5Traits {
    using Raw = std::int64_t;  // hid_t
    static Raw null() noexcept { return -1; }
    static void close(Raw raw) noexcept;
};
/// Any HDF5 identifier: file, group, dataset, type, space, property list.
using Hdf5Handle = UniqueHandle<Hdf5Traits>;

/// Element types that datasets are read into and written from; the file may hold another width
/// of the same class (HDF5 converts).
enum class Hdf5Type { f32, f64, i64, u32, u64 };

template <class T>
inline constexpr Hdf5Type hdf5_type = Hdf5Type::f32;
template <>
inline constexpr Hdf5Type hdf5_type<double> = Hdf5Type::f64;
template <>
inline constexpr Hdf5Type hdf5_type<std::int64_t> = Hdf5Type::i64;
template <>
inline constexpr Hdf5Type hdf5_type<std::uint32_t> = Hdf5Type::u32;
template <>
inline constexpr Hdf5Type hdf5_type<std::uint64_t> = Hdf5Type::u64;

/// A numeric dataset of rank 1 or 2, open. Reading throws InputError, writing Error.
class Hdf5Dataset {
public:
    Hdf5Dataset(Hdf5Handle handle, std::string place);

    [[nodiscard]] std::size_t rank() const noexcept { return extent_.size(); }
    [[nodiscard]] std::size_t rows() const noexcept { return extent_[0]; }
    /// 1 for a dataset of rank 1.
    [[nodiscard]] std::size_t columns() const noexcept { return rank() == 2 ? extent_[1] : 1; }

    /// Rows [first, first + values.size() / columns()).
    template <class T>
    void read_rows(std::size_t first, std::span<T> values) const {
        read_raw(first, values.size(), hdf5_type<T>, values.data());
    }
    template <class T>
    void write_rows(std::size_t first, std::span<const T> values) const {
        write_raw(first, values.size(), hdf5_type<T>, values.data());
    }

    /// Where the first value lies in the file, if all follow it as they are in memory (fp32,
    /// without gaps or compression, in this one file), so that they can be read without the
    /// library.
    [[nodiscard]] std::optional<std::uint64_t> plain_f32_offset() const;

    /// Throws InputError unless the file holds that many bytes for it: a damaged extent must not
    /// become a huge allocation.
    void require_stored() const;
    /// Where its values are in the file; empty where they are not in one piece.
    [[nodiscard]] ByteRange place_in_file() const;

private:
    [[nodiscard]] Hdf5Handle select(std::size_t first, std::size_t count) const;
    void read_raw(std::size_t first, std::size_t count, Hdf5Type type, void* values) const;
    void write_raw(std::size_t first, std::size_t count, Hdf5Type type, const void* values) const;

    Hdf5Handle handle_;
    std::string place_;  // "<file>: <dataset>"
    std::vector<std::size_t> extent_;
};

/// Whether the library may be used by several threads.
bool is_hdf5_thread_safe();

/// An HDF5 file. The only wrapper of the library; errors name file and dataset.
class Hdf5File {
public:
    /// Read-only, without file locks. Throws InputError where it is no HDF5 file or is truncated; a
    /// file damaged in other ways may crash the library (data/open_set.hpp takes care).
    static Hdf5File open(const std::string& path);
    /// Truncates; leaves `header_bytes` (0, or a power of two from 512 on) free before the HDF5
    /// content. Throws InputError where it cannot be written.
    static Hdf5File create(const std::string& path, std::size_t header_bytes = 0);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] bool has(std::string_view name) const;

    [[nodiscard]] Hdf5Dataset dataset(const std::string& name, std::size_t rank) const;
    /// Contiguous layout, so rows can be read one by one; parent groups are created.
    [[nodiscard]] Hdf5Dataset create_dataset(const std::string& name,
                                             Hdf5Type type,
                                             std::span<const std::size_t> extent) const;

    /// A dataset of `values` fp32 numbers whose place in the file is settled but that isn't
    /// written: they belong at the returned offset, in native byte order, once this file is closed.
    /// Lets a thread write them that must not call the library.
    [[nodiscard]] std::uint64_t reserve_f32(const std::string& name, std::size_t values) const;

    /// A whole dataset of rank 1.
    template <class T>
    [[nodiscard]] std::vector<T> read(const std::string& name) const {
        const Hdf5Dataset source = dataset(name, 1);
        source.require_stored();
        std::vector<T> values(source.rows());
        source.read_rows(0, std::span(values));
        return values;
    }
    /// Rank 1, or 2 where `columns` is given.
    template <class T>
    void write(const std::string& name, std::span<const T> values, std::size_t columns = 0) const {
        const std::size_t extent[]{columns == 0 ? values.size() : values.size() / columns, columns};
        create_dataset(name, hdf5_type<T>, std::span(extent).first(columns == 0 ? 1 : 2))
            .write_rows(0, values);
    }

    /// Texts of a rank-1 dataset, of fixed or variable length.
    [[nodiscard]] std::vector<std::string> read_texts(const std::string& name) const;
    /// The first text of a dataset; empty where it is missing.
    [[nodiscard]] std::string read_optional_text(const std::string& name) const;
    void write_texts(const std::string& name, std::span<const std::string> texts) const;

    /// Forces everything written to the operating system, and reports what failed. Throws Error.
    void flush() const;

private:
    Hdf5File(Hdf5Handle handle, std::string path);

    Hdf5Handle handle_;
    std::string path_;
};

}  // namespace ltfb::data
