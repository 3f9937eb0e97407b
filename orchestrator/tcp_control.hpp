#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ltfb::orchestrator {

/// A trainer that has died, as the launching process tells it.
struct Loss {
    int trainer = -1;
    std::string why;
};

/// A rank's line to the process that launched the job (Supervisor), served by a thread of its own
/// that never calls MPI. It takes signals for the job, tells that this process is alive, and ends
/// it at once when the launching process is gone: no rank outlives it.
class ControlLine {
public:
    /// The line that the environment describes (LTFB_CONTROL); none, where this job was started in
    /// another way. Throws Error where the launching process doesn't answer.
    /// `job`: what the launching process should know of a trainer's own job, "trainer incarnation".
    static std::unique_ptr<ControlLine> from_environment(int world_rank,
                                                         const std::string& job = "");

    ~ControlLine();
    ControlLine(const ControlLine&) = delete;
    ControlLine& operator=(const ControlLine&) = delete;
    ControlLine(ControlLine&&) = delete;
    ControlLine& operator=(ControlLine&&) = delete;

    /// Waits until all that was said has left, and says and hears no more.
    void close();

    /// Tells that this rank ends in order, the job's exit code being `exit_code`.
    void say_bye(int exit_code);
    /// Has the job ended with `message` and the exit code of bad input, which starting it again
    /// would meet again. Returns only where the launching process doesn't end this one.
    void refuse(const std::string& message);
    /// Tells what this rank fails of, and waits until that has left (at most 10 s), since the
    /// process ends next: a launcher that is ended itself may lose what a rank has printed.
    void say_failure(std::string message);

    /// Lead seat only. Tells that this trainer's rounds begin: from here on it can go on without
    /// another.
    void say_started();
    /// Marks that this rank's main thread is alive, waiting for others included. Cheap.
    void mark_alive();
    /// Tells that `trainer` let this rank wait for `limit_s`. If it has given no sign of life for
    /// half of that, it is ended, and counts as lost.
    void accuse(int trainer, double limit_s);

    /// To the process that launched the job of one trainer: where this seat listens for others
    /// ("address:port,..."), and what its lead seat tells (a Channel's number, and a text in one
    /// line).
    void say_places(const std::string& places);
    void say_message(int channel, const std::string& text);
    /// What was told in turn, if something is here.
    std::optional<std::string> take_message(int channel);
    /// "address:port" by which a seat of another trainer may be reached, as far as is known; asks
    /// for what isn't. From any thread.
    std::vector<std::string> places_of(int trainer, int seat);
    /// What only this run's processes know.
    [[nodiscard]] const std::string& token() const;

    /// Whether a trainer has died. Cheap.
    [[nodiscard]] bool is_lost(int trainer) const;
    [[nodiscard]] bool has_losses() const;
    /// Those that have died since the last call.
    std::vector<Loss> take_losses();

private:
    struct State;
    explicit ControlLine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The environment variable with "token address:port[,address:port...]".
inline constexpr const char* control_variable = "LTFB_CONTROL";

/// Seconds between two signs of life, and after which their absence means that a rank, or the
/// launching process (which a user may stop for a while), is dead.
inline constexpr int beat_s = 2;
inline constexpr int silence_s = 30;
inline constexpr int launcher_silence_s = 600;

}  // namespace ltfb::orchestrator
