#include "core/aligned.hpp"

#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace ltfb {

namespace {

constexpr std::size_t cache_line = 64;
constexpr std::size_t huge_page = std::size_t{1} << 21U;

}  // namespace

void* AlignedMemory::allocate(std::size_t size_bytes) {
    const std::size_t alignment = size_bytes < huge_page ? cache_line : huge_page;
    void* memory = nullptr;
    if (::posix_memalign(&memory, alignment, size_bytes) != 0) { throw std::bad_alloc(); }
    // A wish, before the first touch: without it the memory is as good, but slower.
    if (alignment == huge_page) { ::madvise(memory, size_bytes, MADV_HUGEPAGE); }
    return memory;
}

void AlignedMemory::free(void* memory) noexcept {
    std::free(memory);
}

}  // namespace ltfb
