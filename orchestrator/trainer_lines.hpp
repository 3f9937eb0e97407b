#pragma once

#include <memory>
#include <span>

#include "core/error.hpp"
#include "tournament/transport.hpp"

namespace ltfb::orchestrator {

/// How a root that is the launching process speaks with the lead seats of trainers, whichever jobs
/// they are in. What is posted to one that isn't there yet waits for it. Nothing large goes this
/// way.
class TrainerLines : public tournament::Transport {
public:
    /// `trainer` has let others wait for `limit_s`. If it has given no sign of life for half of
    /// that, it is ended, and counts as lost.
    virtual void accuse(int trainer, double limit_s) = 0;

    /// Throw Error.
    std::unique_ptr<tournament::Transfer> send(tournament::Address /*to*/,
                                               tournament::Bulk /*kind*/,
                                               std::span<const std::byte> /*bytes*/) override {
        throw Error("launch: the root has no model to send");
    }
    std::unique_ptr<tournament::Transfer> receive(tournament::Address /*from*/,
                                                  tournament::Bulk /*kind*/,
                                                  std::span<std::byte> /*bytes*/) override {
        throw Error("launch: the root takes no model");
    }
};

}  // namespace ltfb::orchestrator
