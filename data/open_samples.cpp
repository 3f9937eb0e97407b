#include "data/dense_samples.hpp"
#include "data/factored_samples.hpp"
#include "data/open_set.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

std::unique_ptr<Samples> open_samples(const std::string& path) {
    Hdf5File file = open_set(path);
    if (is_dense(file)) { return std::make_unique<DenseSamples>(std::move(file)); }
    return std::make_unique<FactoredSamples>(read_factored(file));
}

}  // namespace ltfb::data
