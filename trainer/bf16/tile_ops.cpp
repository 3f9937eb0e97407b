#include "trainer/bf16/tile_ops.hpp"

#include <array>

#include "trainer/bf16/tile_ops_sets.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ltfb::trainer::bf16 {

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

const TileOps& amx_tile_ops() {
    static const TileOps ops = [] {
        TileOps amx = avx512_tile_ops;
        amx.name = "amx";
        amx.begin = amx_begin;
        amx.end = amx_end;
        amx.multiply = amx_multiply;
        return amx;
    }();
    return ops;
}

#endif

std::vector<const TileOps*> find_tile_ops() {
    std::vector<const TileOps*> found;
#if defined(__x86_64__)
    if (has_tile_hardware()) { found.push_back(&amx_tile_ops()); }
    if (has_avx512_bf16()) { found.push_back(&avx512_tile_ops); }
#endif
    found.push_back(&portable_tile_ops);
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

const std::vector<const TileOps*>& all_tile_ops() {
    static const std::vector<const TileOps*> all = find_tile_ops();
    return all;
}

const TileOps& fastest_tile_ops() {
    return *all_tile_ops().front();
}

namespace {

/// A block on its way to memory.
struct alignas(64) TwoTiles {
    std::array<Value, tile_values> first;
    std::array<Value, tile_values> second;

    PanelPair pair() { return {first.data(), second.data()}; }
};

}  // namespace

void pack_activation(const TileOps& ops, const float* block, PanelPair left, PanelPair transposed) {
    ops.pack_left(block, left);
    TwoTiles right;
    ops.pack_right(block, right.pair());
    TwoTiles tiles;
    ops.transpose(right.first.data(), tiles.first.data());
    ops.transpose(right.second.data(), tiles.second.data());
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

}  // namespace ltfb::trainer::bf16
