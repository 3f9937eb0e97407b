#include "experiments/log/simulated_events.hpp"

#include "core/error.hpp"

namespace ltfb::experiments {

void EventSink::flush() {
    file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    file_.flush();
    if (!file_) { throw Error(fmt::format("{}: cannot be written (is the disk full?)", path_)); }
    buffer_.clear();
}

std::string values_json(const SimulatedModel& model) {
    const auto& v = model.values;
    return fmt::format(FMT_COMPILE("{{\"batch\":{},\"beta1\":{},\"beta2\":{},\"clip\":{},"
                                   "\"dropout\":{},\"epsilon\":{},\"lr\":{},\"momentum\":{},"
                                   "\"weight_decay\":{}}}"),
                       v[0],
                       v[1],
                       v[2],
                       v[3],
                       v[4],
                       v[5],
                       v[6],
                       v[7],
                       v[8]);
}

}  // namespace ltfb::experiments
