// Chakra files for tests, node by node, as other writers' protobuf has them.
//
//     Et et;
//     et.node(1, 4).duration(5).number("is_cpu_op", 0);
//     et.node(2, 7).after({1}).number("comm_type", 0).number("comm_size", 1024);
//     et.bytes()                                       // of PREFIX.0.et
#pragma once

#include <cstdint>
#include <deque>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::workloads::test {

inline void append_bytes(std::string& to, std::uint32_t field, std::string_view bytes) {
  protozero::pbf_writer(to).add_bytes(field, bytes.data(), bytes.size());
}
inline void append_number(std::string& to, std::uint32_t field, std::uint64_t value) { protozero::pbf_writer(to).add_uint64(field, value); }
inline void append_varint(std::string& to, std::uint64_t value) { protozero::add_varint_to_buffer(&to, value); }

class EtNode {
 public:
  EtNode(std::uint64_t id, std::uint64_t type) {
    append_number(text_, 1, id);
    append_bytes(text_, 2, "node" + std::to_string(id));
    append_number(text_, 3, type);
  }
  EtNode& after(const std::vector<std::uint64_t>& ids) { return list(5, ids); }
  EtNode& under(const std::vector<std::uint64_t>& ids) { return list(4, ids); }
  EtNode& start(std::uint64_t microseconds) { return plain(6, microseconds); }
  EtNode& duration(std::uint64_t microseconds) { return plain(7, microseconds); }
  EtNode& inputs(std::string_view values) {
    std::string inputs;
    append_bytes(inputs, 1, values);
    append_bytes(text_, 8, inputs);
    return *this;
  }
  /// As int64, or as the variant of that field.
  EtNode& number(std::string_view name, std::uint64_t value, std::uint32_t field = 9) {
    std::string attribute;
    append_bytes(attribute, 1, name);
    append_number(attribute, field, value);
    append_bytes(text_, 10, attribute);
    return *this;
  }
  EtNode& text(std::string_view name, std::string_view value) {
    std::string attribute;
    append_bytes(attribute, 1, name);
    append_bytes(attribute, 29, value);
    append_bytes(text_, 10, attribute);
    return *this;
  }
  EtNode& empty(std::string_view name) {
    std::string attribute;
    append_bytes(attribute, 1, name);
    append_bytes(text_, 10, attribute);
    return *this;
  }
  EtNode& named(std::string_view name) {
    append_bytes(text_, 2, name);
    return *this;
  }
  const std::string& message() const { return text_; }

 private:
  EtNode& plain(std::uint32_t field, std::uint64_t value) {
    append_number(text_, field, value);
    return *this;
  }
  EtNode& list(std::uint32_t field, const std::vector<std::uint64_t>& ids) {
    std::string packed;
    for (const std::uint64_t id : ids) append_varint(packed, id);
    append_bytes(text_, field, packed);
    return *this;
  }
  std::string text_;
};

class Et {
 public:
  EtNode& node(std::uint64_t id, std::uint64_t type) { return nodes_.emplace_back(id, type); }
  std::string bytes() const {
    std::string bytes;
    append_varint(bytes, 0);  // metadata that say nothing
    for (const EtNode& node : nodes_) {
      append_varint(bytes, node.message().size());
      bytes += node.message();
    }
    return bytes;
  }

 private:
  std::deque<EtNode> nodes_;
};

}  // namespace orrery::workloads::test
