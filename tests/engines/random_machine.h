// Machines drawn from a seed, for tests that put one way of playing beside another: fat-trees of all proportions and routings, nodes of one
// kind or of several, one or two training jobs in any placement, links and GPUs that are dead, slow, or become so on the way, with noise
// and without.
//
//     const RandomMachine machine(seed, {.most_gpus = 128});
//     engine->play(machine.model(Granularity::hyperflow), {});
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "topology/condition.h"
#include "workloads/lower.h"

namespace orrery::test {

/// What may be drawn. All of it by default.
struct Drawn {
  int most_gpus = 128;
  bool changes = true;  // on the way
  bool noise = true;
  bool conditions = true;    // dead and slow parts
  bool latency = true;       // of collectives and messages; else none
  bool mixed_nodes = true;   // of several kinds in one machine, now and then
  bool interference = true;  // of collectives with kernels
  bool all_fabrics = true;   // else fat-trees whose flows go undivided, as SimGrid's do
};

class RandomMachine {
 public:
  explicit RandomMachine(std::uint64_t seed, const Drawn& drawn = {});

  /// Valid; the same of the same seed. Nothing where dead links cut the jobs' GPUs off from each other.
  std::optional<sim::Model> model(workloads::Granularity granularity) const;
  const topology::Cluster& cluster() const { return cluster_; }
  /// What was drawn, in a line.
  std::string in_words() const;

 private:
  struct Load {
    sim::Program program;
    workloads::Placement placement;
  };

  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return draw(n) == 0; }
  template <class T>
  T any(std::initializer_list<T> of) {
    return *(of.begin() + static_cast<std::ptrdiff_t>(draw(of.size())));
  }
  topology::Cluster drawn_cluster();
  void mix(topology::ClusterSpec& spec);
  sim::Program drawn_job(std::int64_t most_gpus);
  void draw_loads();
  void draw_condition();
  void draw_changes();

  Drawn drawn_;
  std::mt19937_64 random_;
  std::mt19937_64 random_of_nodes_;
  topology::Cluster cluster_;
  std::vector<Load> loads_;
  topology::Condition condition_;
  sim::Noise noise_;
};

}  // namespace orrery::test
