#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace ltfb {

/// Memory on a cache line, or, where there is much of it, on huge pages if the system has them: a
/// pass over a model's arenas with small ones spends a tenth of its time on finding pages.
/// Throws std::bad_alloc.
struct AlignedMemory {
    static void* allocate(std::size_t size_bytes);
    static void free(void* memory) noexcept;
};

/// Zero-initialised array on cache-line boundaries. Move-only, fixed size.
template <class T>
class AlignedArray {
public:
    AlignedArray() = default;
    explicit AlignedArray(std::size_t size)
        : values_(static_cast<T*>(AlignedMemory::allocate(size * sizeof(T)))), size_(size) {
        std::uninitialized_value_construct_n(values_.get(), size);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* data() noexcept { return values_.get(); }
    [[nodiscard]] const T* data() const noexcept { return values_.get(); }
    [[nodiscard]] std::span<T> span() noexcept { return {data(), size_}; }
    [[nodiscard]] std::span<const T> span() const noexcept { return {data(), size_}; }

private:
    struct Free {
        void operator()(T* values) const noexcept { AlignedMemory::free(values); }
    };
    std::unique_ptr<T[], Free> values_;
    std::size_t size_ = 0;
};

}  // namespace ltfb
