#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "core/aligned.hpp"
#include "core/mpi_shared.hpp"
#include "trainer/arenas.hpp"
#include "trainer/bf16_rounding.hpp"
#include "trainer/node_map.hpp"
#include "trainer/simd.hpp"

namespace ltfb::trainer {

namespace {

constexpr std::size_t piece_floats = std::size_t{1} << 18U;  // 1 MB: larger messages are slower
constexpr std::size_t cached_floats = 4096;  // summed over all seats while in the first cache

LTFB_MULTIVERSION
void round_all(std::size_t n, const float* numbers, std::uint16_t* out) {
    for (std::size_t i = 0; i < n; ++i) { out[i] = to_bf16(numbers[i]); }
}

LTFB_MULTIVERSION
void add(std::size_t n, const float* numbers, float* sums) {
    for (std::size_t i = 0; i < n; ++i) { sums[i] += numbers[i]; }
}

LTFB_MULTIVERSION
void add_rounded(std::size_t n, const std::uint16_t* numbers, float* sums) {
    for (std::size_t i = 0; i < n; ++i) { sums[i] += from_bf16(numbers[i]); }
}

/// Calls `body` for parts of `range` that fit into the first cache.
template <class Body>
void in_cached_parts(ArenaRange range, const Body& body) {
    for (std::size_t at = range.begin; at < range.end; at += cached_floats) {
        body(ArenaRange{at, std::min(range.end, at + cached_floats)});
    }
}
using CachedSums = std::array<float, cached_floats>;

/// A part of one owner's shard; what is sent at a time. Its index is the tag of its messages.
struct Piece {
    ArenaRange range;
    int owner = 0;
};

std::vector<Piece> pieces_of(std::size_t arena_size, int seats) {
    std::vector<Piece> pieces;
    for (int seat = 0; seat < seats; ++seat) {
        const ArenaRange shard = shard_of(arena_size, seat, seats);
        for (std::size_t begin = shard.begin; begin < shard.end; begin += piece_floats) {
            pieces.push_back({{begin, std::min(shard.end, begin + piece_floats)}, seat});
        }
    }
    return pieces;
}

/// How many steps a seat has finished each of its pieces of, seen by all seats of its node.
using Marks = std::span<std::atomic<std::uint32_t>>;

/// Gradient, marks, and on a node's first seat weights, of every seat of this seat's node.
class NodeMemory {
public:
    /// `shared`: absent where the node has one seat.
    NodeMemory(std::size_t arena_size,
               std::size_t pieces,
               std::size_t local_seats,
               std::optional<mpi::SharedMemory> shared);

    static std::size_t bytes_of_seat(std::size_t arena_size, std::size_t pieces, int local_seat) {
        const std::size_t arenas = local_seat == 0 ? 2 : 1;
        return arenas * arena_size * sizeof(float) + pieces * sizeof(std::atomic<std::uint32_t>);
    }

    std::span<float> weights;                 // [arena]
    std::vector<std::span<float>> gradients;  // by local seat [arena]
    std::vector<Marks> marks;                 // by local seat [pieces]

private:
    std::optional<mpi::SharedMemory> shared_;
    AlignedArray<std::byte> own_;
};

NodeMemory::NodeMemory(std::size_t arena_size,
                       std::size_t pieces,
                       std::size_t local_seats,
                       std::optional<mpi::SharedMemory> shared)
    : shared_(std::move(shared)) {
    if (!shared_) { own_ = AlignedArray<std::byte>(bytes_of_seat(arena_size, pieces, 0)); }
    for (std::size_t seat = 0; seat < local_seats; ++seat) {
        std::byte* at = shared_ ? shared_->part(static_cast<int>(seat)).data() : own_.data();
        const auto take_floats = [&] {
            const std::span<float> floats(reinterpret_cast<float*>(at), arena_size);
            at += arena_size * sizeof(float);
            return floats;
        };
        gradients.push_back(take_floats());
        if (seat == 0) { weights = take_floats(); }
        marks.emplace_back(reinterpret_cast<std::atomic<std::uint32_t>*>(at), pieces);
    }
}

/// Every node holds one copy of the weights. The gradient of a shard goes from every other node,
/// summed over its seats, to the shard's owner as soon as all seats of the node have it; the new
/// weights go back in the same way.
class NodeArenas final : public Arenas {
public:
    NodeArenas(const mpi::Comm& comm,
               mpi::Comm node_comm,
               NodeMap map,
               NodeMemory memory,
               std::size_t arena_size,
               GradientExchange exchange);

    [[nodiscard]] std::span<float> weights() noexcept override { return memory_.weights; }
    [[nodiscard]] std::span<float> gradient() noexcept override {
        return memory_.gradients[local_seat()];
    }
    /// Not all seats have the same copy; those of one node do.
    [[nodiscard]] bool is_shared() const noexcept override { return false; }
    void gradient_ready(ArenaRange part) override;
    void sum_gradients(const mpi::Deadline& deadline) override;
    void share_weights(const mpi::Deadline& deadline) override;

private:
    [[nodiscard]] std::size_t local_seat() const {
        return static_cast<std::size_t>(node_comm_.rank());
    }
    [[nodiscard]] std::size_t values_bytes(std::size_t values) const {
        return values *
               (exchange_ == GradientExchange::bf16 ? sizeof(std::uint16_t) : sizeof(float));
    }
    [[nodiscard]] bool is_complete_here(std::size_t piece) const;
    void begin_step();
    void progress();
    void send(std::size_t piece);
    void add_here(ArenaRange part, CachedSums& sums) const;
    void sum_piece(std::size_t piece);
    /// Values of the `remote`-th remote node, in a range of the own shard.
    [[nodiscard]] std::span<std::byte> received_part(std::size_t remote, ArenaRange range);

    const mpi::Comm& comm_;
    mpi::Comm node_comm_;
    NodeMap map_;
    NodeMemory memory_;
    GradientExchange exchange_;
    int node_;
    ArenaRange shard_;
    std::vector<Piece> pieces_;
    std::vector<int> remote_nodes_;     // ascending
    std::vector<std::size_t> own_;      // pieces of the own shard
    std::vector<std::size_t> handled_;  // pieces that this seat sends for its node

    bool is_open_ = false;  // a step's gradients are being sent
    std::uint32_t step_ = 0;
    std::vector<std::size_t> missing_;  // by piece: values that aren't final yet
    std::vector<std::size_t> unsent_;   // of `handled_`
    AlignedArray<std::byte> received_;  // by remote node, the own shard's values
    AlignedArray<std::byte> sent_;      // what isn't sent straight from the gradient
    std::size_t sent_bytes_ = 0;
    std::vector<mpi::Request> receives_;
    std::vector<mpi::Request> sends_;
};

NodeArenas::NodeArenas(const mpi::Comm& comm,
                       mpi::Comm node_comm,
                       NodeMap map,
                       NodeMemory memory,
                       std::size_t arena_size,
                       GradientExchange exchange)
    : comm_(comm),
      node_comm_(std::move(node_comm)),
      map_(std::move(map)),
      memory_(std::move(memory)),
      exchange_(exchange),
      node_(map_.node_of(comm.rank())),
      shard_(shard_of(arena_size, comm.rank(), comm.size())),
      pieces_(pieces_of(arena_size, comm.size())),
      missing_(pieces_.size()) {
    for (int node = 0; node < map_.nodes(); ++node) {
        if (node != node_) { remote_nodes_.push_back(node); }
    }
    std::size_t handled_values = 0;
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        const int owner = pieces_[p].owner;
        if (owner == comm_.rank()) { own_.push_back(p); }
        if (map_.node_of(owner) != node_ && map_.handler(node_, owner) == comm_.rank()) {
            handled_.push_back(p);
            handled_values += pieces_[p].range.size();
        }
    }
    const bool is_sent_from_gradient =
        node_comm_.size() == 1 && exchange_ == GradientExchange::fp32;
    if (!is_sent_from_gradient) { sent_ = AlignedArray<std::byte>(values_bytes(handled_values)); }
    received_ = AlignedArray<std::byte>(values_bytes(remote_nodes_.size() * shard_.size()));
}

std::span<std::byte> NodeArenas::received_part(std::size_t remote, ArenaRange range) {
    const std::size_t first = remote * shard_.size() + range.begin - shard_.begin;
    return received_.span().subspan(values_bytes(first), values_bytes(range.size()));
}

void NodeArenas::begin_step() {
    is_open_ = true;
    ++step_;
    for (std::size_t p = 0; p < pieces_.size(); ++p) { missing_[p] = pieces_[p].range.size(); }
    unsent_ = handled_;
    sent_bytes_ = 0;
    for (const std::size_t p : own_) {
        for (std::size_t r = 0; r < remote_nodes_.size(); ++r) {
            mpi::start_receive(comm_,
                               map_.handler(remote_nodes_[r], comm_.rank()),
                               static_cast<int>(p),
                               received_part(r, pieces_[p].range),
                               receives_);
        }
    }
}

void NodeArenas::gradient_ready(ArenaRange part) {
    if (comm_.size() == 1) { return; }
    if (!is_open_) { begin_step(); }
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        const std::size_t common = pieces_[p].range.intersection(part).size();
        missing_[p] -= common;
        if (common > 0 && missing_[p] == 0) {
            memory_.marks[local_seat()][p].store(step_, std::memory_order_release);
        }
    }
    progress();
}

bool NodeArenas::is_complete_here(std::size_t piece) const {
    return std::ranges::all_of(memory_.marks, [&](const Marks& marks) {
        return marks[piece].load(std::memory_order_acquire) == step_;
    });
}

/// Sends what can be sent, and lets MPI work on what is under way.
void NodeArenas::progress() {
    std::erase_if(unsent_, [&](std::size_t piece) {
        if (!is_complete_here(piece)) { return false; }
        send(piece);
        return true;
    });
    for (auto* requests : {&sends_, &receives_}) {
        std::erase_if(*requests, [](mpi::Request& request) { return request.test(); });
    }
}

/// Of this node's seats, in their order.
void NodeArenas::add_here(ArenaRange part, CachedSums& sums) const {
    CachedSums here{};
    for (const auto& gradient : memory_.gradients) {
        add(part.size(), &gradient[part.begin], here.data());
    }
    add(part.size(), here.data(), sums.data());
}

void NodeArenas::send(std::size_t piece) {
    const auto [range, owner] = pieces_[piece];
    std::span<const std::byte> bytes;
    if (sent_.size() == 0) {
        bytes = std::as_bytes(gradient().subspan(range.begin, range.size()));
    } else {
        const auto place = sent_.span().subspan(sent_bytes_, values_bytes(range.size()));
        sent_bytes_ += place.size();
        in_cached_parts(range, [&](ArenaRange part) {
            CachedSums sums{};
            add_here(part, sums);
            std::byte* out = place.data() + values_bytes(part.begin - range.begin);
            if (exchange_ == GradientExchange::bf16) {
                round_all(part.size(), sums.data(), reinterpret_cast<std::uint16_t*>(out));
            } else {
                std::copy_n(sums.data(), part.size(), reinterpret_cast<float*>(out));
            }
        });
        bytes = place;
    }
    mpi::start_send(comm_, owner, static_cast<int>(piece), bytes, sends_);
}

void NodeArenas::sum_gradients(const mpi::Deadline& deadline) {
    if (comm_.size() == 1) { return; }
    if (!is_open_) { begin_step(); }
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        memory_.marks[local_seat()][p].store(step_, std::memory_order_release);
    }
    const auto is_done = [this] {
        progress();
        return unsent_.empty() && receives_.empty() && sends_.empty() &&
               std::ranges::all_of(own_, [this](std::size_t p) { return is_complete_here(p); });
    };
    mpi::wait_until(is_done, deadline);
    is_open_ = false;
#pragma omp parallel for
    for (std::size_t i = 0; i < own_.size(); ++i) { sum_piece(own_[i]); }
    // Nobody writes a weight before all seats of the node have made their gradients from it.
    if (node_comm_.size() > 1) { mpi::publish(node_comm_, deadline); }
}

/// Node by node, in their order. This seat's own shard of its gradient is read by nobody else.
void NodeArenas::sum_piece(std::size_t piece) {
    in_cached_parts(pieces_[piece].range, [&](ArenaRange part) {
        CachedSums sums{};
        std::size_t remote = 0;
        for (int node = 0; node < map_.nodes(); ++node) {
            if (node == node_) {
                add_here(part, sums);
                continue;
            }
            const std::byte* bytes = received_part(remote++, part).data();
            if (exchange_ == GradientExchange::bf16) {
                add_rounded(
                    part.size(), reinterpret_cast<const std::uint16_t*>(bytes), sums.data());
            } else {
                add(part.size(), reinterpret_cast<const float*>(bytes), sums.data());
            }
        }
        std::copy_n(sums.begin(), part.size(), &gradient()[part.begin]);
    });
}

void NodeArenas::share_weights(const mpi::Deadline& deadline) {
    std::vector<mpi::Request> requests;
    const auto bytes_of = [&](std::size_t piece) {
        const ArenaRange range = pieces_[piece].range;
        return std::as_writable_bytes(weights().subspan(range.begin, range.size()));
    };
    for (const std::size_t p : handled_) {
        mpi::start_receive(comm_, pieces_[p].owner, static_cast<int>(p), bytes_of(p), requests);
    }
    for (const std::size_t p : own_) {
        for (const int node : remote_nodes_) {
            mpi::start_send(comm_,
                            map_.handler(node, comm_.rank()),
                            static_cast<int>(p),
                            bytes_of(p),
                            requests);
        }
    }
    mpi::wait_all(requests, deadline);
    if (node_comm_.size() > 1) { mpi::publish(node_comm_, deadline); }
}

}  // namespace

std::unique_ptr<Arenas> make_node_arenas(const mpi::Comm& comm,
                                         std::size_t arena_size,
                                         const std::vector<int>& node_of_seat,
                                         const ArenaSettings& settings) {
    const mpi::Deadline& deadline = settings.deadline;
    NodeMap map(node_of_seat);
    mpi::Comm node_comm = comm.split(map.node_of(comm.rank()), comm.rank());
    const std::size_t pieces = pieces_of(arena_size, comm.size()).size();
    std::optional<mpi::SharedMemory> shared;
    int failures = 0;
    if (node_comm.size() > 1) {
        shared = mpi::SharedMemory::create(
            node_comm, NodeMemory::bytes_of_seat(arena_size, pieces, node_comm.rank()), deadline);
        failures = shared ? 0 : 1;
    }
    if (mpi::max(comm, failures, deadline) > 0) {
        std::vector<int> alone(node_of_seat.size());
        for (std::size_t seat = 0; seat < alone.size(); ++seat) {
            alone[seat] = static_cast<int>(seat);
        }
        return make_node_arenas(comm, arena_size, alone, settings);
    }
    const auto local_seats = static_cast<std::size_t>(node_comm.size());
    return std::make_unique<NodeArenas>(
        comm,
        std::move(node_comm),
        std::move(map),
        NodeMemory(arena_size, pieces, local_seats, std::move(shared)),
        arena_size,
        settings.exchange);
}

}  // namespace ltfb::trainer
