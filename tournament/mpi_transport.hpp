#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/mpi.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Transport inside one MPI job: `world` holds the seats of trainer 0, then of trainer 1, ...
class MpiTransport : public Transport {
public:
    /// `first_ranks`: rank of each trainer's lead seat in `world`, which must outlive this object.
    /// `piece_bytes`: bulk transfers are cut into messages of at most this size. `on_error`:
    /// whether an operation that fails throws, or never completes; what has died is told of
    /// otherwise then
    /// (`forget`), maybe only after an MPI has failed to speak with it.
    enum class OnError { fail, wait };
    MpiTransport(const mpi::Comm& world,
                 std::vector<int> first_ranks,
                 std::size_t piece_bytes = mpi::default_piece_bytes,
                 OnError on_error = OnError::fail);

    void post(int trainer, Channel channel, std::string text) override;
    std::optional<std::string> poll(int trainer, Channel channel) override;
    std::unique_ptr<Transfer> send(Address to,
                                   Bulk kind,
                                   std::span<const std::byte> bytes) override;
    std::unique_ptr<Transfer> receive(Address from, Bulk kind, std::span<std::byte> bytes) override;

    void forget(int trainer) override;

    bool is_idle() override;

private:
    struct Message {
        int trainer = 0;  // the other one
        std::string text;
        std::vector<mpi::Request> requests;
        bool has_failed = false;
    };

    [[nodiscard]] int rank_of(Address address) const;
    bool has_left(Message& message) const;

    const mpi::Comm& world_;
    std::vector<int> first_ranks_;
    std::size_t piece_bytes_;
    bool throws_;
    std::list<Message> posted_;
    std::list<Message> abandoned_;  // to trainers that have died
    std::set<int> forgotten_;
    std::map<std::pair<int, int>, Message> arriving_;  // by (rank, tag)
};

}  // namespace ltfb::tournament
