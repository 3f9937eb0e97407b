#pragma once

#include <vector>

#include "tournament/space.hpp"

namespace ltfb::experiments {

/// What a synthetic trainer trains: how a model changes in a round, and how good it is. Without
/// randomness: the simulator adds the noise of scores.
class World {
public:
    using Model = std::vector<double>;

    World() = default;
    virtual ~World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;

    [[nodiscard]] virtual Model initial_model() const = 0;
    /// One round of local steps with the hyperparameters `values`.
    virtual void train(Model& model, const tournament::Values& values, int round) const = 0;
    /// The lower the better; not finite once training has diverged.
    [[nodiscard]] virtual double loss(const Model& model) const = 0;
};

/// Stochastic gradient descent on a quadratic function with noisy gradients, in expectation: each
/// step takes E[x_i^2] to (1 - lr h_i)^2 E[x_i^2] + lr^2 h_i c, and the loss is sum h_i E[x_i^2] /
/// 2 (Zhang et al. 2019, "Which Algorithmic Choices Matter at Which Batch Sizes?"). Like a real
/// learning curve: too small a learning rate is slow, too large a one stays at its noise floor or
/// diverges (lr > 2 / h), and the best one falls as training goes on.
class NoisyQuadratic : public World {
public:
    explicit NoisyQuadratic(int steps_per_round) : steps_per_round_(steps_per_round) {}
    [[nodiscard]] Model initial_model() const override;
    /// Uses `lr`.
    void train(Model& model, const tournament::Values& values, int round) const override;
    [[nodiscard]] double loss(const Model& model) const override;

private:
    int steps_per_round_;
};

/// A round improves the loss by at most 1, the less the farther the hyperparameters are from an
/// optimum that wanders through the space as rounds go by: exp(-|u - o(round)|^2 / (2 width^2)), u
/// the continuous variables on their unit scales.
class MovingOptimum : public World {
public:
    MovingOptimum(tournament::Space space, double width, double period_rounds);
    [[nodiscard]] Model initial_model() const override;
    void train(Model& model, const tournament::Values& values, int round) const override;
    [[nodiscard]] double loss(const Model& model) const override;

    /// Of continuous variable `i`, on its unit scale.
    [[nodiscard]] double optimum(std::size_t i, int round) const;

private:
    tournament::Space space_;
    double width_;
    double period_rounds_;
};

}  // namespace ltfb::experiments
