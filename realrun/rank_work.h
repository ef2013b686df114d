// What one rank of a Program does, its calls expanded: what a device is prepared for and what the player goes through.
//
//     const RankWork work = rank_work(program, 3);
//     work.operations[work.streams[0].steps[5]]        // the sixth operation of the first stream
//
// Costs a number a step and an operation for each that differs; at most `max_steps` steps, since what is played for real is short.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program.h"

namespace orrery::realrun {

struct RankStream {
  std::string name;
  std::vector<std::uint32_t> steps;  // indices into RankWork::operations; records and waits are steps, calls are not
};

struct RankWork {
  std::string role;
  std::int32_t events = 0;
  std::vector<sim::Operation> operations;  // that differ; no calls
  std::vector<RankStream> streams;

  const sim::Operation& at(std::size_t stream, std::size_t step) const { return operations[streams[stream].steps[step]]; }
};

inline constexpr std::size_t max_steps = 10'000'000;

/// `program` must be valid. Throws sim::Error (infeasible) past max_steps.
RankWork rank_work(const sim::Program& program, std::int32_t rank);
/// Of all ranks, by rank.
std::vector<RankWork> works_of(const sim::Program& program);

/// "rank 3, stream main, step 6 (data: all_reduce fp32 4096 world)": for messages; steps count from 1.
std::string place_of(const sim::Program& program, const RankWork& work, std::int32_t rank, std::size_t stream, std::size_t step);

}  // namespace orrery::realrun
