#include "workloads/wire_reader.h"

#include <algorithm>

namespace orrery::workloads {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

}  // namespace

std::optional<std::uint64_t> WireReader::varint() {
  constexpr std::size_t most = 10;  // 64 bits, 7 a byte
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min(most, rest_.size()); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= std::uint64_t{byte & 0x7FU} << (7 * i);
    if (byte < 0x80U) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  whole_ = false;
  rest_ = {};
  return std::nullopt;
}

std::optional<std::string_view> WireReader::bytes(std::uint64_t count) {
  if (count > rest_.size()) {
    whole_ = false;
    rest_ = {};
    return std::nullopt;
  }
  const std::string_view found = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(found.size());
  return found;
}

std::optional<WireField> WireReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto key = varint();
  if (!key) return std::nullopt;
  WireField field{.number = static_cast<std::uint32_t>(*key >> 3U), .type = static_cast<std::uint32_t>(*key & 7U)};
  if (field.type == 0) {
    const auto value = varint();
    if (!value) return std::nullopt;
    field.value = *value;
    return field;
  }
  std::uint64_t count = field.type == 1 ? 8 : 4;
  if (field.type == 2) {
    const auto length = varint();
    if (!length) return std::nullopt;
    count = *length;
  } else if (field.type != 1 && field.type != 5) {
    whole_ = false;
    rest_ = {};
    return std::nullopt;
  }
  const auto found = bytes(count);
  if (!found) return std::nullopt;
  if (field.type == 2) {
    field.bytes = *found;
  } else {
    field.value = little_endian(*found);
  }
  return field;
}

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U) to.push_back(static_cast<char>(value | 0x80U));
  to.push_back(static_cast<char>(value));
}

void append_number(std::string& to, std::uint32_t field, std::uint64_t value) {
  append_varint(to, field << 3U);
  append_varint(to, value);
}

void append_bytes(std::string& to, std::uint32_t field, std::string_view bytes) {
  append_varint(to, field << 3U | 2U);
  append_varint(to, bytes.size());
  to += bytes;
}

}  // namespace orrery::workloads
