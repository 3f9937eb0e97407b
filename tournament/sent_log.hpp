#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// A message as it was sent, for as long as its receiver may ask for it again.
class SentMessage {
public:
    SentMessage(int kind, int round, std::uint64_t number)
        : kind_(kind), round_(round), number_(number) {}
    virtual ~SentMessage() = default;
    SentMessage(const SentMessage&) = delete;
    SentMessage& operator=(const SentMessage&) = delete;
    SentMessage(SentMessage&&) = delete;
    SentMessage& operator=(SentMessage&&) = delete;

    [[nodiscard]] virtual std::span<const std::byte> bytes() const = 0;
    /// Nobody will ask for it again: what would outlive this process is removed.
    virtual void discard() const {}
    [[nodiscard]] int kind() const noexcept { return kind_; }
    [[nodiscard]] int round() const noexcept { return round_; }
    /// Its place in the order of what was sent to its receiver.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    int kind_;
    int round_;
    std::uint64_t number_;
};

/// What one seat has sent, and may be asked for again: a receiver that died is started again from
/// its state after some round, and all that it was sent for later rounds must reach it once more,
/// also where the sender has died in the meantime. So small messages are part of the sender's own
/// state (`texts`), and bulk messages lie in files beside it until the receiver's state covers
/// them; a sender that is started again plays what is younger than its state again, and so sends
/// the same. Not for several threads at once.
class SentLog {
public:
    /// `folder`: for this seat's bulk messages, created if need be; "": in memory alone.
    /// `incarnation`: how often this seat has been started before.
    SentLog(std::string folder, int incarnation);

    using Message = std::shared_ptr<const SentMessage>;

    void add_text(Address to, int kind, int round, const std::string& text);
    /// Copies `bytes`, for `add`. Where the folder doesn't take them they are held in memory, with
    /// a warning. May be called while another thread uses the other functions.
    Message copy_bulk(Address to, int kind, int round, std::span<const std::byte> bytes);
    void add(Address to, Message message);

    /// The first message to `to` whose number is greater than `after`; null where there is none.
    [[nodiscard]] Message next(Address to, std::uint64_t after) const;
    /// Whom there is something for.
    [[nodiscard]] std::vector<Address> receivers() const;
    /// `to` has saved its state after `round`. Bulk messages up to that round are dropped. Small
    /// ones are kept for a round longer, since standings after `round` are used in the next;
    /// notices of stopping, which are for all later rounds, for ever.
    void drop_saved(Address to, int round);

    /// `trainer` will ask for nothing again.
    void forget(int trainer);

    /// The small messages that are held, for the own state after a round.
    [[nodiscard]] Json texts() const;
    /// What was held when the own state was saved after `round`; `texts`: as in it. Files of later
    /// rounds are removed.
    void restore(const Json& texts, int round);

private:
    using Messages = std::deque<Message>;

    Messages& messages_to(Address to) { return messages_[{to.trainer, to.seat}]; }

    std::string folder_;
    int incarnation_;
    bool is_warned_ = false;
    std::uint64_t last_number_ = 0;                     // of the sending thread alone
    std::map<std::pair<int, int>, Messages> messages_;  // by (trainer, seat)
};

}  // namespace ltfb::tournament
