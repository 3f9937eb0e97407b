#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "data/samples.hpp"
#include "trainer/blocked/step_memory.hpp"
#include "trainer/dropout.hpp"

namespace ltfb::trainer::blocked {

/// The samples of all seats' slices of a minibatch, one seat's after the other's: what every seat
/// has to know of them. Features stay with the seat that read them.
class GroupBatch {
public:
    void plan(StepMemory& memory);

    /// Tells all seats of this seat's slice; they `read` once all have told.
    void tell(const data::Batch& batch);
    /// `batch`: what this seat told; must outlive the step.
    void read(const data::Batch& batch);

    [[nodiscard]] std::size_t size() const noexcept { return starts_.back(); }
    /// Positions of a seat's samples.
    [[nodiscard]] std::size_t begin(std::size_t seat) const { return starts_[seat]; }
    [[nodiscard]] std::size_t end(std::size_t seat) const { return starts_[seat + 1]; }
    [[nodiscard]] std::size_t seat() const noexcept { return seat_; }
    [[nodiscard]] std::size_t seats() const noexcept { return starts_.size() - 1; }

    /// Of the set's cells or drugs, which each sample has [size()].
    [[nodiscard]] std::span<const std::uint32_t> ids(UnitGroup group) const {
        return ids_[static_cast<std::size_t>(group)];
    }
    /// Zeros where there are none, and up to whole blocks.
    [[nodiscard]] std::span<const float> doses(std::size_t drug) const { return doses_.at(drug); }
    [[nodiscard]] std::span<const float> responses() const { return responses_; }

    /// Features of this seat's slice, and which of their rows each of its samples has.
    [[nodiscard]] const data::RowBlock& features(UnitGroup group) const {
        return group == UnitGroup::cell ? batch_->cells : batch_->drugs;
    }
    [[nodiscard]] std::span<const std::uint32_t> rows(UnitGroup group) const;

    /// Rows of the set's table of cells or drugs where `seat` has all of it, in order; else 0.
    [[nodiscard]] std::size_t whole_table(UnitGroup group, std::size_t seat) const {
        return tables_[seat].at(group == UnitGroup::cell ? 0 : 1);
    }

private:
    static constexpr std::size_t track_groups = 3;

    /// In group memory.
    struct Slice {
        std::uint32_t* samples = nullptr;  // how many
        std::uint32_t* tables = nullptr;   // [2] as `whole_table`
        std::array<std::uint32_t*, track_groups> ids{};
        std::array<float*, 2> doses{};
        float* responses = nullptr;
    };

    std::size_t seat_ = 0;
    std::vector<Slice> slices_;  // of all seats
    const data::Batch* batch_ = nullptr;
    std::vector<std::size_t> starts_ = {0};
    std::vector<std::array<std::size_t, 2>> tables_;
    std::array<std::vector<std::uint32_t>, track_groups> ids_;
    std::array<std::vector<float>, 2> doses_;
    std::vector<float> responses_;
};

}  // namespace ltfb::trainer::blocked
