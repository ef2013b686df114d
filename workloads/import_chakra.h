// Chakra execution traces (MLCommons) as traces to replay: a file a rank, PREFIX.RANK.et, binary or JSON, gzipped or not.
//
//     const Trace trace = read_chakra({{"wl.0.et", bytes0}, {"wl.1.et", bytes1}}, {.groups = groups_text, .groups_name = "wl.json"});
//
// What a node becomes: on the host (is_cpu_op), its duration on its thread; on the device, its duration on its stream, or where it has none
// the kernel that num_ops and tensor_size count; a collective with comm_type and comm_size, one in its process group; a send or receive,
// one by comm_src, comm_dst and comm_tag. One stream of collectives a group, unless nodes name streams. On a stream, nodes run in order of
// their start times; without those, what is ready first runs first, of lowest id.
// Control dependencies order as data dependencies do, but not in traces of PyTorch (with rf_id), whose control dependency is the caller.
// Everything that is let pass is counted (Trace::tolerated): dependencies on nodes that are not there, missing times, doubled ids, ...
// Leaves out: memory, the inner dimensions of ASTRA-sim's topologies (involved_dim), priorities.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "workloads/trace.h"

namespace orrery::workloads {

struct ChakraSource {
  std::string name;
  std::string bytes;
};

/// What comm_size of all-gather, reduce-scatter, gather and scatter counts, which Chakra does not say: what each rank gives (ASTRA-sim, STG
/// and PyTorch have it so), its share of the whole, or the whole.
enum class CommSize : std::uint8_t { input, shard, whole };

struct ChakraOptions {
  CommSize comm_size = CommSize::input;
  std::string groups{};  // JSON: {"pg_name": [ranks], ...}, as ASTRA-sim's communicator groups; or none
  std::string groups_name{};
  sim::Bytes eager{sim::max_operation_bytes};  // messages of up to so many bytes begin without their receive
  std::int32_t ranks = 0;                      // where one file is given: so many do as it says; 0: as many as files
};

/// Throws sim::Error with file and node.
Trace read_chakra(std::span<const ChakraSource> sources, const ChakraOptions& options);

/// The R of PREFIX.R.et, PREFIX.R.json, ...; 0 of a name without a number.
std::int32_t chakra_rank(const std::string& name);

}  // namespace orrery::workloads
