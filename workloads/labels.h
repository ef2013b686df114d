// What the operations of a training Program are for. The labels of the Program, and the rows of the Result's breakdown.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orrery::workloads {

enum class Label : std::uint8_t { compute, tensor, pipeline_transfer, data, context, expert, optimizer, other };
inline constexpr int label_count = 8;
inline constexpr std::array<std::string_view, label_count> label_names{"compute", "tensor", "pipeline_transfer", "data",
                                                                       "context", "expert", "optimizer",         "other"};

}  // namespace orrery::workloads
