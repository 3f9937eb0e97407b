#include "tournament/tcp_inbox.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace ltfb::tournament {

namespace {

/// Of these a match needs the one of its own round; the others are news at any time.
bool is_of_a_match(int kind) {
    return kind == static_cast<int>(Channel::card) || kind == static_cast<int>(Channel::verdict);
}

}  // namespace

void TcpInbox::enter_round(int round) {
    if (round == round_) { return; }
    round_ = round;
    places_.clear();
    complete_.clear();
}

void TcpInbox::put_text(Address from, int kind, int round, std::string text) {
    const Sender sender{from.trainer, from.seat, kind};
    const auto taken = taken_.find(sender);
    if (taken != taken_.end() && round <= taken->second) { return; }
    texts_[sender].insert_or_assign(round, std::move(text));
}

std::optional<std::string> TcpInbox::take_text(Address from, int kind) {
    const Sender sender{from.trainer, from.seat, kind};
    auto& texts = texts_[sender];
    if (is_of_a_match(kind)) { texts.erase(texts.begin(), texts.lower_bound(round_)); }
    const auto first = texts.begin();
    if (first == texts.end() || (is_of_a_match(kind) && first->first != round_)) {
        return std::nullopt;
    }
    taken_[sender] = first->first;
    std::string text = std::move(first->second);
    texts.erase(first);
    return text;
}

std::shared_ptr<BulkPlace> TcpInbox::expect(Address from, int kind, std::span<std::byte> bytes) {
    auto place = std::make_shared<BulkPlace>(BulkPlace{.bytes = bytes});
    places_[{from.trainer, from.seat, kind}] = place;
    return place;
}

TcpInbox::Took TcpInbox::put_bulk(Address from,
                                  const FrameHead& head,
                                  std::span<const std::byte> bytes) {
    const Sender sender{from.trainer, from.seat, head.kind};
    if (head.round < round_ || (head.round == round_ && complete_.contains(sender))) {
        return Took::yes;
    }
    const auto found = places_.find(sender);
    const auto place = found == places_.end() ? nullptr : found->second.lock();
    if (head.round > round_ || !place) { return Took::no; }
    if (head.total_bytes != place->bytes.size()) {
        place->error = fmt::format("trainer {} seat {} sends {} bytes where {} belong",
                                   from.trainer,
                                   from.seat,
                                   head.total_bytes,
                                   place->bytes.size());
        return Took::yes;
    }
    // From the start again, where the sender had to open another connection.
    if (head.offset == 0) { place->received_bytes = 0; }
    if (head.offset != place->received_bytes) {
        place->error = fmt::format("trainer {} seat {}: a piece at {} came where {} was due",
                                   from.trainer,
                                   from.seat,
                                   head.offset,
                                   place->received_bytes);
        return Took::yes;
    }
    std::ranges::copy(bytes, place->bytes.subspan(head.offset).begin());
    place->received_bytes += bytes.size();
    if (place->received_bytes == place->bytes.size()) {
        place->is_complete = true;
        complete_.insert(sender);
    }
    return Took::yes;
}

}  // namespace ltfb::tournament
