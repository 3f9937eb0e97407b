#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace ltfb::tournament {

/// A rank of another trainer.
struct Address {
    int trainer = 0;
    int seat = 0;
};

/// What a small message is about; messages of one channel and sender arrive in order.
enum class Channel : int { card = 100, verdict, stop, events, standing, control, end };

/// What a bulk transfer carries; transfers of one kind between two seats arrive in order.
enum class Bulk : int { weights = 200, first_moment, second_moment };

/// A started bulk transfer; its buffer must outlive it.
class Transfer {
public:
    virtual ~Transfer() = default;
    /// True once complete; makes progress. Throws Error.
    virtual bool test() = 0;
};

/// How trainers speak to each other. Nothing here blocks and nothing is collective: the caller
/// polls, sleeps and watches its deadline, so nobody waits for a trainer it isn't paired with.
class Transport {
public:
    virtual ~Transport() = default;

    /// What is said from here on is about `round`. Of use to a transport that may have to say it
    /// again.
    virtual void enter_round(int /*round*/) {}

    /// Sends a small message to the lead seat (0) of `trainer`. Local: the text is copied.
    virtual void post(int trainer, Channel channel, std::string text) = 0;
    /// The next message that the lead seat of `trainer` posted to this lead seat, if it is here.
    virtual std::optional<std::string> poll(int trainer, Channel channel) = 0;

    /// Whether every posted message has left. Makes progress.
    virtual bool is_idle() { return true; }

    /// `trainer` has died: what was posted to it need not arrive, and nothing more comes from it.
    virtual void forget(int trainer) = 0;

    /// Seat to seat. Both sides must start matching transfers of equal size; size 0 is complete.
    virtual std::unique_ptr<Transfer> send(Address to,
                                           Bulk kind,
                                           std::span<const std::byte> bytes) = 0;
    virtual std::unique_ptr<Transfer> receive(Address from,
                                              Bulk kind,
                                              std::span<std::byte> bytes) = 0;
};

}  // namespace ltfb::tournament
