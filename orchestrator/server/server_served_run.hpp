#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/server/server_followed_log.hpp"
#include "orchestrator/server/server_run_state.hpp"

namespace ltfb::server {

/// A run directory as it is answered for: its log, and what the log says. Used by one thread.
class ServedRun {
public:
    using Text = std::shared_ptr<const std::string>;

    /// `is_live`: the run that this process itself is part of.
    ServedRun(std::string name, std::string log_path, bool is_live);

    /// Reads on for a few milliseconds. True where there's more to read at once.
    bool poll();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const FollowedLog& log() const noexcept { return log_; }
    [[nodiscard]] const RunState& state() const noexcept { return state_; }
    [[nodiscard]] std::string state_name() const;

    // Answers of docs/http-api.md. Their texts are made once and shared by all who ask meanwhile.
    [[nodiscard]] Json overview() const;
    Text status();
    Text summary();
    Text standings();
    Text events(std::uint64_t from, std::uint64_t limit) const;

    /// Server-sent events of the lines from `line` on, about `budget_bytes` of them.
    struct Chunk {
        Text text;
        std::uint64_t next = 0;
    };
    Chunk stream_chunk(std::uint64_t line);

private:
    struct Resume {
        std::uint64_t line = 0;
        int first_again = 0;  // the first round that is played again
    };

    FollowedLog::Taken take(std::uint64_t number, std::string_view line);
    bool replay();
    [[nodiscard]] bool is_superseded(std::uint64_t number, const Json& event) const;
    void forget_answers();

    std::string name_;
    bool is_live_;
    FollowedLog log_;
    RunState state_;
    std::uint64_t unknown_ = 0;  // lines that are JSON but no event that we know
    std::vector<Resume> resumes_;
    // Lines [replayed_, replay_end_) are to be taken once more, without what a resume superseded.
    std::uint64_t replayed_ = 0;
    std::uint64_t replay_end_ = 0;

    Text status_;
    Text summary_;
    Text standings_;
    std::uint64_t chunk_line_ = 0;
    Chunk chunk_;
};

}  // namespace ltfb::server
