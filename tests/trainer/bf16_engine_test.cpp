#include "engine_cases.hpp"
#include "trainer/bf16/engine.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

// Of the largest value. Both round factors to 8 bits; a sum near a border falls on either side.
constexpr double rounding = 0.01;
// Makes errors no small differences, which would show the predictions' rounding enlarged.
constexpr float response_offset = 5.0F;

}  // namespace

TEST_CASE("gradients and predictions agree with the reference, with every set of operations") {
    auto cases = test::engine_cases(40);  // more than a block of cells
    cases.push_back({{.samples = 300, .rows = test::Rows::own}, 40, 2, 2, 300});
    for (const bf16::TileOps* ops : bf16::all_tile_ops()) {
        const std::string name = ops->name;
        CAPTURE(name);
        for (const auto& c : cases) {
            CAPTURE(c.hidden);
            CAPTURE(c.track_layers);
            CAPTURE(c.top_layers);
            CAPTURE(c.batch);
            for (const DropoutRule& dropout : test::dropout_rules()) {
                bf16::Engine engine(c.shape(), 2, *ops);
                test::check_gradients(
                    {engine, Precision::bf16, rounding, response_offset}, c, dropout);
            }
            bf16::Engine engine(c.shape(), 2, *ops);
            test::check_predictions({engine, Precision::bf16, rounding}, c);
        }
    }
}
