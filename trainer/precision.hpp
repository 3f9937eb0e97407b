#pragma once

namespace ltfb::trainer {

/// What matrix products are made in; sums, weights, loss and updates are fp32 always.
enum class Precision { fp32, bf16 };

}  // namespace ltfb::trainer
