#include "data/open_set.hpp"

#include <filesystem>

#include "core/error.hpp"
#include "core/trial.hpp"
#include "data/dense_set.hpp"
#include "data/factored_set.hpp"
#include "data/seal.hpp"

namespace ltfb::data {

namespace {

// Values that are stored in one piece are read without any structure that could mislead.
void read_pieces(const Hdf5Dataset& features) {
    if (features.place_in_file().end > 0) { return; }
    std::vector<float> row(features.columns());
    for (std::size_t r = 0; r < features.rows(); ++r) { features.read_rows(r, std::span(row)); }
}

void read_whole(const std::string& path) {
    const Hdf5File file = Hdf5File::open(path);
    if (is_dense(file)) {
        read_pieces(open_dense_features(file, read_dense_index(file)));
    } else {
        (void)read_factored(file);
    }
}

TrialLimits limits_for(const std::string& path) {
    constexpr std::uint64_t bytes_per_cpu_s = 1'000'000;  // by far the slowest case
    constexpr std::uint64_t expansion = 64;
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    TrialLimits limits{.cpu_s = 2};
    if (failed) { return limits; }
    limits.cpu_s += static_cast<unsigned>(size / bytes_per_cpu_s);
    limits.more_memory_bytes += expansion * size;
    return limits;
}

}  // namespace

Hdf5File open_set(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) { return Hdf5File::open(path); }
    const Seal seal = inspect_seal(path);
    if (seal == Seal::whole) { return Hdf5File::open(path); }
    const Trial trial = try_in_child([&] { read_whole(path); }, limits_for(path));
    if (trial.end == TrialEnd::refused) { throw InputError(trial.message); }
    if (trial.end == TrialEnd::died) {
        throw InputError(path + ": cannot be read (truncated or damaged; import it again)");
    }
    if (seal == Seal::broken) {
        throw InputError(path +
                         ": differs from what was written (changed or damaged; import it again)");
    }
    return Hdf5File::open(path);
}

bool is_dense(const Hdf5File& file) {
    if (file.has("/samples")) { return false; }
    if (file.has("/dense")) { return true; }
    throw InputError(file.path() +
                     ": holds neither /samples nor /dense (sets are written by ltfb-data)");
}

}  // namespace ltfb::data
