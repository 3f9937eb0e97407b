#include "core/error.hpp"
#include "data/dense_samples.hpp"
#include "data/factored_samples.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

std::unique_ptr<Samples> open_samples(const std::string& path) {
    Hdf5File file = Hdf5File::open(path);
    if (file.has("/samples")) { return std::make_unique<FactoredSamples>(read_factored(file)); }
    if (file.has("/dense")) { return std::make_unique<DenseSamples>(std::move(file)); }
    throw InputError(path + ": holds neither /samples nor /dense (sets are written by ltfb-data)");
}

}  // namespace ltfb::data
