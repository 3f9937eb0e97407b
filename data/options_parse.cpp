#include "data/options_parse.hpp"

#include <iostream>

#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>

#include "core/error.hpp"
#include "core/options_advice.hpp"

namespace ltfb::data {

namespace po = boost::program_options;

bool parse(const Usage& usage,
           po::options_description options,
           const Arguments& arguments,
           const po::positional_options_description& positional) {
    options.add_options()("help,h", "show this");
    try {
        po::variables_map values;
        po::command_line_parser parser(arguments);
        // A shortened option would change its meaning when another option is added.
        const int style =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(parser.options(options).positional(positional).style(style).run(), values);
        if (values.count("help") > 0) {
            std::cout << "usage: ltfb-data " << usage.synopsis << "\n\n"
                      << usage.description << "\n\n"
                      << options;
            return false;
        }
        po::notify(values);
    } catch (const po::unknown_option& error) {
        const std::string usual = "usage: ltfb-data " + usage.synopsis;
        const std::string advice = advice_for(error.get_option_name(), options, usual);
        throw InputError(std::string(error.what()) + " (" + advice + ')');
    } catch (const po::error& error) {
        throw InputError(std::string(error.what()) + " (usage: ltfb-data " + usage.synopsis + ')');
    }
    return true;
}

void add_output(po::options_description& options, OutputSettings& out) {
    auto add = options.add_options();
    add("out", po::value(&out.path)->required()->value_name("F.h5"), "HDF5 file to write");
    add("force",
        po::bool_switch()->notifier(
            [&out](bool force) { out.overwrite = force ? Overwrite::yes : Overwrite::no; }),
        "overwrite it where it exists");
}

}  // namespace ltfb::data
