// Transformers as our files describe them: scenarios/models/*.json, or inline as "workload": {"model": {...}}.
//
//     { "layers": 48, "hidden": 6144, "heads": 64 }        // the rest as GPT: ffn 4 x hidden, kv_heads = heads, vocabulary 51200, tied
//     embeddings
#pragma once

#include "scenarios/fields.h"
#include "workloads/transformer.h"

namespace orrery::scenarios {

void describe(Fields& fields, workloads::Transformer& model);

}  // namespace orrery::scenarios
