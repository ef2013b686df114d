// Training stacks as our files describe them: scenarios/software/*.json, or inline as "software": {...}. Keys are those of
// workloads::Software.
//
//     { "name": "megatron-lm-2021", "source": "...", "stage_partition": "divisible", "fused_softmax": true, "gradient_type": "fp32" }
#pragma once

#include "scenarios/fields.h"
#include "workloads/software.h"

namespace orrery::scenarios {

void describe(Fields& fields, workloads::Software& software);
void describe(Fields& fields, workloads::FittedConstant& constant);
void describe(Fields& fields, workloads::Validation& validation);

}  // namespace orrery::scenarios
