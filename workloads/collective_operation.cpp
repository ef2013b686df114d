#include "workloads/collective_operation.h"

#include <algorithm>
#include <array>

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::DataType;

// In the order of the help.
constexpr std::array known_operations = {CollectiveOperation{CollectiveKind::all_reduce},
                                         CollectiveOperation{CollectiveKind::all_gather},
                                         CollectiveOperation{CollectiveKind::reduce_scatter},
                                         CollectiveOperation{CollectiveKind::broadcast},
                                         CollectiveOperation{CollectiveKind::reduce},
                                         CollectiveOperation{CollectiveKind::all_to_all},
                                         CollectiveOperation{CollectiveKind::gather},
                                         CollectiveOperation{CollectiveKind::scatter},
                                         CollectiveOperation{},
                                         CollectiveOperation{CollectiveKind::barrier}};

constexpr std::array<ElementType, 12> types = {{{"half", DataType::fp16, 1},
                                                {"float", DataType::fp32, 1},
                                                {"bfloat16", DataType::bf16, 1},
                                                {"int8", DataType::int8, 1},
                                                {"uint8", DataType::int8, 1},
                                                {"int32", DataType::fp32, 1},
                                                {"uint32", DataType::fp32, 1},
                                                {"int64", DataType::fp32, 2},
                                                {"uint64", DataType::fp32, 2},
                                                {"double", DataType::fp32, 2},
                                                {"f8e4m3", DataType::fp8, 1},
                                                {"f8e5m2", DataType::fp8, 1}}};

}  // namespace

std::string_view name_of(CollectiveOperation operation) { return operation.kind ? sim::name_of(*operation.kind) : "send_receive"; }

std::vector<std::string> collective_operation_names() {
  std::vector<std::string> names;
  for (const CollectiveOperation operation : known_operations) names.emplace_back(name_of(operation));
  return names;
}

std::optional<CollectiveOperation> collective_operation(std::string_view name) {
  const auto found = std::ranges::find_if(known_operations, [name](CollectiveOperation operation) { return name_of(operation) == name; });
  return found == known_operations.end() ? std::nullopt : std::optional(*found);
}

std::span<const ElementType> element_types() { return types; }

bool is_in_parts(CollectiveOperation operation) {
  if (!operation.kind) return false;
  switch (*operation.kind) {
    case CollectiveKind::all_gather:
    case CollectiveKind::reduce_scatter:
    case CollectiveKind::all_to_all:
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
      return true;
    case CollectiveKind::all_reduce:
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
    case CollectiveKind::barrier:
      break;
  }
  return false;
}

bool is_barrier(CollectiveOperation operation) { return operation.kind == CollectiveKind::barrier; }

double bus_share(CollectiveOperation operation, int ranks) {
  if (is_barrier(operation)) return 0;
  const double others = static_cast<double>(ranks - 1) / ranks;
  if (operation.kind == CollectiveKind::all_reduce) return 2 * others;
  return is_in_parts(operation) ? others : 1;
}

}  // namespace orrery::workloads
