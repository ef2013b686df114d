// What an iteration owes to each part of the machine and stack: how much shorter it were if the part cost nothing, and how it goes with a
// part a little better or worse. Each is a play of the same job on a machine changed in that one way, so that overlap and waiting count as
// they do there; for the same reason the gains of two parts do not add up.
//
//     const Influences found = influences(job, {stack, cluster_spec, {}}, run.iteration.iteration, *engine);
//     found.parts.front()                 // the part that would give most: {Part::matrix_units, .freed = 21.3 s, ...}
//
// Costs three plays a part and two a constant. Leaves out: memory that a better part would free, other layouts that it would make better,
// and what NCCL would choose otherwise. A part may make things slower: what no longer waits for it can meet at another.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "workloads/constants.h"

namespace orrery::workloads {

enum class Part : std::uint8_t {
  matrix_units,
  device_memory,
  launches,
  nvlink,
  network_bandwidth,
  network_latency,
  network_shape,
  host,
  noise
};
inline constexpr int part_count = 9;
inline constexpr std::array<std::string_view, part_count> part_names{
    "matrix_units", "device_memory", "launches", "nvlink", "network_bandwidth", "network_latency", "network_shape", "host", "noise"};
constexpr std::string_view name_of(Part part) { return part_names[static_cast<std::size_t>(part)]; }
/// In words: "the GPUs' matrix units".
std::string_view words_of(Part part);

/// A setting whose `part` is `factor` > 0 times as good: rates times that, times (and deviations) over that. Of the network's shape: one
/// ideal switch where `factor` is above 1, else as it is. NCCL chooses as on the machine as it is.
Setting improved(Part part, double factor, Setting setting);

struct Influence {
  Part part{};
  sim::Duration freed{};   // the iteration, were the part a million times as good
  sim::Duration better{};  // 10 % better
  sim::Duration worse{};   // over 1.1
};

/// How the iteration goes with an error in a constant.
struct ConstantInfluence {
  Constant constant;
  sim::Duration larger{};   // the iteration, were it 10 % larger
  sim::Duration smaller{};  // over 1.1

  sim::Duration swing() const { return larger > smaller ? larger - smaller : smaller - larger; }
};

struct Influences {
  sim::Duration iteration{};
  std::vector<Influence> parts;              // those that would give most first; parts that the machine lacks change nothing and are last
  std::vector<ConstantInfluence> constants;  // those in force, the one that the iteration goes with most first

  /// What of the iteration would be saved, as a share of it.
  double share(const Influence& of) const { return 1 - of.freed.seconds() / iteration.seconds(); }
};

/// `as_is` is the iteration of the setting as it is. Throws sim::Error as run_training does. `progress` is told what share is done.
Influences influences(const TrainingJob& job, const Setting& setting, sim::Duration as_is, sim::Engine& engine,
                      const std::function<void(double)>& progress = {});

}  // namespace orrery::workloads
