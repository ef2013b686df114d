// The Program that the host device plays for another: the same, with all numbers in fp32, the one type that a CPU computes in at speed. The
// simulator is given this Program too where the two are compared, so that both speak of the same bytes.
//
//     const sim::Program played = in_fp32(program);      // gemm bf16 ... becomes gemm fp32 ...; all_reduce alike
//
// Messages and copies have bytes and no type: they stay, although activations of fp32 would have twice those of 16 bits.
#pragma once

#include "sim/program.h"

namespace orrery::realrun {

sim::Program in_fp32(sim::Program program);

}  // namespace orrery::realrun
