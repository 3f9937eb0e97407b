#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/mpi.hpp"
#include "core/shard.hpp"

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

    /// Says that a part of this seat's gradient is final, so that it may be sent on while the rest
    /// is being made. Parts may not overlap; what isn't said is final by the next `sum_gradients`.
    virtual void gradient_ready(ArenaRange part) = 0;
    /// Collective. Adds up the gradients of all seats; `gradient` then holds the sum in this seat's
    /// shard, and anything elsewhere.
    virtual void sum_gradients(const mpi::Deadline& deadline) = 0;
    /// Collective. Makes what each seat wrote into its shard of the weights visible to all.
    virtual void share_weights(const mpi::Deadline& deadline) = 0;
};

/// Which seats share memory. `automatic`: those on one node. Otherwise as if each seat, or every
/// two, had a node of their own.
enum class ArenaSharing { automatic, separate, pairs };

/// What gradients are sent between nodes as. In bf16 each node's sum is rounded, to nearest, once;
/// sums are formed in fp32 all the same.
enum class GradientExchange { fp32, bf16 };
/// Throws InputError for an unknown name.
GradientExchange parse_gradient_exchange(std::string_view name);

struct ArenaSettings {
    ArenaSharing sharing = ArenaSharing::automatic;
    GradientExchange exchange = GradientExchange::fp32;
    mpi::Deadline deadline{};  // of making them
};

/// Collective over `comm`, which must outlive the result.
std::unique_ptr<Arenas> make_arenas(const mpi::Comm& comm,
                                    std::size_t arena_size,
                                    const ArenaSettings& settings);

/// All seats share memory. Empty, on all alike, where they cannot.
std::unique_ptr<Arenas> make_shared_arenas(const mpi::Comm& comm,
                                           std::size_t arena_size,
                                           const mpi::Deadline& deadline);

/// Seats are on several nodes; those of a node share memory where they can. `node_of_seat`: any
/// number that only the seats of one node have in common.
std::unique_ptr<Arenas> make_node_arenas(const mpi::Comm& comm,
                                         std::size_t arena_size,
                                         const std::vector<int>& node_of_seat,
                                         const ArenaSettings& settings);

}  // namespace ltfb::trainer
