// What the operations of a training Program are for: the labels of the Program. They are the parts of the Result's breakdown, but for two:
// waiting for another pipeline rank is the bubble, and what is summed across pipeline ranks counts as data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orrery::workloads {

enum class Label : std::uint8_t { compute, tensor, pipeline_transfer, data, context, expert, optimizer, other, offload, cross_stage };
inline constexpr int label_count = 10;
inline constexpr std::array<std::string_view, label_count> label_names{
    "compute", "tensor", "pipeline_transfer", "data", "context", "expert", "optimizer", "other", "offload", "cross_stage"};

/// As operations carry it.
constexpr std::uint8_t number(Label label) { return static_cast<std::uint8_t>(label); }
constexpr std::string_view name_of(Label label) { return label_names[number(label)]; }

}  // namespace orrery::workloads
