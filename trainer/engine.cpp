#include "trainer/engine.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "core/error.hpp"
#include "trainer/blocked/engine.hpp"
#include "trainer/onednn_engine.hpp"
#include "trainer/reference_engine.hpp"

namespace ltfb::trainer {

ArenaRange range_of(const ModelLayout& layout, const Layer& layer) {
    std::size_t end = layout.arena_size;
    for (const auto* layers : {&layout.cell_track, &layout.drug_track, &layout.top}) {
        for (const Layer& other : *layers) {
            if (other.weights_at > layer.weights_at) { end = std::min(end, other.weights_at); }
        }
    }
    return {layer.weights_at, end};
}

bool has_matrix_hardware() {
    return blocked::has_tile_hardware();
}

std::string_view engine_of(std::string_view name, bool has_hardware) {
    if (name != "auto") { return name; }
    return has_hardware ? "blocked" : "onednn";
}

Precision parse_precision(std::string_view name, std::string_view engine, bool has_hardware) {
    if (name == "auto") {
        const bool is_worth_it = engine != "reference" && has_hardware;
        return is_worth_it ? Precision::bf16 : Precision::fp32;
    }
    if (name == "fp32") { return Precision::fp32; }
    if (name == "bf16") { return Precision::bf16; }
    throw InputError(fmt::format("precision '{}': unknown (one of auto, fp32, bf16)", name));
}

const char* name_of(Precision precision) {
    return precision == Precision::bf16 ? "bf16" : "fp32";
}

std::unique_ptr<Engine> make_engine(std::string_view name,
                                    const ModelShape& shape,
                                    int threads,
                                    Precision precision) {
    const std::string_view engine = engine_of(name);
    if (engine == "blocked" || (engine == "onednn" && precision == Precision::bf16)) {
        return std::make_unique<blocked::Engine>(
            shape, threads, blocked::fastest_tile_ops(precision));
    }
    if (engine == "onednn") { return std::make_unique<OnednnEngine>(shape, threads); }
    if (engine == "reference") { return std::make_unique<ReferenceEngine>(shape, precision); }
    throw InputError(fmt::format(
        "engine '{}': this build has no such engine (one of auto, blocked, onednn, reference)",
        name));
}

}  // namespace ltfb::trainer
