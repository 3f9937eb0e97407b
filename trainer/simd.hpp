#pragma once

// One version of a hot loop per instruction set, chosen when the program starts, so that binaries
// run on any x86-64. Versions differ in vector width alone, never in the result: the folder is
// compiled without contraction and reassociation.
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__clang__)
#define LTFB_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define LTFB_MULTIVERSION
#endif
