#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ltfb::data {

/// Rows of features, row-major [rows x columns], borrowed.
struct RowBlock {
    const float* values = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
};

/// Samples in factored form: the feature rows of the distinct cells and drugs among them, and for
/// each sample which rows it uses. Dense data has one cell row and two drug rows a sample.
/// Indices are positions in `cells` and `drugs`; doses are empty for a set without doses.
struct Batch {
    RowBlock cells;
    RowBlock drugs;
    std::vector<std::uint32_t> cell;      // [b]
    std::vector<std::uint32_t> drug1;     // [b]
    std::vector<std::uint32_t> drug2;     // [b]
    std::vector<float> dose1;             // [b] -log10(molar), standardised
    std::vector<float> dose2;             // [b]
    std::vector<float> response;          // [b]
    std::vector<std::uint32_t> cell_ids;  // of the set's cells, which each row of `cells` is
    std::vector<std::uint32_t> drug_ids;  // dense data: each sample brings a cell and two drugs
    std::vector<float> storage;  // what `cells` and `drugs` point into, where rows are copied

    [[nodiscard]] std::size_t size() const noexcept { return response.size(); }
};

/// Counts and widths of a data set.
struct SampleShape {
    std::size_t samples = 0;
    std::size_t cell_features = 0;
    std::size_t drug_features = 0;
    bool has_dose = false;
    std::size_t chunk = 0;  // samples that are best read from the file together; 0: all in memory
};

/// What of a sample must stay on one side of a split. `group` identifies (cell, unordered drug
/// pair) with all its doses; `cell`, `drug1`, `drug2` the entities. All are digests of names (of
/// feature rows in dense sets), so they do not depend on the order of the file.
struct SampleKey {
    std::uint64_t group = 0;
    std::uint64_t cell = 0;
    std::uint64_t drug1 = 0;
    std::uint64_t drug2 = 0;
};

/// A data set open for reading; factored or dense. For one thread at a time.
class Samples {
public:
    virtual ~Samples() = default;
    [[nodiscard]] virtual const SampleShape& shape() const noexcept = 0;
    /// [samples]
    [[nodiscard]] virtual std::span<const SampleKey> keys() const noexcept = 0;
    /// [samples]
    [[nodiscard]] virtual std::span<const float> responses() const noexcept = 0;
    /// Digest of the content that training depends on.
    [[nodiscard]] virtual std::uint64_t digest() const = 0;
    /// Whether batches may be assembled by another thread than the one that opened the set,
    /// whatever that one does meanwhile, with other files too.
    [[nodiscard]] virtual bool is_thread_safe() const noexcept { return true; }
    /// Fills `batch` with `samples` (indices into the set, in this order). Reuses the batch's
    /// storage: no allocation once it has held a batch as large. Throws Error on a failed read.
    virtual void assemble(std::span<const std::uint32_t> samples, Batch& batch) = 0;
    /// The same for several batches, which get equally many of `samples` each, in this order; sets
    /// on disk read them in the order of the file.
    virtual void assemble_all(std::span<const std::uint32_t> samples, std::span<Batch> batches);
};

/// Opens a set written by ltfb-data. Factored sets are held in memory; of dense sets the keys and
/// responses alone. Throws InputError naming the file and what is wrong with it.
std::unique_ptr<Samples> open_samples(const std::string& path);

}  // namespace ltfb::data
