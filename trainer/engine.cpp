#include "trainer/engine.hpp"

#include <fmt/core.h>

#include "core/error.hpp"
#include "trainer/onednn_engine.hpp"
#include "trainer/reference_engine.hpp"

namespace ltfb::trainer {

std::unique_ptr<Engine> make_engine(std::string_view name, const ModelShape& shape, int threads) {
    if (name == "reference") { return std::make_unique<ReferenceEngine>(shape); }
    if (name == "onednn") { return std::make_unique<OnednnEngine>(shape, threads); }
    throw InputError(
        fmt::format("engine '{}': this build has no such engine (one of reference, onednn)", name));
}

}  // namespace ltfb::trainer
