#pragma once

#include <memory>
#include <span>

#include "core/mpi.hpp"

namespace ltfb::trainer {

/// Weights and gradient of one model on all seats of a trainer, and how they are brought together.
/// Between two calls a seat may read all weights and write all of its gradient.
class Arenas {
public:
    Arenas() = default;
    Arenas(const Arenas&) = delete;
    Arenas& operator=(const Arenas&) = delete;
    Arenas(Arenas&&) = delete;
    Arenas& operator=(Arenas&&) = delete;
    virtual ~Arenas() = default;

    /// [arena]
    [[nodiscard]] virtual std::span<float> weights() noexcept = 0;
    /// [arena] this seat's own
    [[nodiscard]] virtual std::span<float> gradient() noexcept = 0;

    /// Whether the seats have one copy of the weights in common memory.
    [[nodiscard]] virtual bool is_shared() const noexcept = 0;

    /// Collective. Adds up the gradients of all seats; `gradient` then holds the sum in this seat's
    /// shard, and anything elsewhere.
    virtual void sum_gradients(const mpi::Deadline& deadline) = 0;
    /// Collective. Makes what each seat wrote into its shard of the weights visible to all.
    virtual void share_weights(const mpi::Deadline& deadline) = 0;
};

/// `automatic`: one copy of the weights where all seats share a node, else `separate`.
enum class ArenaSharing { automatic, separate };

/// Collective over `comm`, which must outlive the result.
std::unique_ptr<Arenas> make_arenas(const mpi::Comm& comm,
                                    std::size_t arena_size,
                                    ArenaSharing sharing,
                                    const mpi::Deadline& deadline);

/// Every seat holds all weights; sums and gathers are MPI collectives.
std::unique_ptr<Arenas> make_separate_arenas(const mpi::Comm& comm, std::size_t arena_size);

}  // namespace ltfb::trainer
