#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ltfb::trainer {

/// Between two looks at what another core is about to write.
inline void pause() {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

}  // namespace ltfb::trainer
