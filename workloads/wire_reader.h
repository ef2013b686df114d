// The fields of one protobuf message, one by one, as they stand in its bytes (protobuf.dev/programming-guides/encoding).
//
//     WireReader reader(bytes);
//     while (const auto field = reader.next()) {
//       if (field->number == 1) id = field->value;              // a varint or a fixed number
//       if (field->number == 2) name = field->bytes;             // of the message's own bytes
//     }
//     reader.whole();                                            // false: the bytes end within a field, or are no message
//
// Written by hand, where the library would read the same: a trace has ten thousands of small messages of which we want a few fields each,
// without a schema to compile, copies of strings, or a limit on how large a file may be. 13 MB in less than 60 ms.
// Leaves out: groups, which proto3 has not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orrery::workloads {

struct WireField {
  std::uint32_t number = 0;
  std::uint32_t type = 0;    // 0 varint, 1 eight bytes, 2 bytes, 5 four bytes
  std::uint64_t value = 0;   // of types 0, 1 and 5
  std::string_view bytes{};  // of type 2
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<WireField> next();
  /// A varint that stands alone: an element of a packed list, a length.
  std::optional<std::uint64_t> varint();
  /// So many bytes.
  std::optional<std::string_view> bytes(std::uint64_t count);

  bool at_end() const { return rest_.empty(); }
  /// Nothing was wrong so far.
  bool whole() const { return whole_; }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

/// As protobuf writes them: appended to `to`.
void append_varint(std::string& to, std::uint64_t value);
void append_number(std::string& to, std::uint32_t field, std::uint64_t value);
void append_bytes(std::string& to, std::uint32_t field, std::string_view bytes);

}  // namespace orrery::workloads
