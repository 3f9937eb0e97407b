#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ltfb::data {

/// Which rows of a table a batch uses, and where they stand in the batch's own table: ascending,
/// or at their own index where at least half are used and the whole table serves. Does not
/// allocate once constructed.
class RowMap {
public:
    explicit RowMap(std::size_t rows) : position_(rows) { copied_.reserve(rows); }

    void clear() noexcept { std::fill(position_.begin(), position_.end(), 0U); }
    void mark(std::uint32_t row) noexcept { position_[row] = 1; }

    /// Ends marking; `copied` and `position` are valid until the next `clear`.
    void number() noexcept {
        copied_.clear();
        const auto used =
            static_cast<std::size_t>(std::count(position_.begin(), position_.end(), 1U));
        const bool use_whole = 2 * used >= position_.size();
        for (std::uint32_t row = 0; row < position_.size(); ++row) {
            if (use_whole) {
                position_[row] = row;
            } else if (position_[row] == 1) {
                position_[row] = static_cast<std::uint32_t>(copied_.size());
                copied_.push_back(row);
            }
        }
    }

    /// Rows to be copied, ascending; empty where the whole table serves.
    [[nodiscard]] std::span<const std::uint32_t> copied() const noexcept { return copied_; }
    [[nodiscard]] std::uint32_t position(std::uint32_t row) const noexcept {
        return position_[row];
    }
    /// The most rows that `marks` marks can make copied.
    [[nodiscard]] std::size_t most_copied(std::size_t marks) const noexcept {
        return position_.empty() ? 0 : std::min(marks, (position_.size() - 1) / 2);
    }

private:
    std::vector<std::uint32_t> position_;
    std::vector<std::uint32_t> copied_;
};

}  // namespace ltfb::data
