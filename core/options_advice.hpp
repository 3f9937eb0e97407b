#pragma once

#include <string>
#include <vector>

#include <boost/program_options/options_description.hpp>

#include "core/nearest.hpp"

namespace ltfb {

/// For an error message: which option may have been meant by an unknown one, else `otherwise`.
inline std::string advice_for(std::string unknown,
                              const boost::program_options::options_description& known,
                              const std::string& otherwise) {
    unknown.erase(0, unknown.find_first_not_of('-'));
    std::vector<std::string> names;
    for (const auto& option : known.options()) { names.push_back(option->long_name()); }
    const std::string meant = nearest(unknown, names);
    return meant.empty() ? otherwise : "did you mean --" + meant + "?";
}

}  // namespace ltfb
