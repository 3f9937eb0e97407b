#include "core/mpi_shared.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ltfb::mpi {

namespace {

struct FileTraits {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw fd) noexcept { ::close(fd); }
};
using File = UniqueHandle<FileTraits>;

/// Where the others find a rank's part: file `fd` of process `pid`. Processes in different pid
/// namespaces could find a stranger's file, hence the inode.
struct Contact {
    std::uint64_t pid = 0;
    std::uint64_t fd = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
};
constexpr std::size_t contact_words = 4;

std::uint64_t inode_of(const File& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 ? status.st_ino : 0;
}

std::size_t physical_memory_bytes() {
    return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A file in memory alone, its pages reserved; empty where that fails. The kernel would try to
/// reserve more than there is and kill processes at random on the way.
File reserve(std::size_t size_bytes) {
    if (size_bytes > physical_memory_bytes()) { return {}; }
    File file(::memfd_create("ltfb", MFD_CLOEXEC));
    if (!file || ::posix_fallocate(file.get(), 0, static_cast<off_t>(size_bytes)) != 0) {
        return {};
    }
    return file;
}

Mapping map(const File& file, std::size_t size_bytes) {
    void* address = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) { return {}; }
    return Mapping({address, size_bytes});
}

Mapping map_part(const Contact& contact) {
    const std::string path = fmt::format("/proc/{}/fd/{}", contact.pid, contact.fd);
    const File file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file || inode_of(file) != contact.inode) { return {}; }
    return map(file, contact.size_bytes);
}

std::vector<Contact> exchange(const Comm& comm, const Contact& own, const Deadline& deadline) {
    const auto size = static_cast<std::size_t>(comm.size());
    std::vector<std::uint64_t> words(size * contact_words);
    std::vector<std::size_t> offsets(size + 1);
    for (std::size_t r = 0; r <= size; ++r) { offsets[r] = r * contact_words; }
    std::uint64_t* mine = &words[static_cast<std::size_t>(comm.rank()) * contact_words];
    mine[0] = own.pid;
    mine[1] = own.fd;
    mine[2] = own.inode;
    mine[3] = own.size_bytes;
    gather_all(comm, std::span(words), offsets, deadline);
    std::vector<Contact> contacts;
    for (std::size_t r = 0; r < size; ++r) {
        const std::uint64_t* at = &words[r * contact_words];
        contacts.push_back({at[0], at[1], at[2], at[3]});
    }
    return contacts;
}

}  // namespace

// 1. every rank reserves its part and tells the others where it is;
// 2. every rank maps all parts;
// 3. all agree whether everybody succeeded; only then are the files closed, as opening them needs
//    their owners to hold them.
std::optional<SharedMemory> SharedMemory::create(const Comm& comm,
                                                 std::size_t own_bytes,
                                                 const Deadline& deadline) {
    const bool is_one_node = comm.split_by_node().size() == comm.size();
    const bool is_one_node_for_all = max(comm, is_one_node ? 0 : 1, deadline) == 0;
    if (!is_one_node_for_all) { return std::nullopt; }

    const File own = own_bytes == 0 ? File() : reserve(own_bytes);
    bool is_complete = own_bytes == 0 || own;
    const Contact contact{.pid = static_cast<std::uint64_t>(::getpid()),
                          .fd = static_cast<std::uint64_t>(own.get()),
                          .inode = own ? inode_of(own) : 0,
                          .size_bytes = own ? own_bytes : 0};
    SharedMemory memory;
    for (const Contact& other : exchange(comm, contact, deadline)) {
        memory.parts_.push_back(other.size_bytes == 0 ? Mapping() : map_part(other));
        is_complete = is_complete && (other.size_bytes == 0 || memory.parts_.back());
    }
    if (max(comm, is_complete ? 0 : 1, deadline) != 0) { return std::nullopt; }
    return memory;
}

std::span<std::byte> SharedMemory::part(int rank) const {
    const auto [address, size_bytes] = parts_.at(static_cast<std::size_t>(rank)).get();
    return {static_cast<std::byte*>(address), size_bytes};
}

void publish(const Comm& comm, const Deadline& deadline) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    barrier(comm, deadline);
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace ltfb::mpi
