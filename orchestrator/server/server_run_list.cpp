#include "orchestrator/server/server_run_list.hpp"

#include <chrono>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_runs = 1000;
constexpr auto poll_time = std::chrono::milliseconds(20);
constexpr const char* log_name = "events.jsonl";

bool is_run(const fs::path& path) {
    std::error_code error;
    return fs::exists(path / log_name, error) || fs::exists(path / "config.json", error);
}

std::string name_of(const fs::path& path) {
    std::error_code error;
    const auto whole = fs::weakly_canonical(path, error);
    return error || whole.filename().empty() ? path.string() : whole.filename().string();
}

std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
        std::error_code is_gone;
        if (entry->is_directory(is_gone)) { found.push_back(entry->path()); }
    }
    return found;
}

}  // namespace

RunList::RunList(const std::vector<std::string>& paths, bool is_live) {
    for (const std::string& text : paths) {
        const fs::path path(text);
        std::error_code error;
        if (is_live || is_run(path)) {
            add(name_of(path), path / log_name, is_live);
        } else if (fs::is_directory(path, error)) {
            folders_.push_back(path);
        } else if (fs::is_regular_file(path, error)) {
            add(name_of(path.parent_path().empty() ? fs::path(".") : path.parent_path()),
                path,
                false);
        } else {
            throw InputError(fmt::format(
                "{}: cannot be served: no such directory (name a run or a folder of runs)", text));
        }
    }
    scan();
}

void RunList::add(const std::string& name, const fs::path& log, bool is_live) {
    if (runs_.size() >= max_runs || names_.contains(log.string())) { return; }
    std::string unique = name;
    for (int i = 2; runs_.contains(unique); ++i) { unique = fmt::format("{}-{}", name, i); }
    names_[log.string()] = unique;
    runs_[unique] = std::make_shared<ServedRun>(unique, log.string(), is_live);
}

void RunList::scan_folder(const fs::path& folder, const std::string& prefix) {
    for (const fs::path& inner : folders_in(folder)) {
        const std::string name = prefix + inner.filename().string();
        if (is_run(inner)) {
            add(name, inner / log_name, false);
        } else if (prefix.empty()) {
            scan_folder(inner, name + "/");
        }
    }
}

void RunList::scan() {
    for (const fs::path& folder : folders_) { scan_folder(folder, ""); }
}

bool RunList::poll() {
    const auto end = std::chrono::steady_clock::now() + poll_time;
    if (unpolled_.empty()) {
        has_more_ = false;
        for (const auto& [name, run] : runs_) { unpolled_.push_back(run); }
    }
    while (!unpolled_.empty() && std::chrono::steady_clock::now() < end) {
        has_more_ = unpolled_.back()->poll() || has_more_;
        unpolled_.pop_back();
    }
    return has_more_ || !unpolled_.empty();
}

std::shared_ptr<ServedRun> RunList::find(const std::string& name) const {
    const auto found = name.empty() ? runs_.begin() : runs_.find(name);
    return found == runs_.end() ? nullptr : found->second;
}

}  // namespace ltfb::server
