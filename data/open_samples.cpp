#include "data/dense_samples.hpp"
#include "data/factored_samples.hpp"
#include "data/open_set.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

void Samples::assemble_all(std::span<const std::uint32_t> samples, std::span<Batch> batches) {
    const std::size_t size = batches.empty() ? 0 : samples.size() / batches.size();
    for (Batch& batch : batches) {
        assemble(samples.first(size), batch);
        samples = samples.subspan(size);
    }
}

std::unique_ptr<Samples> open_samples(const std::string& path) {
    Hdf5File file = open_set(path);
    if (is_dense(file)) { return std::make_unique<DenseSamples>(std::move(file)); }
    return std::make_unique<FactoredSamples>(read_factored(file));
}

}  // namespace ltfb::data
