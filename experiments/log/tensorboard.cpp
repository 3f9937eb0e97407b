#include "experiments/log/tensorboard.hpp"

#include <cstring>
#include <type_traits>

#include <boost/crc.hpp>
#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::experiments {

namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::uint32_t masked_crc(std::string_view data) {
    Crc32c crc;
    crc.process_bytes(data.data(), data.size());
    const std::uint32_t value = crc.checksum();
    return ((value >> 15U) | (value << 17U)) + 0xa282ead8U;
}

void append_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80U) {
        out += static_cast<char>(value | 0x80U);
        value >>= 7U;
    }
    out += static_cast<char>(value);
}

/// Little endian, as protobuf and TFRecord want it, on any host.
template <class Unsigned>
void append_fixed(std::string& out, Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
        out += static_cast<char>(value & 0xffU);
        value = static_cast<Unsigned>(value >> 8U);
    }
}

enum WireType : std::uint32_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

void append_key(std::string& out, std::uint32_t field, WireType type) {
    append_varint(out, field << 3U | type);
}

void append_text(std::string& out, std::uint32_t field, std::string_view text) {
    append_key(out, field, length_delimited);
    append_varint(out, text.size());
    out += text;
}

std::string event_head(double wall_time) {
    std::string out;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &wall_time, sizeof bits);
    append_key(out, 1, fixed64);
    append_fixed(out, bits);
    return out;
}

}  // namespace

TensorboardFile::TensorboardFile(const std::string& path, double wall_time)
    : partial_(path), file_(partial_.partial_path(), std::ios::binary) {
    std::string event = event_head(wall_time);
    append_text(event, 3, "brain.Event:2");
    write_record(event);
}

void TensorboardFile::add(double wall_time, std::int64_t step, std::span<const Scalar> scalars) {
    std::string summary;
    for (const Scalar& scalar : scalars) {
        std::string value;
        append_text(value, 1, scalar.tag);
        const auto number = static_cast<float>(scalar.value);
        std::uint32_t bits = 0;
        std::memcpy(&bits, &number, sizeof bits);
        append_key(value, 2, fixed32);
        append_fixed(value, bits);
        append_text(summary, 1, value);
    }
    std::string event = event_head(wall_time);
    append_key(event, 2, varint);
    append_varint(event, static_cast<std::uint64_t>(step));
    append_text(event, 5, summary);
    write_record(event);
}

void TensorboardFile::write_record(std::string_view data) {
    std::string head;
    append_fixed(head, static_cast<std::uint64_t>(data.size()));
    append_fixed(head, masked_crc(head));
    std::string foot;
    append_fixed(foot, masked_crc(data));
    file_ << head << data << foot;
}

void TensorboardFile::keep() {
    file_.close();
    if (!file_) {
        throw Error(
            fmt::format("{}: cannot be written (is the disk full?)", partial_.partial_path()));
    }
    partial_.keep();
}

}  // namespace ltfb::experiments
