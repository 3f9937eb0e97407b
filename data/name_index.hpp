#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ltfb::data {

/// Numbers distinct texts 0, 1, 2, ... in order of appearance. Looking up a known one does not
/// allocate.
class NameIndex {
public:
    std::uint32_t index_of(std::string_view name) {
        const auto found = indices_.find(name);
        if (found != indices_.end()) { return found->second; }
        const auto index = static_cast<std::uint32_t>(names_.size());
        indices_.emplace(std::string(name), index);
        names_.emplace_back(name);
        return index;
    }

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    [[nodiscard]] bool has(std::string_view name) const { return indices_.contains(name); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> indices_;
    std::vector<std::string> names_;
};

}  // namespace ltfb::data
