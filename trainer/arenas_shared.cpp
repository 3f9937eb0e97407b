#include <algorithm>
#include <array>
#include <utility>

#include "core/mpi_shared.hpp"
#include "core/shard.hpp"
#include "trainer/arenas.hpp"

namespace ltfb::trainer {

namespace {

constexpr std::size_t piece = 4096;  // floats summed over all seats while in the first cache

std::span<float> floats_of(std::span<std::byte> bytes) {
    return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

/// One copy of the weights, in the memory of seat 0. A step's two barriers keep it whole: nobody
/// updates a weight before all have made their gradients from it, and nobody writes a gradient
/// before all have summed and applied the last.
class SharedArenas final : public Arenas {
public:
    SharedArenas(const mpi::Comm& comm, mpi::SharedMemory memory, std::size_t arena_size)
        : comm_(comm),
          memory_(std::move(memory)),
          shard_(shard_of(arena_size, comm.rank(), comm.size())) {
        for (int seat = 0; seat < comm.size(); ++seat) {
            gradients_.push_back(floats_of(memory_.part(seat)).first(arena_size));
        }
        weights_ = floats_of(memory_.part(0)).last(arena_size);
    }

    [[nodiscard]] std::span<float> weights() noexcept override { return weights_; }
    [[nodiscard]] std::span<float> gradient() noexcept override {
        return gradients_[static_cast<std::size_t>(comm_.rank())];
    }

    [[nodiscard]] bool is_shared() const noexcept override { return true; }
    void gradient_ready(ArenaRange /*part*/) override {}

    // Others read this seat's gradient in their own shards alone, so its shard can take the sum.
    void sum_gradients(const mpi::Deadline& deadline) override {
        mpi::publish(comm_, deadline);
        const std::span<float> own = gradient();
#pragma omp parallel for
        for (std::size_t at = shard_.begin; at < shard_.end; at += piece) {
            const std::size_t n = std::min(piece, shard_.end - at);
            std::array<float, piece> sums{};
            for (const auto& gradient : gradients_) {
                for (std::size_t i = 0; i < n; ++i) { sums[i] += gradient[at + i]; }
            }
            std::copy_n(sums.begin(), n, &own[at]);
        }
    }

    void share_weights(const mpi::Deadline& deadline) override {
        mpi::publish(comm_, deadline);
    }

private:
    const mpi::Comm& comm_;
    mpi::SharedMemory memory_;
    ArenaRange shard_;
    std::vector<std::span<float>> gradients_;  // by seat [arena]
    std::span<float> weights_;
};

}  // namespace

std::unique_ptr<Arenas> make_shared_arenas(const mpi::Comm& comm,
                                           std::size_t arena_size,
                                           const mpi::Deadline& deadline) {
    const std::size_t arenas = comm.rank() == 0 ? 2 : 1;
    auto memory = mpi::SharedMemory::create(comm, arenas * arena_size * sizeof(float), deadline);
    if (!memory) { return nullptr; }
    return std::make_unique<SharedArenas>(comm, std::move(*memory), arena_size);
}

}  // namespace ltfb::trainer
