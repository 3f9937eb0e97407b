#include "orchestrator/job_memory.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/core.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

constexpr const char* memory_root = "/dev/shm";
constexpr std::string_view memory_prefix = "ltfb-run-";  // and the owner's process id

bool is_owner_dead(const std::string& name) {
    pid_t pid = 0;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + memory_prefix.size(), end, pid);
    return parsed.ec == std::errc() && parsed.ptr == end && pid > 0 && ::kill(pid, 0) != 0 &&
           errno == ESRCH;
}

}  // namespace

JobMemory::JobMemory() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(memory_root, ignored)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(memory_prefix) && is_owner_dead(name)) {
            fs::remove_all(entry.path(), ignored);
        }
    }
    const std::string own = fmt::format("{}/{}{}", memory_root, memory_prefix, ::getpid());
    if (!fs::create_directory(own, ignored)) { return; }
    fs::permissions(own, fs::perms::owner_all, ignored);
    path_ = own;
}

JobMemory::~JobMemory() {
    std::error_code ignored;
    if (!path_.empty()) { fs::remove_all(path_, ignored); }
}

}  // namespace ltfb::orchestrator
