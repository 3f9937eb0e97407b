#include "data/batch_feed.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <optional>
#include <span>
#include <thread>
#include <utility>

namespace ltfb::data {

namespace {

std::size_t bytes_of(const SampleShape& shape, std::size_t samples) {
    return samples * (shape.cell_features + 2 * shape.drug_features) * sizeof(float);
}

}  // namespace

/// Two groups of batches: one is used while the thread fills the other. A group's rows are read
/// together, in the order of the file.
class BatchFeed::Reader {
public:
    Reader(BatchFeed& feed, std::size_t group_size)
        : feed_(feed), group_size_(group_size), thread_([this] { run(); }) {}

    ~Reader() {
        {
            const std::scoped_lock lock(mutex_);
            ends_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Reader(Reader&&) = delete;
    Reader& operator=(Reader&&) = delete;

    [[nodiscard]] std::size_t group_size() const { return group_size_; }

    const Batch& take(const FeedPlace& place) {
        std::unique_lock lock(mutex_);
        if (next_ && *next_ == place && at_ == group_size_) { hand_back(); }
        if (!next_ || *next_ != place) { start_at(place); }
        changed_.wait(lock, [this] { return used().state == State::full || failure_; });
        if (used().state != State::full) {
            next_.reset();  // so that the next call starts afresh
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
        next_->position += next_->stride;
        return used().batches[at_++];
    }

private:
    enum class State { empty, filling, full };
    struct Group {
        State state = State::empty;
        std::vector<Batch> batches;
    };

    Group& used() { return groups_.at(used_); }

    /// Gives the group in use, of which all batches were taken, to the thread.
    void hand_back() {
        used().state = State::empty;
        used_ = 1 - used_;
        at_ = 0;
        changed_.notify_all();
    }

    /// Drops what was read. A group that is being filled stays the thread's until it sees that
    /// nobody wants it.
    void start_at(const FeedPlace& place) {
        ++course_;
        next_ = place;
        wanted_ = place;
        for (Group& group : groups_) {
            if (group.state == State::full) { group.state = State::empty; }
        }
        failure_ = nullptr;
        filled_ = used_;
        at_ = 0;
        changed_.notify_all();
    }

    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [this] {
                return ends_ || (next_ && !failure_ && groups_.at(filled_).state == State::empty);
            });
            if (ends_) { return; }
            Group& group = groups_.at(filled_);
            const std::uint64_t course = course_;
            const FeedPlace first = wanted_;
            wanted_.position += group_size_ * wanted_.stride;
            group.state = State::filling;
            lock.unlock();
            std::exception_ptr failure;
            try {
                fill(group, first);
            } catch (...) { failure = std::current_exception(); }
            lock.lock();
            const bool is_wanted = course == course_;
            group.state = is_wanted && !failure ? State::full : State::empty;
            if (is_wanted) {
                failure_ = failure;
                filled_ = 1 - filled_;
            }
            changed_.notify_all();
        }
    }

    void fill(Group& group, const FeedPlace& first) {
        indices_.resize(group_size_ * first.size);
        for (std::size_t b = 0; b < group_size_; ++b) {
            feed_.order_.draw(first.position + b * first.stride,
                              std::span(indices_).subspan(b * first.size, first.size));
        }
        group.batches.resize(group_size_);
        const auto held = feed_.hold_samples();
        feed_.samples_.assemble_all(indices_, group.batches);
    }

    BatchFeed& feed_;
    const std::size_t group_size_;
    std::vector<std::uint32_t> indices_;

    std::mutex mutex_;  // of all below
    std::condition_variable changed_;
    std::array<Group, 2> groups_;
    std::optional<FeedPlace> next_;  // what the consumer will want
    std::size_t used_ = 0;           // the group it takes from
    std::size_t at_ = 0;             // its next batch
    FeedPlace wanted_;               // what the thread reads next
    std::size_t filled_ = 0;         // the group it fills next
    std::uint64_t course_ = 0;       // how often the consumer went elsewhere
    std::exception_ptr failure_;
    bool ends_ = false;
    std::thread thread_;
};

BatchFeed::BatchFeed(Samples& samples, SampleOrder order, std::size_t memory_bytes)
    : samples_(samples), order_(std::move(order)), memory_bytes_(memory_bytes) {}

BatchFeed::~BatchFeed() = default;

const Batch& BatchFeed::take(const FeedPlace& place) {
    const SampleShape& shape = samples_.shape();
    const bool reads_ahead = shape.chunk > 0 && samples_.is_thread_safe() && place.size > 0;
    const std::size_t group = reads_ahead ? memory_bytes_ / (2 * bytes_of(shape, place.size)) : 0;
    if (group > 0) {
        if (!reader_ || reader_->group_size() != group) {
            reader_.reset();
            reader_ = std::make_unique<Reader>(*this, group);
        }
        return reader_->take(place);
    }
    reader_.reset();
    indices_.resize(place.size);
    order_.draw(place.position, indices_);
    samples_.assemble(indices_, batch_);
    return batch_;
}

std::unique_lock<std::mutex> BatchFeed::hold_samples() {
    return std::unique_lock(samples_in_use_);
}

}  // namespace ltfb::data
