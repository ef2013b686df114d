// A Program as Chakra execution traces (MLCommons), a file a rank: for the simulators and tools that read those.
//
//     const ChakraExport made(program);
//     made.file_of(3);                       // the bytes of PREFIX.3.et
//     made.groups();                         // {"c0.0": [0, 1], ...}: the communicators, as ASTRA-sim wants them beside the traces
//
// Calls are expanded, and every operation that takes time is a node: its stream is in the attribute "stream", what it waits for on its own
// stream and on others is a data dependency. Kernels say num_ops and tensor_size, measured ones their duration in microseconds; comm_size
// is what each rank gives. The attribute "orrery" holds the operation itself, so that what is imported again plays alike.
// Leaves out: blocks, within which the CPU runs ahead of the device; on a stack whose launches cost time, what is imported again differs.
// Refused: events that several streams record, and those reached when an operation begins (Chakra has no word for it).
#pragma once

#include <string>
#include <vector>

#include "sim/program.h"

namespace orrery::workloads {

inline constexpr std::int64_t max_exported_operations = 10'000'000;  // of a rank

class ChakraExport {
 public:
  /// Of a valid Program, which must outlive it. Throws sim::Error where there is no way to say it, or an event is waited for that never
  /// comes.
  explicit ChakraExport(const sim::Program& program);

  std::string file_of(std::int32_t rank) const;
  std::string groups() const;

 private:
  struct Node {
    const sim::Operation* operation;
    std::int32_t stream;
    std::vector<std::int32_t> after;  // nodes
  };

  std::vector<Node> nodes_of(const sim::Role& role) const;
  std::string encoded(const Node& node, std::int32_t number, std::int32_t rank) const;
  std::string exact_text(sim::Operation operation) const;
  std::string group_node(std::int32_t rank) const;
  std::string group_name(std::int32_t communicator, std::int32_t group) const;
  std::vector<std::int32_t> members_of(std::int32_t communicator, std::int32_t group) const;

  const sim::Program& program_;
  std::vector<std::vector<Node>> nodes_;                  // by role
  std::vector<std::int32_t> role_of_;                     // by rank
  std::vector<std::vector<std::int32_t>> group_of_rank_;  // by communicator
};

}  // namespace orrery::workloads
