#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <mpi.h>

#include "core/error.hpp"
#include "core/handle.hpp"

namespace ltfb::mpi {

/// An MPI call returned something other than MPI_SUCCESS.
struct MpiError : Error {
    using Error::Error;
};

/// Throws MpiError naming `call`, the MPI error text and the call site.
void check(int status,
           const char* call,
           const char* file = __builtin_FILE(),
           int line = __builtin_LINE());

/// A deadline has passed.
struct TimeoutError : Error {
    using Error::Error;
};

/// Initialises MPI (FUNNELED), makes errors return codes, finalises on scope exit.
class Session {
public:
    Session(int& argc, char**& argv);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
};

/// Runs `body` and returns its exit code; an escaping exception is printed with its rank and
/// aborts every rank, with code 2 for an InputError and 1 for anything else.
int run(int argc, char** argv, const std::function<int()>& body);

/// Whether the library is Open MPI (otherwise MPICH or one of its kin). Local.
bool is_open_mpi() noexcept;

/// How long a wait may last, and what it waits for: "<who> waits for <whom> in <phase>".
struct Deadline {
    double limit_s = 600.0;
    std::string what;
};

struct CommTraits {
    using Raw = MPI_Comm;
    static Raw null() noexcept { return MPI_COMM_NULL; }
    static void close(Raw comm) noexcept {
        // MPI_Comm_free is collective: while unwinding, the peers may never call it.
        if (std::uncaught_exceptions() == 0) { MPI_Comm_free(&comm); }
    }
};

/// Move-only owner of a communicator created by us.
class Comm {
public:
    /// Collective duplicate of MPI_COMM_WORLD, so our tags never meet a library's.
    static Comm world();
    /// Local: a communicator of this rank alone.
    static Comm self();

    /// Collective over this communicator. Ranks of equal `color` share the result.
    [[nodiscard]] Comm split(int color, int key) const;
    /// Collective: the ranks of this communicator that can share memory with this one.
    [[nodiscard]] Comm split_by_node() const;

    [[nodiscard]] int rank() const noexcept { return rank_; }
    [[nodiscard]] int size() const noexcept { return size_; }
    [[nodiscard]] MPI_Comm get() const noexcept { return handle_.get(); }

private:
    explicit Comm(MPI_Comm raw);
    UniqueHandle<CommTraits> handle_;
    int rank_ = 0;
    int size_ = 1;
};

template <class T>
MPI_Datatype datatype();
template <>
inline MPI_Datatype datatype<std::byte>() {
    return MPI_BYTE;
}
template <>
inline MPI_Datatype datatype<float>() {
    return MPI_FLOAT;
}
template <>
inline MPI_Datatype datatype<double>() {
    return MPI_DOUBLE;
}
template <>
inline MPI_Datatype datatype<int>() {
    return MPI_INT;
}
template <>
inline MPI_Datatype datatype<std::uint64_t>() {
    return MPI_UINT64_T;
}

/// A started non-blocking operation. Its buffers must outlive it. An operation that is still
/// pending when its request is destroyed is cancelled and released.
class Request {
public:
    Request() = default;
    explicit Request(MPI_Request raw) noexcept : raw_(raw) {}
    Request(Request&& other) noexcept;
    Request& operator=(Request&& other) noexcept;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request();

    /// True once the operation is complete; makes progress. Throws MpiError.
    bool test();

private:
    MPI_Request raw_ = MPI_REQUEST_NULL;
};

/// Collective. Runs `body` on every rank. Where it throws on any, the first such rank prints its
/// message as "<name>: <message>", and every rank gets its exit code: 2 for an InputError, else 1.
/// 0 where all succeeded. For work whose failure must not leave the other ranks waiting.
int run_together(const Comm& comm,
                 const char* name,
                 const Deadline& deadline,
                 const std::function<void()>& body);

/// Waits by testing, then sleeping briefly, so that ranks that share a core are not starved.
/// Throws TimeoutError naming `deadline.what` when the limit passes.
void wait(Request& request, const Deadline& deadline);
void wait_all(std::span<Request> requests, const Deadline& deadline);
/// The same for any condition; `done` must make progress when called.
void wait_until(const std::function<bool()>& done, const Deadline& deadline);

/// Point to point, in pieces of at most `max_piece_bytes`, so that counts never pass an int.
/// Both sides must use the same piece size. Appends the requests to `requests`.
inline constexpr std::size_t default_piece_bytes = std::size_t{1} << 22U;
void start_send(const Comm& comm,
                int peer,
                int tag,
                std::span<const std::byte> bytes,
                std::vector<Request>& requests,
                std::size_t max_piece_bytes = default_piece_bytes);
void start_receive(const Comm& comm,
                   int peer,
                   int tag,
                   std::span<std::byte> bytes,
                   std::vector<Request>& requests,
                   std::size_t max_piece_bytes = default_piece_bytes);

/// Size in bytes of a message from (`peer`, `tag`) that can be received now, or -1. Local.
std::ptrdiff_t probe(const Comm& comm, int peer, int tag);

// Collectives over `comm`: started non-blocking, then waited for with a deadline.
void barrier(const Comm& comm, const Deadline& deadline);
void broadcast(const Comm& comm, std::span<std::byte> bytes, int root, const Deadline& deadline);
std::string broadcast(const Comm& comm, std::string text, int root, const Deadline& deadline);
/// Sums element by element, in place, in pieces; every rank receives identical bytes.
void sum(const Comm& comm, std::span<float> values, const Deadline& deadline);
void sum(const Comm& comm, std::span<double> values, const Deadline& deadline);
int max(const Comm& comm, int value, const Deadline& deadline);
/// Rank r holds `values[offsets[r] .. offsets[r + 1])` before the call; every rank holds all
/// after it. `offsets` has size() + 1 entries.
void gather_all(const Comm& comm,
                std::span<float> values,
                std::span<const std::size_t> offsets,
                const Deadline& deadline);
void gather_all(const Comm& comm,
                std::span<std::uint64_t> values,
                std::span<const std::size_t> offsets,
                const Deadline& deadline);
/// Every rank's text, in rank order, on `root`; empty elsewhere.
std::vector<std::string> gather_texts(const Comm& comm,
                                      const std::string& text,
                                      int root,
                                      const Deadline& deadline);

}  // namespace ltfb::mpi
