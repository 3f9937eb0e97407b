#include "orchestrator/model_file.hpp"

#include <array>

#include "core/file.hpp"
#include "data/hdf5_file.hpp"

namespace ltfb::orchestrator {

void save_model(const std::string& path,
                const trainer::ModelLayout& layout,
                std::span<const float> arena,
                Json description) {
    const auto& shape = layout.shape;
    description["model"] = {{"cell_features", shape.cell_features},
                            {"drug_features", shape.drug_features},
                            {"has_dose", shape.has_dose},
                            {"hidden", shape.hidden},
                            {"track_layers", shape.track_layers},
                            {"top_layers", shape.top_layers},
                            {"parameters", layout.parameters}};
    PartialFile partial(path);
    {
        const auto file = data::Hdf5File::create(partial.partial_path());
        for (const auto* part : {&layout.cell_track, &layout.drug_track, &layout.top}) {
            for (const trainer::Layer& layer : *part) {
                file.write("/" + layer.name + "/weights",
                           arena.subspan(layer.weights_at, layer.inputs * layer.outputs),
                           layer.outputs);
                file.write("/" + layer.name + "/bias", arena.subspan(layer.bias_at, layer.outputs));
            }
        }
        const std::array<std::string, 1> text{description.dump()};
        file.write_texts("/description", text);
        file.flush();
    }
    partial.keep();
}

}  // namespace ltfb::orchestrator
