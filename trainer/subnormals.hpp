#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ltfb::trainer {

/// While it lives, this thread's arithmetic takes subnormal numbers for zeros and makes none. Where
/// a weight gets no gradient, a moment shrinks until it is subnormal and stays that, and processors
/// need some hundred cycles for each of them.
class SubnormalsAreZero {
public:
    SubnormalsAreZero() noexcept : before_(control()) { set_control(before_ | zeros); }
    ~SubnormalsAreZero() { set_control(before_); }
    SubnormalsAreZero(const SubnormalsAreZero&) = delete;
    SubnormalsAreZero& operator=(const SubnormalsAreZero&) = delete;
    SubnormalsAreZero(SubnormalsAreZero&&) = delete;
    SubnormalsAreZero& operator=(SubnormalsAreZero&&) = delete;

private:
#if defined(__x86_64__)
    using Control = unsigned;
    static constexpr Control zeros = _MM_FLUSH_ZERO_ON | 0x0040U;  // results, operands
    static Control control() noexcept {
        return _mm_getcsr();
    }
    static void set_control(Control value) noexcept {
        _mm_setcsr(value);
    }
#elif defined(__aarch64__)
    using Control = std::uint64_t;
    static constexpr Control zeros = std::uint64_t{1} << 24U;  // both
    static Control control() noexcept {
        Control value = 0;
        asm volatile("mrs %0, fpcr" : "=r"(value)::"memory");
        return value;
    }
    static void set_control(Control value) noexcept {
        asm volatile("msr fpcr, %0" ::"r"(value) : "memory");
    }
#else
    using Control = std::uint32_t;
    static constexpr Control zeros = 0;  // nothing known
    static Control control() noexcept {
        return 0;
    }
    static void set_control(Control) noexcept {}
#endif
    Control before_;
};

}  // namespace ltfb::trainer
