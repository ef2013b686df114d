// The names of numeric types in our files: fp32, fp16, bf16, fp8.
#pragma once

#include "scenarios/fields.h"
#include "sim/kernel.h"

namespace orrery::scenarios {

/// `Target` is sim::DataType or an optional of it.
template <class Target>
ChoiceValue data_type(Target& target) {
  using sim::DataType;
  return choice(target, {{"fp32", DataType::fp32}, {"fp16", DataType::fp16}, {"bf16", DataType::bf16}, {"fp8", DataType::fp8}});
}

}  // namespace orrery::scenarios
