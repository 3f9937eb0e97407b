#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <sys/mman.h>

#include "core/handle.hpp"
#include "core/mpi.hpp"

namespace ltfb::mpi {

struct MappingTraits {
    struct Raw {
        void* address = nullptr;
        std::size_t size_bytes = 0;
        bool operator==(const Raw&) const = default;
    };
    static Raw null() noexcept { return {}; }
    static void close(Raw mapping) noexcept { ::munmap(mapping.address, mapping.size_bytes); }
};
using Mapping = UniqueHandle<MappingTraits>;

/// Memory of every rank of a node, readable and writable by all of them. Nameless, so nothing is
/// left behind by a killed process; reserved in full and bound by no size of /dev/shm, so there is
/// no bus error later (MPI_Win_allocate_shared promises neither); and each rank reserves its own
/// part, near to where it runs.
class SharedMemory {
public:
    /// Collective over `comm`. Every rank brings a zeroed part of `own_bytes`. Empty, on all ranks
    /// alike, where the ranks are on several nodes, may not see each other, or ask for more than
    /// the node's memory.
    static std::optional<SharedMemory> create(const Comm& comm,
                                              std::size_t own_bytes,
                                              const Deadline& deadline);

    [[nodiscard]] std::span<std::byte> part(int rank) const;

private:
    SharedMemory() = default;
    std::vector<Mapping> parts_;  // by rank; null where a part is empty
};

/// A barrier after which each rank of a node sees what the others wrote to shared memory before it.
void publish(const Comm& comm, const Deadline& deadline);

}  // namespace ltfb::mpi
