#include "experiments/bench/report.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/core.h>

namespace ltfb::bench {

namespace {

std::string processor() {
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        if (line.starts_with("model name")) { return line.substr(line.find(':') + 2); }
    }
    return "unknown";
}

std::string instruction_set() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") != 0) { return "avx512"; }
    if (__builtin_cpu_supports("avx2") != 0) { return "avx2"; }
#endif
    return "baseline";
}

}  // namespace

void Table::add(std::string name, double value) {
    add(std::move(name), fmt::format("{:.5g}", value));
}

std::string Table::as(Report report) const {
    std::string text;
    if (report == Report::text) {
        for (const auto& [name, value] : columns_) {
            text += fmt::format("{:18} {}\n", name, value);
        }
        return text;
    }
    std::string values;
    for (const auto& [name, value] : columns_) {
        const std::string_view separator = text.empty() ? "" : ",";
        text += fmt::format("{}{}", separator, name);
        values += fmt::format("{}{}", separator, value);
    }
    return text + "\n" + values + "\n";
}

Table table_of_run() {
    Table table;
    table.add("commit", std::string(LTFB_COMMIT));
    table.add("processor", processor());
    table.add("isa", instruction_set());
    return table;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace ltfb::bench
