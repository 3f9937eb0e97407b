#include "core/aligned.hpp"
#include "core/shard.hpp"
#include "trainer/arenas.hpp"

namespace ltfb::trainer {

namespace {

class SeparateArenas final : public Arenas {
public:
    SeparateArenas(const mpi::Comm& comm, std::size_t arena_size)
        : comm_(comm),
          offsets_(shard_offsets(arena_size, comm.size())),
          weights_(arena_size),
          gradient_(arena_size) {}

    [[nodiscard]] std::span<float> weights() noexcept override { return weights_.span(); }
    [[nodiscard]] std::span<float> gradient() noexcept override { return gradient_.span(); }
    [[nodiscard]] bool is_shared() const noexcept override { return false; }

    void sum_gradients(const mpi::Deadline& deadline) override {
        mpi::sum(comm_, gradient_.span(), deadline);
    }
    void share_weights(const mpi::Deadline& deadline) override {
        mpi::gather_all(comm_, weights_.span(), offsets_, deadline);
    }

private:
    const mpi::Comm& comm_;
    std::vector<std::size_t> offsets_;
    AlignedArray<float> weights_;
    AlignedArray<float> gradient_;
};

}  // namespace

std::unique_ptr<Arenas> make_separate_arenas(const mpi::Comm& comm, std::size_t arena_size) {
    return std::make_unique<SeparateArenas>(comm, arena_size);
}

}  // namespace ltfb::trainer
