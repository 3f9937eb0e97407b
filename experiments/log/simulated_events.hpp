#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/compile.h>
#include <fmt/core.h>

#include "experiments/log/simulated_population.hpp"

namespace ltfb::experiments {

/// A number as the log has it.
struct Number {
    double value;
};

}  // namespace ltfb::experiments

template <>
struct fmt::formatter<ltfb::experiments::Number> {
    constexpr auto parse(format_parse_context& context) { return context.begin(); }
    template <class Context>
    auto format(ltfb::experiments::Number number, Context& context) const {
        const double value = number.value;
        if (std::isfinite(value)) { return format_to(context.out(), FMT_COMPILE("{}"), value); }
        const std::string_view text =
            std::isnan(value) ? "\"nan\"" : (value > 0 ? "\"inf\"" : "\"-inf\"");
        return std::copy(text.begin(), text.end(), context.out());
    }
};

namespace ltfb::experiments {

/// What an event says of where and when it is.
struct Place {
    std::int32_t round = -1;
    std::int32_t trainer = -1;
    std::int32_t lineage = -1;
    std::int64_t step = 0;
};

/// Appends events to a file, numbering and dating them.
class EventSink {
public:
    EventSink(const std::string& path, std::string run_id)
        : path_(path), file_(path, std::ios::binary), run_id_(std::move(run_id)) {}

    template <class Format, class... Args>
    void write(std::string_view event, const Place& place, const Format& format, Args&&... args) {
        const auto ms = static_cast<std::int64_t>(clock_s_ * 1e3);
        const auto day_s = ms / 1000 % 86400;
        auto out = fmt::appender(buffer_);
        fmt::format_to(out,
                       FMT_COMPILE("{{\"schema\":1,\"run_id\":\"{}\",\"seq\":{},"
                                   "\"t\":\"2026-01-{:02}T{:02}:{:02}:{:02}.{:03}Z\","
                                   "\"t_rel_s\":{},\"event\":\"{}\",\"round\":{},\"trainer\":{},"
                                   "\"lineage\":{},\"step\":{}"),
                       run_id_,
                       seq_++,
                       1 + ms / 86400000 % 28,
                       day_s / 3600,
                       day_s / 60 % 60,
                       day_s % 60,
                       ms % 1000,
                       static_cast<double>(ms) / 1e3,
                       event,
                       place.round,
                       place.trainer,
                       place.lineage,
                       place.step);
        fmt::format_to(out, format, args...);
        buffer_.push_back('}');
        buffer_.push_back('\n');
        if (buffer_.size() > (std::size_t{1} << 20U)) { flush(); }
    }

    /// Throws Error.
    void flush();

    void advance(double seconds) noexcept { clock_s_ += seconds; }
    [[nodiscard]] double clock_s() const noexcept { return clock_s_; }

private:
    std::string path_;
    std::ofstream file_;
    std::string run_id_;
    fmt::memory_buffer buffer_;
    std::int64_t seq_ = 0;
    double clock_s_ = 0.0;
};

/// JSON object of a model's hyperparameters.
std::string values_json(const SimulatedModel& model);

}  // namespace ltfb::experiments
