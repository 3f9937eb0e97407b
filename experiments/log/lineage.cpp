#include "experiments/log/lineage.hpp"

#include <algorithm>
#include <map>

namespace ltfb::experiments {

std::vector<std::int32_t> ancestors_of(const RunLog& log,
                                       std::int32_t trainer,
                                       std::int32_t last_round) {
    std::vector<std::int32_t> path(static_cast<std::size_t>(last_round + 1), nobody);
    for (std::int32_t round = last_round; round >= 0; --round) {
        const std::size_t row = log.row_of(round, trainer);
        if (row == no_row) { break; }
        // What is held after the round was trained in it by whoever it was adopted from.
        if (log.rows.from[row] != nobody) { trainer = log.rows.from[row]; }
        path[static_cast<std::size_t>(round)] = trainer;
    }
    return path;
}

std::vector<FounderCount> founders_after(const RunLog& log, std::int32_t round) {
    std::vector<std::int32_t> lineages;
    const auto r = static_cast<std::size_t>(round);
    for (std::size_t row = log.round_begin[r]; row < log.round_begin[r + 1]; ++row) {
        lineages.push_back(log.rows.lineage_after[row]);
    }
    std::sort(lineages.begin(), lineages.end());
    std::vector<FounderCount> counts;
    for (const std::int32_t lineage : lineages) {
        if (counts.empty() || counts.back().founder != lineage) { counts.push_back({lineage, 0}); }
        ++counts.back().models;
    }
    return counts;
}

std::int32_t coalescence_round(const RunLog& log) {
    const auto is_one = [&](std::int32_t round) {
        const auto r = static_cast<std::size_t>(round);
        const std::size_t begin = log.round_begin[r];
        for (std::size_t row = begin; row < log.round_begin[r + 1]; ++row) {
            if (log.rows.lineage_after[row] != log.rows.lineage_after[begin]) { return false; }
        }
        return true;
    };
    if (log.trainers < 2) { return nobody; }
    std::int32_t first = nobody;
    for (std::int32_t round = log.rounds() - 1; round >= 0 && is_one(round); --round) {
        first = round;
    }
    return first;
}

std::vector<Branch> branches_of(const RunLog& log) {
    std::vector<Branch> branches;
    std::vector<std::int32_t> current(static_cast<std::size_t>(log.trainers), nobody);
    const auto open = [&](std::int32_t trainer, std::int32_t lineage, std::int32_t round) {
        auto& index = current[static_cast<std::size_t>(trainer)];
        if (index == nobody) {
            index = static_cast<std::int32_t>(branches.size());
            branches.push_back({.trainer = trainer, .lineage = lineage, .begin = -1, .end = round});
        }
        return index;
    };
    for (std::int32_t round = 0; round < log.rounds(); ++round) {
        const auto r = static_cast<std::size_t>(round);
        const std::size_t begin = log.round_begin[r];
        const std::size_t end = log.round_begin[r + 1];
        for (std::size_t row = begin; row < end; ++row) {
            const auto branch = open(log.rows.trainer[row], log.rows.lineage[row], round);
            branches[static_cast<std::size_t>(branch)].end = round;
        }
        // Parents are the branches before any of the round's adoptions.
        std::vector<std::pair<std::int32_t, Branch>> adopted;
        for (std::size_t row = begin; row < end; ++row) {
            const std::int32_t from = log.rows.from[row];
            if (from == nobody || from >= log.trainers) { continue; }
            adopted.push_back({log.rows.trainer[row],
                               {.trainer = log.rows.trainer[row],
                                .lineage = log.rows.lineage_after[row],
                                .begin = round,
                                .end = round,
                                .parent = current[static_cast<std::size_t>(from)]}});
        }
        for (const auto& [trainer, branch] : adopted) {
            current[static_cast<std::size_t>(trainer)] = static_cast<std::int32_t>(branches.size());
            branches.push_back(branch);
        }
    }
    for (const Rank& rank : final_standings(log)) {
        if (rank.trainer < 0 || rank.trainer >= log.trainers) { continue; }
        const std::int32_t index = current[static_cast<std::size_t>(rank.trainer)];
        if (index != nobody) { branches[static_cast<std::size_t>(index)].is_alive = true; }
    }
    for (std::size_t i = branches.size(); i-- > 0;) {
        Branch& branch = branches[i];
        branch.has_living_kin = branch.has_living_kin || branch.is_alive;
        if (branch.has_living_kin && branch.parent != nobody) {
            branches[static_cast<std::size_t>(branch.parent)].has_living_kin = true;
        }
    }
    return branches;
}

std::vector<Rank> standings_after(const RunLog& log, std::int32_t round) {
    std::vector<Rank> ranks;
    if (round < 0 || round >= log.rounds()) { return ranks; }
    const auto r = static_cast<std::size_t>(round);
    for (std::size_t row = log.round_begin[r]; row < log.round_begin[r + 1]; ++row) {
        ranks.push_back(
            {log.rows.trainer[row], log.rows.held_score[row], log.rows.lineage_after[row]});
    }
    std::stable_sort(ranks.begin(), ranks.end(), [&](const Rank& a, const Rank& b) {
        return log.is_better(a.score, b.score);
    });
    return ranks;
}

std::vector<Rank> final_standings(const RunLog& log) {
    if (!log.end || log.end->standings.empty()) { return standings_after(log, log.rounds() - 1); }
    std::vector<Rank> ranks;
    for (const Standing& standing : log.end->standings) {
        ranks.push_back({standing.trainer, standing.score, standing.lineage});
    }
    return ranks;
}

}  // namespace ltfb::experiments
