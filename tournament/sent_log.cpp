#include "tournament/sent_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/handle.hpp"
#include "tournament/tcp_frame.hpp"

namespace fs = std::filesystem;

namespace ltfb::tournament {

namespace {

struct DescriptorTraits {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw raw) noexcept { ::close(raw); }
};
using Descriptor = UniqueHandle<DescriptorTraits>;

class Text : public SentMessage {
public:
    Text(int kind, int round, std::uint64_t number, std::string text)
        : SentMessage(kind, round, number), text_(std::move(text)) {}
    [[nodiscard]] std::span<const std::byte> bytes() const override {
        return std::as_bytes(std::span(text_));
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

class HeldBulk : public SentMessage {
public:
    HeldBulk(int kind, int round, std::uint64_t number, std::span<const std::byte> bytes)
        : SentMessage(kind, round, number), bytes_(bytes.begin(), bytes.end()) {}
    [[nodiscard]] std::span<const std::byte> bytes() const override { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

/// A file, which outlives this process.
class BulkFile : public SentMessage {
public:
    /// Throws Error where the file cannot be mapped.
    BulkFile(int kind, int round, std::uint64_t number, std::string path)
        : SentMessage(kind, round, number), path_(std::move(path)) {
        const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        std::error_code error;
        const auto size = fs::file_size(path_, error);
        require(static_cast<bool>(file) && !error && size > 0, path_ + ": cannot be read");
        void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
        require(address != MAP_FAILED, path_ + ": cannot be mapped");
        bytes_ = {static_cast<const std::byte*>(address), size};
    }
    ~BulkFile() override { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }
    BulkFile(const BulkFile&) = delete;
    BulkFile& operator=(const BulkFile&) = delete;
    BulkFile(BulkFile&&) = delete;
    BulkFile& operator=(BulkFile&&) = delete;
    [[nodiscard]] std::span<const std::byte> bytes() const override { return bytes_; }
    void discard() const override { std::remove(path_.c_str()); }

private:
    std::string path_;
    std::span<const std::byte> bytes_;
};

struct BulkName {
    Address to;
    int kind = 0;
    int round = 0;
};

std::string name_of(const BulkName& name, int incarnation) {
    return fmt::format("round-{:06d}-kind-{}-to-{}-{}-start-{}",
                       name.round,
                       name.kind,
                       name.to.trainer,
                       name.to.seat,
                       incarnation);
}

std::optional<BulkName> parse_name(const std::string& text) {
    BulkName name;
    int incarnation = 0;
    const int found = std::sscanf(text.c_str(),
                                  "round-%d-kind-%d-to-%d-%d-start-%d",
                                  &name.round,
                                  &name.kind,
                                  &name.to.trainer,
                                  &name.to.seat,
                                  &incarnation);
    if (found != 5 || name_of(name, incarnation) != text) { return std::nullopt; }
    return name;
}

bool write_file(const std::string& path, std::span<const std::byte> bytes) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) { return false; }
    while (!bytes.empty()) {
        const auto written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) { continue; }
        if (written <= 0) { return false; }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

bool is_needed_after(const SentMessage& message, int saved_round) {
    if (message.kind() == static_cast<int>(Channel::stop)) { return true; }
    return message.round() > saved_round ||
           (message.round() == saved_round && !is_bulk(message.kind()));
}

}  // namespace

SentLog::SentLog(std::string folder, int incarnation)
    : folder_(std::move(folder)), incarnation_(incarnation) {
    if (folder_.empty()) { return; }
    std::error_code ignored;  // what it leads to is seen when something is written
    fs::create_directories(folder_, ignored);
}

void SentLog::add_text(Address to, int kind, int round, const std::string& text) {
    messages_to(to).push_back(std::make_shared<Text>(kind, round, ++last_number_, text));
}

SentLog::Message SentLog::copy_bulk(Address to,
                                    int kind,
                                    int round,
                                    std::span<const std::byte> bytes) {
    const std::uint64_t number = ++last_number_;
    if (folder_.empty()) { return std::make_shared<HeldBulk>(kind, round, number, bytes); }
    const std::string path =
        folder_ + "/" + name_of({.to = to, .kind = kind, .round = round}, incarnation_);
    if (write_file(path, bytes)) { return std::make_shared<BulkFile>(kind, round, number, path); }
    if (!std::exchange(is_warned_, true)) {
        std::fputs(fmt::format("ltfb-run: warning: {}: {} (what is sent is held in memory; if two "
                               "trainers die at once, the run has to be resumed)\n",
                               path,
                               std::strerror(errno))
                       .c_str(),
                   stderr);
    }
    std::remove(path.c_str());
    return std::make_shared<HeldBulk>(kind, round, number, bytes);
}

void SentLog::add(Address to, Message message) {
    messages_to(to).push_back(std::move(message));
}

SentLog::Message SentLog::next(Address to, std::uint64_t after) const {
    const auto found = messages_.find({to.trainer, to.seat});
    if (found == messages_.end()) { return nullptr; }
    const auto at = std::ranges::find_if(
        found->second, [&](const auto& message) { return message->number() > after; });
    return at == found->second.end() ? nullptr : *at;
}

std::vector<Address> SentLog::receivers() const {
    std::vector<Address> list;
    for (const auto& [to, messages] : messages_) {
        if (!messages.empty()) { list.push_back({to.first, to.second}); }
    }
    return list;
}

void SentLog::drop_saved(Address to, int round) {
    std::erase_if(messages_to(to), [&](const auto& message) {
        if (is_needed_after(*message, round)) { return false; }
        message->discard();
        return true;
    });
}

void SentLog::forget(int trainer) {
    std::erase_if(messages_, [&](const auto& one) {
        if (one.first.first != trainer) { return false; }
        for (const auto& message : one.second) { message->discard(); }
        return true;
    });
}

Json SentLog::texts() const {
    Json list = Json::array();
    for (const auto& [to, messages] : messages_) {
        for (const auto& message : messages) {
            const auto* const text = dynamic_cast<const Text*>(message.get());
            if (text == nullptr) { continue; }
            list.push_back({{"trainer", to.first},
                            {"seat", to.second},
                            {"kind", text->kind()},
                            {"round", text->round()},
                            {"text", text->text()}});
        }
    }
    return list;
}

// A connection carries what is sent to a seat in its order, and a receiver takes bulk messages when
// it gets to them: within a round the card comes first, the weights next, then the verdict.
void SentLog::restore(const Json& texts, int round) {
    struct Found {
        BulkName name;
        std::string path;  // of a bulk message
        std::string text;
    };
    std::vector<Found> found;
    for (const Json& text : texts) {
        found.push_back({.name = {.to = {text.at("trainer"), text.at("seat")},
                                  .kind = text.at("kind"),
                                  .round = text.at("round")},
                         .path = {},
                         .text = text.at("text")});
    }
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
        const auto name = parse_name(entry.path().filename());
        if (!name) { continue; }
        if (name->round > round) {
            fs::remove(entry.path(), ignored);
        } else {
            found.push_back({.name = *name, .path = entry.path(), .text = {}});
        }
    }
    const auto place_in_round = [](int kind) {
        if (kind == static_cast<int>(Channel::card)) { return 0; }
        if (kind == static_cast<int>(Bulk::weights)) { return 1; }
        return is_bulk(kind) ? kind : 2;
    };
    std::ranges::stable_sort(found, [&](const Found& a, const Found& b) {
        return std::pair(a.name.round, place_in_round(a.name.kind)) <
               std::pair(b.name.round, place_in_round(b.name.kind));
    });
    for (const Found& one : found) {
        const auto& [to, kind, its_round] = one.name;
        if (one.path.empty()) {
            add_text(to, kind, its_round, one.text);
        } else {
            messages_to(to).push_back(
                std::make_shared<BulkFile>(kind, its_round, ++last_number_, one.path));
        }
    }
}

}  // namespace ltfb::tournament
