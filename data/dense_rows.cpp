#include "data/dense_rows.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/uio.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "data/check_values.hpp"

namespace ltfb::data {

namespace {

constexpr std::size_t longest_run = 64;  // rows read at once

/// Fills the parts, in turn, from `offset` on.
void read_parts(int file, std::uint64_t offset, std::span<iovec> parts, const std::string& place) {
    while (!parts.empty()) {
        const auto size = ::preadv(
            file, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
        if (size < 0 && errno == EINTR) { continue; }
        if (size <= 0) {
            throw InputError(
                fmt::format("{}: cannot be read at byte {}: {}",
                            place,
                            offset,
                            size == 0 ? "the file has become shorter" : std::strerror(errno)));
        }
        offset += static_cast<std::uint64_t>(size);
        auto left = static_cast<std::size_t>(size);
        while (!parts.empty() && left >= parts.front().iov_len) {
            left -= parts.front().iov_len;
            parts = parts.subspan(1);
        }
        if (!parts.empty()) {
            parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
            parts.front().iov_len -= left;
        }
    }
}

/// The sum of finite numbers times zero is zero; of others it is not a number. Unlike a search,
/// this is done for many values at once.
bool are_finite(std::span<const float> values) {
    constexpr std::size_t lanes = 32;
    std::array<float, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= values.size(); i += lanes) {
        for (std::size_t l = 0; l < lanes; ++l) { sums[l] += values[i + l] * 0.0F; }
    }
    for (; i < values.size(); ++i) { sums[0] += values[i] * 0.0F; }
    return std::ranges::all_of(sums, [](float sum) { return sum == 0.0F; });
}

}  // namespace

DenseRows::DenseRows(const Hdf5File& file, const DenseIndex& index)
    : index_(index),
      place_(file.path() + ": /dense/features"),
      features_(open_dense_features(file, index)) {
    if (const auto offset = features_.plain_f32_offset()) {
        file_ = Descriptor(::open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
        offset_ = *offset;
    }
    if (!file_) { rows_.resize(longest_run * index_.slices.columns()); }
}

void DenseRows::read(std::span<Wanted> wanted) {
    std::ranges::sort(wanted, {}, &Wanted::row);
    for (std::size_t begin = 0, end = 0; begin < wanted.size(); begin = end) {
        for (end = begin + 1; end < wanted.size() && end - begin < longest_run &&
                              wanted[end].row == wanted[end - 1].row + 1;) {
            ++end;
        }
        const auto run = wanted.subspan(begin, end - begin);
        file_ ? read_plain(run) : read_by_library(run);
    }
}

void DenseRows::read_plain(std::span<const Wanted> run) {
    std::array<iovec, 2 * longest_run> parts;
    const std::size_t cell = index_.slices.cell_features();
    const std::size_t drugs = 2 * index_.slices.drug_features();
    for (std::size_t r = 0; r < run.size(); ++r) {
        parts[2 * r] = {run[r].cell, cell * sizeof(float)};
        parts[2 * r + 1] = {run[r].drugs, drugs * sizeof(float)};
    }
    const std::uint64_t row_bytes = index_.slices.columns() * sizeof(float);
    read_parts(file_.get(),
               offset_ + run.front().row * row_bytes,
               std::span(parts).first(2 * run.size()),
               place_);
    for (const Wanted& wanted : run) { require_right(wanted); }
}

void DenseRows::read_by_library(std::span<const Wanted> run) {
    const std::size_t columns = index_.slices.columns();
    const std::span<float> rows = std::span(rows_).first(run.size() * columns);
    features_.read_rows(run.front().row, rows);
    for (std::size_t r = 0; r < run.size(); ++r) {
        const float* const row = &rows[r * columns];
        std::copy_n(row, index_.slices.cell_features(), run[r].cell);
        std::copy_n(
            row + index_.slices.cell_features(), 2 * index_.slices.drug_features(), run[r].drugs);
        require_right(run[r]);
    }
}

void DenseRows::require_right(const Wanted& wanted) const {
    const std::size_t width = index_.slices.drug_features();
    const std::span<const float> cell(wanted.cell, index_.slices.cell_features());
    const std::span<const float> drugs(wanted.drugs, 2 * width);
    const SampleKey& key = index_.keys[wanted.row];
    const bool has_digests = !index_.content_digest.empty();  // else keys need not be digests
    const bool is_as_said = !has_digests || (key.cell == digest_of(cell) &&
                                             key.drug1 == digest_of(drugs.first(width)) &&
                                             key.drug2 == digest_of(drugs.last(width)));
    if (is_as_said && are_finite(cell) && are_finite(drugs)) { return; }
    std::vector<float> row(cell.begin(), cell.end());
    row.insert(row.end(), drugs.begin(), drugs.end());
    require_finite(row, place_, row.size(), wanted.row);
    if (has_digests) { require_rows(row, wanted.row, index_, place_); }
}

}  // namespace ltfb::data
