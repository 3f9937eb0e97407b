#include "experiments/log/lineage.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/core.h>

#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

/// The shown branches in the order of a tree drawing, each with its drawn prefix.
class Tree {
public:
    struct Line {
        std::int32_t branch = nobody;
        std::string prefix;
    };

    Tree(const std::vector<Branch>& branches, bool all)
        : branches_(branches), children_(branches.size()) {
        std::vector<std::int32_t> roots;
        for (std::size_t i = 0; i < branches.size(); ++i) {
            if (!all && !branches[i].has_living_kin) { continue; }
            auto& siblings = branches[i].parent == nobody
                                 ? roots
                                 : children_[static_cast<std::size_t>(branches[i].parent)];
            siblings.push_back(static_cast<std::int32_t>(i));
        }
        draw(roots);
    }
    [[nodiscard]] const std::vector<Line>& lines() const noexcept { return lines_; }

private:
    struct Pending {
        std::int32_t branch;
        std::string prefix;        // of its own line
        std::string child_prefix;  // in front of what its children draw
    };

    void draw(const std::vector<std::int32_t>& roots) {
        std::vector<Pending> stack;
        for (auto root = roots.rbegin(); root != roots.rend(); ++root) {
            stack.push_back({*root, "", ""});
        }
        while (!stack.empty()) {
            const Pending here = std::move(stack.back());
            stack.pop_back();
            lines_.push_back({here.branch, here.prefix});
            const auto i = static_cast<std::size_t>(here.branch);
            const auto& children = children_[i];
            // A model that was replaced, but lives on in one copy, goes on in the same column:
            // so the drawing is as wide as the population, not as long as the run.
            const bool goes_on = children.size() == 1 && !branches_[i].is_alive;
            for (auto child = children.rbegin(); child != children.rend(); ++child) {
                const bool is_last = child == children.rbegin();
                if (goes_on) {
                    stack.push_back({*child, here.child_prefix + "↳ ", here.child_prefix});
                } else {
                    stack.push_back({*child,
                                     here.child_prefix + (is_last ? "└─ " : "├─ "),
                                     here.child_prefix + (is_last ? "   " : "│  ")});
                }
            }
        }
    }

    const std::vector<Branch>& branches_;
    std::vector<std::vector<std::int32_t>> children_;
    std::vector<Line> lines_;
};

void print_branches(const RunLog& log, bool all, TableWriter& out) {
    out.begin_table({.id = "branches",
                     .title = all ? "Lineage" : "Lineage of the survivors (--all: of everybody)",
                     .columns = {{"tree"},
                                 {"branch", Format::integer},
                                 {"parent", Format::integer},
                                 {"trainer", Format::integer},
                                 {"founder", Format::integer},
                                 {"adopted_round", Format::integer},
                                 {"last_round", Format::integer},
                                 {"alive", Format::flag}}});
    const auto branches = branches_of(log);
    const Tree tree(branches, all);
    for (const auto& line : tree.lines()) {
        const Branch& branch = branches[static_cast<std::size_t>(line.branch)];
        out.row({fmt::format("{}trainer {}", line.prefix, branch.trainer),
                 std::int64_t{line.branch},
                 known_index(branch.parent),
                 std::int64_t{branch.trainer},
                 std::int64_t{branch.lineage},
                 known_index(branch.begin),
                 std::int64_t{branch.end},
                 branch.is_alive});
    }
    out.end_table();
}

void print_founders(const RunLog& log, TableWriter& out) {
    out.begin_table({.id = "founders",
                     .title = "Founders with descendants, where the number changed",
                     .columns = {{"round", Format::integer},
                                 {"founders", Format::integer},
                                 {"largest_founder", Format::integer},
                                 {"largest_share", Format::percent}}});
    std::size_t before = 0;
    for (std::int32_t round = 0; round < log.rounds(); ++round) {
        const auto counts = founders_after(log, round);
        if (counts.empty() || counts.size() == before) { continue; }
        before = counts.size();
        std::int64_t models = 0;
        for (const auto& count : counts) { models += count.models; }
        const auto largest =
            *std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                return a.models < b.models;
            });
        out.row({std::int64_t{round},
                 static_cast<std::int64_t>(counts.size()),
                 std::int64_t{largest.founder},
                 static_cast<double>(largest.models) / static_cast<double>(models)});
    }
    out.end_table();
}

void print_descendants(const RunLog& log, TableWriter& out) {
    out.begin_table({.id = "descendants",
                     .title = "Models by founder after each round",
                     .columns = {{"round", Format::integer},
                                 {"founder", Format::integer},
                                 {"models", Format::integer}},
                     .is_detail = true});
    for (std::int32_t round = 0; round < log.rounds(); ++round) {
        for (const auto& count : founders_after(log, round)) {
            out.row({std::int64_t{round}, std::int64_t{count.founder}, std::int64_t{count.models}});
        }
    }
    out.end_table();
}

}  // namespace

std::string lineage_dot(const RunLog& log, bool all) {
    std::string dot = "digraph lineage {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n";
    const auto branches = branches_of(log);
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const Branch& branch = branches[i];
        if (!all && !branch.has_living_kin) { continue; }
        dot += fmt::format("  b{} [label=\"trainer {}\\nrounds {} to {}\"{}];\n",
                           i,
                           branch.trainer,
                           branch.begin + 1,
                           branch.end,
                           branch.is_alive ? ", penwidth=2" : ", color=gray");
        if (branch.parent != nobody) {
            dot +=
                fmt::format("  b{} -> b{} [label=\"round {}\"];\n", branch.parent, i, branch.begin);
        }
    }
    return dot + "}\n";
}

void print_lineage(const RunLog& log, const Options& options, TableWriter& out) {
    if (options.is_dot) {
        std::cout << lineage_dot(log, options.all);
        return;
    }
    const std::int32_t coalesced = coalescence_round(log);
    print_branches(log, options.all, out);
    print_founders(log, out);
    out.begin_table({.id = "coalescence",
                     .title = "",
                     .columns = {{"coalescence_round", Format::integer}},
                     .is_record = true});
    out.row({known_index(coalesced)});
    out.end_table();
    print_descendants(log, out);
}

}  // namespace ltfb::experiments
