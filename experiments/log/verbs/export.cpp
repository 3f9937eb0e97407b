#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "experiments/log/export_tensorboard.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

struct TidyFile {
    const char* name;
    const char* table;
    void (*print)(const RunLog&, const Options&, TableWriter&);
};

constexpr std::array tidy_files{
    TidyFile{"runs.csv", "summary", print_summary},
    TidyFile{"results.csv", "result", print_summary},
    TidyFile{"settings.csv", "settings", print_summary},
    TidyFile{"incidents.csv", "incidents", print_summary},
    TidyFile{"standings.csv", "standings", print_standings},
    TidyFile{"matches.csv", "matches", print_matches},
    TidyFile{"curves.csv", "curves", print_curves},
    TidyFile{"hyperparameters.csv", "schedule", print_schedule},
    TidyFile{"explorations.csv", "explorations", print_schedule},
    TidyFile{"timing.csv", "trainer_rounds", print_timing},
    TidyFile{"wins.csv", "wins", print_wins},
    TidyFile{"diversity.csv", "diversity", print_diversity},
    TidyFile{"branches.csv", "branches", print_lineage},
    TidyFile{"descendants.csv", "descendants", print_lineage},
};

/// One CSV file being written.
struct OpenFile {
    OpenFile(const std::string& path, const char* table, bool has_many_runs)
        : partial(path),
          stream(partial.partial_path(), std::ios::binary),
          writer(make_table_writer(
              stream,
              {.form = OutputForm::csv, .only_table = table, .has_many_runs = has_many_runs},
              "export")) {}

    void keep() {
        writer->finish();
        stream.close();
        if (!stream) {
            throw Error(
                fmt::format("{}: cannot be written (is the disk full?)", partial.partial_path()));
        }
        partial.keep();
    }

    PartialFile partial;
    std::ofstream stream;
    std::unique_ptr<TableWriter> writer;
};

class TidyExport {
public:
    TidyExport(const std::string& folder, bool has_many_runs) {
        std::filesystem::create_directories(folder);
        for (const auto& file : tidy_files) {
            files_.push_back(std::make_unique<OpenFile>(
                fmt::format("{}/{}", folder, file.name), file.table, has_many_runs));
        }
        options_.all = true;
    }
    void add(const RunLog& log) {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            files_[i]->writer->begin_run(log.name, log.run_id);
            tidy_files[i].print(log, options_, *files_[i]->writer);
        }
    }
    void keep() {
        for (auto& file : files_) { file->keep(); }
    }

private:
    std::vector<std::unique_ptr<OpenFile>> files_;
    Options options_;
};

}  // namespace

int export_runs(const Options& options) {
    if (options.tensorboard.empty() && options.csv_folder.empty() && options.dot_file.empty()) {
        throw InputError("export: nothing to write (name --tensorboard, --csv or --dot)");
    }
    if (!options.dot_file.empty() && options.runs.size() > 1) {
        throw InputError("export --dot: takes one run (name one)");
    }
    std::unique_ptr<TidyExport> tidy;
    if (!options.csv_folder.empty()) {
        tidy = std::make_unique<TidyExport>(options.csv_folder, options.runs.size() > 1);
    }
    for (const auto& run : options.runs) {
        const RunLog log = load_run(run, Detail::everything, options);
        if (!options.tensorboard.empty()) {
            export_tensorboard(log, fmt::format("{}/{}", options.tensorboard, log.name));
        }
        if (tidy) { tidy->add(log); }
        if (!options.dot_file.empty()) {
            write_atomically(options.dot_file, lineage_dot(log, false));
        }
    }
    if (tidy) { tidy->keep(); }
    return 0;
}

}  // namespace ltfb::experiments
