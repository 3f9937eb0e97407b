#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/server/server_served_run.hpp"

namespace ltfb::server {

/// The runs that a server answers for, by name: run directories, logs, and whatever run directories
/// appear in folders, at most two levels down. Used by one thread.
class RunList {
public:
    using Runs = std::map<std::string, std::shared_ptr<ServedRun>>;

    /// `is_live`: `paths` is the directory of the run that this process is part of, and need not
    /// hold anything yet. Throws InputError where a path isn't there.
    RunList(const std::vector<std::string>& paths, bool is_live);

    /// Looks for new runs in the folders.
    void scan();
    /// Reads on in the logs for some milliseconds. True where the runs aren't through yet.
    bool poll();

    [[nodiscard]] const Runs& runs() const noexcept { return runs_; }
    /// The first where `name` is empty; nullptr where there's none.
    [[nodiscard]] std::shared_ptr<ServedRun> find(const std::string& name) const;

private:
    void add(const std::string& name, const std::filesystem::path& log, bool is_live);
    void scan_folder(const std::filesystem::path& folder, const std::string& prefix);

    std::vector<std::filesystem::path> folders_;
    std::map<std::string, std::string> names_;  // by path of the log
    Runs runs_;
    std::vector<std::shared_ptr<ServedRun>> unpolled_;  // in this pass over the runs
    bool has_more_ = false;                             // for the next pass
};

}  // namespace ltfb::server
