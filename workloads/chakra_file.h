// One file of a Chakra execution trace, as it stands: nodes with those of their fields that a replay needs. Fields and their numbers are
// those of MLCommons Chakra's et_def.proto, 0.0.4 to 1.0.0.
//
//     const ChakraFile file = read_chakra_file(bytes, "resnet.0.et");     // binary or JSON
//     file.nodes[0].duration;                                              // 318 us
//
// Cost: 3,664 nodes with 181,878 dependencies (3 MB) are a Program in 16 ms. `file` borrows from `bytes`.
// Leaves out: shapes and types of inputs and outputs, and attributes that say nothing of time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace orrery::workloads {

enum class ChakraType : std::uint8_t { invalid, metadata, mem_load, mem_store, comp, comm_send, comm_recv, comm_coll };

/// An attribute's number, whatever its type; none where it has no value.
using ChakraNumber = std::optional<std::int64_t>;

struct ChakraNode {
  std::uint64_t id = 0;
  std::string_view name{};
  ChakraType type = ChakraType::invalid;
  std::optional<sim::Duration> start{};
  sim::Duration duration{};
  std::string_view inputs{};  // in Python's form
  std::size_t first_dependency = 0;
  std::size_t data_count = 0;  // of ChakraFile::dependencies, then as many
  std::size_t control_count = 0;
  bool on_host = false;
  bool from_pytorch = false;  // has the attributes of PyTorch's observer
  ChakraNumber operations{};
  ChakraNumber tensor_bytes{};
  ChakraNumber comm_type{};
  ChakraNumber comm_bytes{};
  ChakraNumber source{};
  ChakraNumber destination{};
  ChakraNumber tag{};
  ChakraNumber stream{};
  ChakraNumber thread{};
  std::string_view group{};
  std::string_view operation{};  // what our own export adds: the operation as a line of a Program
};

struct ChakraFile {
  std::vector<ChakraNode> nodes{};
  std::vector<std::uint64_t> dependencies{};  // ids
  std::deque<std::string> texts{};            // that nodes borrow, where they do not stand in the bytes themselves
};

/// Throws sim::Error with the node, where `name` stands for the file; (unavailable) where it is a trace of PyTorch's observer or of Kineto,
/// which have to be merged first.
ChakraFile read_chakra_file(std::string_view bytes, const std::string& name);
ChakraFile read_chakra_json(std::string_view text, const std::string& name);

/// Microseconds as they stand in a trace. Throws sim::Error placed at `place` where there can be no so many.
sim::Duration chakra_duration(double microseconds, const std::string& place);
ChakraType chakra_type(std::int64_t number, const std::string& place);

}  // namespace orrery::workloads
