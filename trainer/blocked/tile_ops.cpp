#include "trainer/blocked/tile_ops.hpp"

#include <algorithm>

#include "trainer/blocked/tile_ops_sets.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ltfb::trainer::blocked {

namespace {

#if defined(__x86_64__)

struct CpuidLeaf {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
};

CpuidLeaf cpuid(unsigned leaf, unsigned subleaf) {
    CpuidLeaf answer;
    __get_cpuid_count(leaf, subleaf, &answer.eax, &answer.ebx, &answer.ecx, &answer.edx);
    return answer;
}

bool has_avx512_bf16() {
    constexpr unsigned bf16_bit = 1U << 5U;
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && (cpuid(7, 1).eax & bf16_bit) != 0;
}

/// Linux gives tile registers to processes that ask for them.
bool is_amx_permitted() {
    constexpr long request_permission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;
    return ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool find_amx() {
    constexpr unsigned bf16_bit = 1U << 22U;
    constexpr unsigned tile_bit = 1U << 24U;
    constexpr unsigned both = bf16_bit | tile_bit;
    return has_avx512_bf16() && (cpuid(7, 0).edx & both) == both && is_amx_permitted();
}

#endif

std::vector<TileOps> find_tile_ops(Precision precision) {
    std::vector<TileOps> found{portable_tile_ops(precision)};
#if defined(__x86_64__)
    const auto add = [&](auto... use) {
        TileOps ops = found.back();
        (use(ops), ...);
        found.push_back(ops);
    };
    if (precision == Precision::bf16) {
        if (has_avx512_bf16()) { add(use_avx512, use_avx512_parts); }
        if (has_tile_hardware()) { add(use_amx); }
    } else if (has_tile_hardware()) {
        add(use_avx512, use_avx512_parts, use_amx);
    }
    std::reverse(found.begin(), found.end());
#endif
    return found;
}

}  // namespace

bool has_tile_hardware() {
#if defined(__x86_64__)
    static const bool has_amx = find_amx();
    return has_amx;
#else
    return false;
#endif
}

const std::vector<TileOps>& all_tile_ops(Precision precision) {
    static const std::vector<TileOps> fp32 = find_tile_ops(Precision::fp32);
    static const std::vector<TileOps> bf16 = find_tile_ops(Precision::bf16);
    return precision == Precision::fp32 ? fp32 : bf16;
}

const TileOps& fastest_tile_ops(Precision precision) {
    return all_tile_ops(precision).front();
}

void pack_activation(const TileOps& ops, const float* block, PanelPair left, PanelPair transposed) {
    ops.pack_left(block, left);
    TwoTiles right;
    ops.pack_right(block, right.pair());
    TwoTiles tiles;
    ops.right_to_left(right.first.data(), tiles.first.data());
    ops.right_to_left(right.second.data(), tiles.second.data());
    ops.stream(tiles.first.data(), transposed.first);
    ops.stream(tiles.second.data(), transposed.second);
}

void pack_gradient(const TileOps& ops, const float* block, PanelPair left, PanelPair right) {
    if (left.first != nullptr) { ops.pack_left(block, left); }
    TwoTiles tiles;
    ops.pack_right(block, tiles.pair());
    ops.stream(tiles.first.data(), right.first);
    ops.stream(tiles.second.data(), right.second);
}

}  // namespace ltfb::trainer::blocked
