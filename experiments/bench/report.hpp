#pragma once

#include <string>
#include <utility>
#include <vector>

#include "experiments/bench/options.hpp"

namespace ltfb::bench {

/// Named values in the order in which they are printed.
class Table {
public:
    void add(std::string name, std::string value) {
        columns_.emplace_back(std::move(name), std::move(value));
    }
    void add(std::string name, double value);
    void add(std::string name, std::uint64_t value) { add(std::move(name), std::to_string(value)); }
    void add(std::string name, int value) { add(std::move(name), std::to_string(value)); }

    /// A header line and a line of values, or one "name value" a line.
    [[nodiscard]] std::string as(Report report) const;

private:
    std::vector<std::pair<std::string, std::string>> columns_;
};

/// A table that says which program ran where: commit, processor, instruction set.
Table table_of_run();

/// Middle value; the lower one of two. `values` must not be empty.
double median(std::vector<double> values);

/// The median of `repeats` calls, each of which returns a figure, after one that isn't counted.
template <class Measure>
double median_of(int repeats, const Measure& measure) {
    measure();
    std::vector<double> figures;
    for (int r = 0; r < repeats; ++r) { figures.push_back(measure()); }
    return median(std::move(figures));
}

}  // namespace ltfb::bench
