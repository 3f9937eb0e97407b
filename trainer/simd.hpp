#pragma once

// One version of a hot loop per instruction set, chosen when the program starts, so that binaries
// run on any x86-64. Without reassociation, and without contraction where a file does not ask for
// it, versions differ in speed alone.
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__clang__)
#define LTFB_MULTIVERSION \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LTFB_MULTIVERSION
#endif
