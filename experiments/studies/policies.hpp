#pragma once

#include <cstdlib>
#include <vector>

#include "core/error.hpp"
#include "experiments/simulator/simulator.hpp"

namespace ltfb::experiments {

struct NamedPolicy {
    const char* name;
    Policy policy;
};

/// The policies that the studies compare.
inline std::vector<NamedPolicy> compared_policies() {
    using namespace tournament;
    const SelectionRule none{.kind = SelectionRule::Kind::none};
    const SelectionRule truncation{.kind = SelectionRule::Kind::truncation};
    const ExploreRule perturb{};
    const ExploreRule mixed{.kind = ExploreRule::Kind::perturb, .resample_probability = 0.25};
    const ExploreRule resample{.kind = ExploreRule::Kind::resample};
    const ExploreRule pb2{.kind = ExploreRule::Kind::pb2};
    return {{"none", {none, {}, perturb}},
            {"truncation-perturb", {truncation, {}, perturb}},
            {"truncation-mixed", {truncation, {}, mixed}},
            {"truncation-resample", {truncation, {}, resample}},
            {"truncation-pb2", {truncation, {}, pb2}},
            {"pairwise-perturb", {{}, {}, perturb}},
            {"pairwise-mixed", {{}, {}, mixed}},
            {"pairwise-resample", {{}, {}, resample}},
            {"pairwise-pb2", {{}, {}, pb2}}};
}

/// REPEATS [ROUNDS [TRAINERS]] of a study's command line.
struct StudySize {
    int repeats = 20;
    int rounds = 60;
    int trainers = 8;
};

inline StudySize parse_study_size(int argc, char** argv) {
    const auto number = [&](int at, int otherwise) {
        const int value = argc > at ? std::atoi(argv[at]) : otherwise;
        if (value < 2) {
            throw InputError("arguments: a number below 2 (use REPEATS ROUNDS TRAINERS)");
        }
        return value;
    };
    const StudySize usual;
    return {.repeats = number(1, usual.repeats),
            .rounds = number(2, usual.rounds),
            .trainers = number(3, usual.trainers)};
}

}  // namespace ltfb::experiments
