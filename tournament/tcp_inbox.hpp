#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "tournament/tcp_frame.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Where a bulk message is to go.
struct BulkPlace {
    std::span<std::byte> bytes;
    std::size_t received_bytes = 0;
    bool is_complete = false;
    std::string error = {};  // why it never will be
};

/// What has come for a seat, and what is to come: each message counts once, however often it is
/// sent. Not for several threads at once.
class TcpInbox {
public:
    /// What of earlier rounds is still to be played isn't needed any more.
    void enter_round(int round);
    [[nodiscard]] int round() const noexcept { return round_; }

    void put_text(Address from, int kind, int round, std::string text);
    /// The oldest text that wasn't taken yet; of cards and verdicts, that of the current round.
    std::optional<std::string> take_text(Address from, int kind);

    /// Opens a place for the current round's message of this kind. It counts until it is complete,
    /// or nobody holds it any more.
    std::shared_ptr<BulkPlace> expect(Address from, int kind, std::span<std::byte> bytes);

    enum class Took { yes, no };
    /// Puts a piece of a bulk message into its place, or drops what isn't needed (any more). `no`:
    /// it is to be offered again when a place has been opened or a round begun.
    Took put_bulk(Address from, const FrameHead& head, std::span<const std::byte> bytes);

private:
    using Sender = std::tuple<int, int, int>;  // trainer, seat, kind

    int round_ = 0;
    std::map<Sender, std::map<int, std::string>> texts_;  // by round
    std::map<Sender, int> taken_;                         // the last round of a text that was taken
    std::map<Sender, std::weak_ptr<BulkPlace>> places_;   // of the current round
    std::set<Sender> complete_;                           // in the current round
};

}  // namespace ltfb::tournament
