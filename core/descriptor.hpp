#pragma once

#include <unistd.h>

#include "core/handle.hpp"

namespace ltfb {

struct DescriptorTraits {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw raw) noexcept { ::close(raw); }
};
/// An open file, pipe or socket of the operating system.
using Descriptor = UniqueHandle<DescriptorTraits>;

}  // namespace ltfb
