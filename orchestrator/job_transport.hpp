#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "orchestrator/tcp_control.hpp"
#include "tournament/transport.hpp"

namespace ltfb::orchestrator {

/// How a trainer speaks where the run's root is the process that launches jobs: with other trainers
/// by TCP or MPI, with the root by the control line, whichever trainer is named.
class JobTransport : public tournament::Transport {
public:
    JobTransport(tournament::Transport& others, ControlLine& root) : others_(others), root_(root) {}

    void enter_round(int round) override { others_.enter_round(round); }
    void post(int trainer, tournament::Channel channel, std::string text) override {
        if (is_for_root(channel)) {
            root_.say_message(static_cast<int>(channel), text);
        } else {
            others_.post(trainer, channel, std::move(text));
        }
    }
    std::optional<std::string> poll(int trainer, tournament::Channel channel) override {
        return is_for_root(channel) ? root_.take_message(static_cast<int>(channel))
                                    : others_.poll(trainer, channel);
    }
    bool is_idle() override { return others_.is_idle(); }
    void forget(int trainer) override { others_.forget(trainer); }
    std::unique_ptr<tournament::Transfer> send(tournament::Address to,
                                               tournament::Bulk kind,
                                               std::span<const std::byte> bytes) override {
        return others_.send(to, kind, bytes);
    }
    std::unique_ptr<tournament::Transfer> receive(tournament::Address from,
                                                  tournament::Bulk kind,
                                                  std::span<std::byte> bytes) override {
        return others_.receive(from, kind, bytes);
    }

private:
    static bool is_for_root(tournament::Channel channel) {
        return channel == tournament::Channel::events || channel == tournament::Channel::control ||
               channel == tournament::Channel::end;
    }

    tournament::Transport& others_;
    ControlLine& root_;
};

}  // namespace ltfb::orchestrator
