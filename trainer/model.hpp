#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ltfb::trainer {

/// Widths of a Combo network: a cell track and a drug track (its weights shared by both drugs) of
/// `track_layers` blocks, concatenation [cell | drug 1 | drug 2 | dose 1, dose 2], `top_layers`
/// blocks and one linear output. A block is fully connected (width `hidden`), ReLU, dropout.
struct ModelShape {
    std::size_t cell_features = 0;
    std::size_t drug_features = 0;
    bool has_dose = false;
    std::size_t hidden = 1000;
    std::size_t track_layers = 3;
    std::size_t top_layers = 3;

    bool operator==(const ModelShape&) const = default;
};

/// Where a fully connected layer lies in the arena: weights [i x o] row-major without gaps (one row
/// an input, so that a slice of the inputs is contiguous), then biases [o], each from a cache line
/// on. Rows padded to cache lines measured no faster.
struct Layer {
    std::string name;  // "cell.0", "drug.2", "top.0", "output"
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::size_t weights_at = 0;
    std::size_t bias_at = 0;
};

/// All layers of a model in one arena; a pure function of the shape. Padding, if any, stays zero.
struct ModelLayout {
    explicit ModelLayout(const ModelShape& model_shape);

    ModelShape shape;
    std::vector<Layer> cell_track;
    std::vector<Layer> drug_track;
    std::vector<Layer> top;      // the last one is the linear output
    std::size_t arena_size = 0;  // floats, padding included
    std::size_t parameters = 0;  // floats that are trained
};

/// He-normal matrices (He et al. 2015, sd sqrt(2 / inputs)), zero biases; a pure function of
/// (layout, seed, trainer).
void init_weights(const ModelLayout& layout,
                  std::uint64_t seed,
                  std::uint32_t trainer,
                  std::span<float> arena);

}  // namespace ltfb::trainer
