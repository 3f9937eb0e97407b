#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace ltfb {

/// Zero-initialised array on cache-line boundaries. Move-only, fixed size.
template <class T>
class AlignedArray {
public:
    static constexpr std::size_t alignment = 64;

    AlignedArray() = default;
    explicit AlignedArray(std::size_t size)
        : values_(static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{alignment}))),
          size_(size) {
        std::uninitialized_value_construct_n(values_.get(), size);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* data() noexcept { return values_.get(); }
    [[nodiscard]] const T* data() const noexcept { return values_.get(); }
    [[nodiscard]] std::span<T> span() noexcept { return {data(), size_}; }
    [[nodiscard]] std::span<const T> span() const noexcept { return {data(), size_}; }

private:
    struct Free {
        void operator()(T* values) const noexcept {
            ::operator delete (values, std::align_val_t{alignment});
        }
    };
    std::unique_ptr<T[], Free> values_;
    std::size_t size_ = 0;
};

}  // namespace ltfb
