#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

namespace ltfb::experiments {

/// A growing array in blocks: no element moves, and growing never holds the data twice, which is
/// what keeps a log of ten million rows inside its memory limit.
template <class T>
class Column {
public:
    static constexpr std::size_t block_rows = std::size_t{1} << 13U;

    void push_back(const T& value) {
        if (size_ % block_rows == 0) {
            blocks_.push_back(std::make_unique_for_overwrite<T[]>(block_rows));
        }
        blocks_[size_ / block_rows][size_ % block_rows] = value;
        ++size_;
    }
    void truncate(std::size_t size) {
        assert(size <= size_);
        size_ = size;
        blocks_.resize((size + block_rows - 1) / block_rows);
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T& operator[](std::size_t row) noexcept {
        assert(row < size_);
        return blocks_[row / block_rows][row % block_rows];
    }
    [[nodiscard]] const T& operator[](std::size_t row) const noexcept {
        assert(row < size_);
        return blocks_[row / block_rows][row % block_rows];
    }

private:
    std::vector<std::unique_ptr<T[]>> blocks_;
    std::size_t size_ = 0;
};

}  // namespace ltfb::experiments
