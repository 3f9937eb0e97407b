#include "experiments/log/hyperparameter_sets.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ltfb::experiments {

void HyperparameterSets::name(std::vector<std::string> names) {
    if (values_.size() == 0) { names_ = std::move(names); }
}

std::size_t HyperparameterSets::index_of(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

std::uint32_t HyperparameterSets::add(std::int32_t trainer, std::span<const NamedValue> values) {
    if (values.empty()) { return no_set; }
    if (names_.empty()) {
        for (const NamedValue& value : values) { names_.emplace_back(value.name); }
    }
    new_values_.assign(names_.size(), absent);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool in_order = i < names_.size() && names_[i] == values[i].name;
        const std::size_t key = in_order ? i : index_of(values[i].name);
        if (key < names_.size()) { new_values_[key] = values[i].value; }
    }
    const auto index = static_cast<std::size_t>(trainer);
    if (index >= last_set_.size()) { last_set_.resize(index + 1, no_set); }
    if (last_set_[index] == no_set || !is_same(last_set_[index])) {
        last_set_[index] = static_cast<std::uint32_t>(values_.size() / names_.size());
        for (const double value : new_values_) { values_.push_back(value); }
    }
    return last_set_[index];
}

bool HyperparameterSets::is_same(std::uint32_t set) const noexcept {
    for (std::size_t key = 0; key < new_values_.size(); ++key) {
        const double old = value(set, key);
        const bool both_nan = std::isnan(old) && std::isnan(new_values_[key]);
        if (old != new_values_[key] && !both_nan) { return false; }
    }
    return true;
}

}  // namespace ltfb::experiments
