// Starts the player of realrun as a process beside this one. Under mpirun every rank's `orrery` starts one, which takes the rank's place
// among the others: MPI and BLAS start threads in whoever loads them, and no other command needs them.
//
//     const PlayedForReal played = run_player(program, {.repeats = 5});
//     if (played.rank != 0) return;       // the first rank speaks
#pragma once

#include <cstdint>
#include <string>

#include "sim/program.h"
#include "sim/samples.h"
#include "sim/timeline.h"

namespace orrery::cli {

struct PlayerOptions {
  std::int32_t warm_ups = 2;
  std::int32_t repeats = 5;
  std::string patience = "60s";
};

struct PlayedForReal {
  std::int32_t rank = 0;
  sim::Timeline timeline;  // of rank 0 alone
  sim::Samples samples;
};

/// Which rank mpirun has made of this process; 0 without.
std::int32_t launched_rank();

/// Throws sim::Error where the player cannot be started or fails, which then has said why.
PlayedForReal run_player(const sim::Program& program, const PlayerOptions& options);

}  // namespace orrery::cli
