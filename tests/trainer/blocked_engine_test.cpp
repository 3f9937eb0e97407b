#include "engine_cases.hpp"
#include "trainer/blocked/engine.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

/// Of the largest value. In bf16 both round factors to 8 bits; a sum near a border falls on either
/// side.
double rounding(Precision precision) {
    return precision == Precision::bf16 ? 0.01 : 2e-5;
}
// Makes errors no small differences, which would show the predictions' rounding enlarged.
constexpr float response_offset = 5.0F;

}  // namespace

TEST_CASE("gradients and predictions agree with the reference, with every set of operations") {
    auto cases = test::engine_cases(40);  // more than a block of cells
    cases.push_back({{.samples = 300, .rows = test::Rows::own}, 40, 2, 2, 300});
    // Many samples to each cell and drug.
    for (const std::size_t layers : {1U, 2U, 3U}) {
        cases.push_back({{.samples = 300, .cells = 40, .drugs = 9}, 70, layers, 2, 300});
    }
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        const double tolerance = rounding(precision);
        for (const blocked::TileOps& ops : blocked::all_tile_ops(precision)) {
            const std::string name = ops.name;
            CAPTURE(name);
            CAPTURE(name_of(precision));
            for (const auto& c : cases) {
                CAPTURE(c.hidden);
                CAPTURE(c.track_layers);
                CAPTURE(c.top_layers);
                CAPTURE(c.batch);
                for (const DropoutRule& dropout : test::dropout_rules()) {
                    blocked::Engine engine(c.shape(), 2, ops);
                    test::check_gradients(
                        {engine, precision, tolerance, response_offset}, c, dropout);
                }
                blocked::Engine engine(c.shape(), 2, ops);
                test::check_predictions({engine, precision, tolerance}, c);
            }
        }
    }
}
