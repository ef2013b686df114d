// What nccl-tests measures: its programs, and what it calls its types.
//
//     collective_operation("all_reduce")->kind                       // sim::CollectiveKind::all_reduce
//     bus_share({sim::CollectiveKind::all_reduce}, 8)                 // 1.75
//
// Costs nothing. Leaves out: how they are done (workloads/collective_job.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program.h"
#include "sim/units.h"

namespace orrery::workloads {

struct CollectiveOperation {
  std::optional<sim::CollectiveKind> kind{};  // none: send_receive
  bool operator==(const CollectiveOperation&) const = default;
};
/// "all_reduce", "send_receive".
std::string_view name_of(CollectiveOperation operation);
/// Of all operations, in the order of the help.
std::vector<std::string> collective_operation_names();
/// Nothing where there is none of that name.
std::optional<CollectiveOperation> collective_operation(std::string_view name);

/// What nccl-tests calls its types, and elements of ours that are as long: one, or two where we have none so long.
struct ElementType {
  std::string_view name = "half";
  sim::DataType type = sim::DataType::fp16;
  std::int64_t elements = 1;
  sim::Bytes size() const { return {elements * sim::size_of(type)}; }
};
std::span<const ElementType> element_types();

/// Whether a buffer holds a part for or of each rank.
bool is_in_parts(CollectiveOperation operation);
bool is_barrier(CollectiveOperation operation);

/// What nccl-tests multiplies the algorithm bandwidth with, so that it can be compared with what links have.
double bus_share(CollectiveOperation operation, int ranks);

}  // namespace orrery::workloads
