#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "data/sample_order.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// Which samples of an order a seat takes from one minibatch, and how far the next one is.
struct FeedPlace {
    std::uint64_t position = 0;  // in the order, of the first sample
    std::size_t size = 0;        // samples
    std::size_t stride = 0;      // from this minibatch to the next

    bool operator==(const FeedPlace&) const = default;
};

/// The batches of a seat, in the order in which it trains on them. Those of a set on disk are read
/// ahead by a thread; what a batch holds does not depend on that.
class BatchFeed {
public:
    /// `samples` must outlive it. `memory_bytes`: what batches that are read ahead may take; too
    /// little for two batches, or a set in memory, and each is assembled when it is wanted.
    BatchFeed(Samples& samples, SampleOrder order, std::size_t memory_bytes);
    ~BatchFeed();
    BatchFeed(const BatchFeed&) = delete;
    BatchFeed& operator=(const BatchFeed&) = delete;
    BatchFeed(BatchFeed&&) = delete;
    BatchFeed& operator=(BatchFeed&&) = delete;

    /// The batch at `place`; valid until the next call. Any place will do, but it is there already
    /// where it follows the last one by the stride. Throws what assembling it threw.
    const Batch& take(const FeedPlace& place);

    /// Whoever else assembles batches of the set holds this meanwhile.
    [[nodiscard]] std::unique_lock<std::mutex> hold_samples();

private:
    class Reader;

    Samples& samples_;
    SampleOrder order_;
    std::size_t memory_bytes_;
    std::mutex samples_in_use_;
    std::vector<std::uint32_t> indices_;
    Batch batch_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace ltfb::data
