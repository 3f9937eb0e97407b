#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ltfb::trainer {

/// What a tournament may change while a trainer runs.
struct Hyperparameters {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double momentum = 0.9;      // SGD
    double weight_decay = 0.0;  // decoupled (Loshchilov and Hutter 2019)
    double dropout = 0.05;      // probability of dropping a unit
    double clip = 0.0;          // largest norm of the gradient; 0: unlimited
    int batch = 256;            // samples a step, over all seats of the trainer
    // Of the learning rate's schedule (trainer/schedule.hpp); steps are whole numbers.
    double warmup_steps = 0.0;   // steps over which it rises, linearly
    double final_factor = 0.01;  // cosine: factor that is reached at the end
    double step_every = 0.0;     // step: steps between two drops; 0: none
    double step_factor = 0.1;    // step: factor of each drop

    /// Every value by name, as logged and exchanged.
    [[nodiscard]] std::map<std::string, double> as_map() const;
    /// Throws InputError for an unknown name or a value outside what the name allows.
    void set(std::string_view name, double value);
};

}  // namespace ltfb::trainer
