#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/log/column.hpp"
#include "experiments/log/event.hpp"

namespace ltfb::experiments {

inline constexpr std::uint32_t no_set = ~std::uint32_t{0};

/// The values that hyperparameters took, each set kept once while a trainer goes on with it.
class HyperparameterSets {
public:
    /// Fixes the names, unless a set is already kept.
    void name(std::vector<std::string> names);
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    /// Position of `name`, or names().size().
    [[nodiscard]] std::size_t index_of(std::string_view name) const noexcept;

    /// The set of `values` for `trainer` (>= 0): the last one of that trainer where equal, else a
    /// new one; no_set for no values. The first values ever give the names, where none are fixed;
    /// later ones of another name are left out.
    std::uint32_t add(std::int32_t trainer, std::span<const NamedValue> values);

    /// Value `key` (in names) of `set`; absent for no_set.
    [[nodiscard]] double value(std::uint32_t set, std::size_t key) const noexcept {
        return set == no_set ? absent : values_[set * names_.size() + key];
    }

private:
    [[nodiscard]] bool is_same(std::uint32_t set) const noexcept;

    std::vector<std::string> names_;
    Column<double> values_;                // [sets x names]
    std::vector<std::uint32_t> last_set_;  // by trainer
    std::vector<double> new_values_;       // scratch
};

}  // namespace ltfb::experiments
