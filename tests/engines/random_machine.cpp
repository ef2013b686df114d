#include "tests/engines/random_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/error.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/training_program.h"

namespace orrery::test {

using topology::GpuId;
using topology::LinkId;
using topology::Routing;
using topology::Topology;

RandomMachine::RandomMachine(std::uint64_t seed, const Drawn& drawn)
    : drawn_(drawn), random_(seed), random_of_nodes_(~seed), cluster_(drawn_cluster()) {
  draw_loads();
  if (drawn_.conditions) draw_condition();
  if (drawn_.changes) draw_changes();
  if (drawn_.noise && one_in(2)) noise_ = {.actor_speed = one_in(2) ? 0.01 : 0, .steps = true};
}

topology::Cluster RandomMachine::drawn_cluster() {
  static const topology::NodeSpec dgx = committed::dgx_a100();
  for (;;) {
    topology::ClusterSpec spec{.node = dgx, .nodes = 1, .fabric = {}};
    spec.node.gpus = any({2, 4, 8});
    spec.node.nics = spec.node.gpus / any({1, 1, 2});
    spec.nodes = static_cast<int>(2 + draw(static_cast<std::uint64_t>(drawn_.most_gpus / spec.node.gpus - 1)));
    spec.fabric.switch_radix = any({4, 6, 8, 12, 16, 40});
    if (drawn_.all_fabrics && one_in(2)) {
      using enum Topology;
      spec.fabric.topology = any({fat_tree, fat_tree, rail_only, dragonfly, dragonfly_plus, hyperx, torus, dual_plane, single_switch});
      using enum Routing;
      spec.fabric.routing = any({d_mod_k, minhop, updown, ecmp, adaptive, valiant, ugal});
      if (*spec.fabric.routing == ecmp && one_in(2)) spec.fabric.queue_pairs = 4;
    } else {
      spec.fabric.oversubscription = any({1.0, 1.0, 2.0, 3.0, 4.0});
      spec.fabric.routing = any({Routing::d_mod_k, Routing::d_mod_k, Routing::s_mod_k, Routing::ecmp});
    }
    if (drawn_.mixed_nodes) mix(spec);
    if (topology::faults(spec).empty()) return topology::Cluster(spec);
  }
}

// Of every third machine some nodes become others. Drawn apart, so that all else is as it would be of equal nodes.
void RandomMachine::mix(topology::ClusterSpec& spec) {
  const auto below = [this](std::uint64_t bound) { return static_cast<int>(random_of_nodes_() % bound); };
  if (below(3) != 0) return;
  for (int more = 1 + below(2); more > 0 && spec.nodes > 1; --more) {
    topology::NodeGroup group{spec.node, 1 + below(static_cast<std::uint64_t>(spec.nodes - 1))};
    group.node.name = "other";
    if (below(3) > 0) group.node.nic.bandwidth = sim::gigabits_per_second(below(2) == 0 ? 100 : 400);
    if (below(2) == 0) group.node.nic.efficiency = 0.9;
    if (below(2) == 0) group.node.nic.latency = sim::Duration{900'000};
    if (below(2) == 0) group.node.pcie_bandwidth = sim::gigabytes_per_second(12);
    if (below(2) == 0) group.node.nvlink.links_per_gpu = 6;
    if (below(2) == 0) group.node.gpu.compute_capability = 90;
    spec.nodes -= group.nodes;
    spec.others.push_back(group);
  }
  if (below(2) == 0) spec.fabric.link = spec.others.back().node.nic.bandwidth;
}

// A training job on at most so many GPUs.
sim::Program RandomMachine::drawn_job(std::int64_t most_gpus) {
  static const workloads::Software stacks[] = {committed::software("megatron-lm-2021"), committed::software("megatron-deepspeed-2022"),
                                               committed::software("fsdp-flash-2023")};
  for (;;) {
    const int tensor = any({1, 2, 4, 8});
    const int pipeline = any({1, 2, 3, 4});
    const std::int64_t replicas = most_gpus / (tensor * pipeline);
    if (tensor > cluster_.node().gpus || replicas == 0) continue;
    const auto data = static_cast<int>(1 + draw(static_cast<std::uint64_t>(replicas)));
    if (std::int64_t{tensor} * pipeline * data < 2) continue;
    const int interleave = pipeline > 1 && one_in(3) ? 2 : 1;
    workloads::TrainingJob job = workloads::test::small_job(tensor, pipeline, data, static_cast<std::int64_t>(pipeline * (1 + draw(3))));
    job.model = workloads::test::small_gpt(static_cast<std::int64_t>(pipeline * interleave) * static_cast<std::int64_t>(1 + draw(2)));
    job.parallelism.interleave = interleave;
    job.schedule = interleave > 1 ? workloads::Schedule::interleaved : any({workloads::Schedule::gpipe, workloads::Schedule::one_f_one_b});
    job.recompute = any({workloads::Recompute::none, workloads::Recompute::full});
    const bool sharded = pipeline == 1 && tensor == 1 && one_in(2);
    if (sharded) job.parallelism.zero = 3;
    const workloads::Software& stack = stacks[sharded ? 2 : draw(2)];
    return workloads::training_program(job, stack);
  }
}

void RandomMachine::draw_loads() {
  std::vector<GpuId> gpus(static_cast<std::size_t>(cluster_.gpus()));
  for (std::size_t g = 0; g < gpus.size(); ++g) gpus[g] = GpuId{static_cast<std::uint32_t>(g)};
  const auto a_node = static_cast<std::size_t>(cluster_.node().gpus);
  switch (draw(4)) {
    case 0:  // nodes in any order
      for (std::size_t node = gpus.size() / a_node; node-- > 1;) {
        const std::size_t other = draw(node + 1);
        if (other == node) continue;
        std::swap_ranges(gpus.begin() + static_cast<std::ptrdiff_t>(node * a_node),
                         gpus.begin() + static_cast<std::ptrdiff_t>((node + 1) * a_node),
                         gpus.begin() + static_cast<std::ptrdiff_t>(other * a_node));
      }
      break;
    case 1:  // turned
      std::rotate(gpus.begin(), gpus.begin() + static_cast<std::ptrdiff_t>(a_node * draw(gpus.size() / a_node)), gpus.end());
      break;
    default:
      break;
  }
  const int jobs = one_in(3) ? 2 : 1;
  std::size_t taken = 0;
  for (int job = 0; job < jobs; ++job) {
    const auto most = static_cast<std::int64_t>(gpus.size() - taken) / (jobs - job);
    if (most < 2) return;
    Load load{drawn_job(most), {}};
    const auto ranks = static_cast<std::size_t>(load.program.ranks);
    load.placement.assign(gpus.begin() + static_cast<std::ptrdiff_t>(taken), gpus.begin() + static_cast<std::ptrdiff_t>(taken + ranks));
    taken += ranks;
    loads_.push_back(std::move(load));
  }
}

void RandomMachine::draw_condition() {
  const auto link = [&] { return LinkId{static_cast<std::uint32_t>(draw(static_cast<std::uint64_t>(cluster_.fabric().links())))}; };
  const auto gpu = [&] { return GpuId{static_cast<std::uint32_t>(draw(static_cast<std::uint64_t>(cluster_.gpus())))}; };
  for (std::uint64_t i = any({0, 0, 1, 2, 3}); i > 0; --i) condition_.dead_links.push_back(link());
  for (std::uint64_t i = any({0, 0, 1, 2}); i > 0; --i) condition_.slow_links.push_back({link(), any({0.25, 0.5, 0.9})});
  for (std::uint64_t i = any({0, 0, 1, 2}); i > 0; --i) condition_.slow_gpus.push_back({gpu(), any({0.5, 0.8, 0.95})});
  for (int pass = 0; pass < 8 && !topology::faults(condition_, cluster_).empty(); ++pass) condition_ = {};  // a part drawn twice
}

// Within the first 20 ms, which most of these iterations outlast.
void RandomMachine::draw_changes() {
  const topology::Condition before = condition_;
  const auto at = [&] { return sim::Time{static_cast<std::int64_t>(draw(20'000'000'000))}; };
  for (std::uint64_t i = any({0, 0, 1, 2, 4}); i > 0; --i) {
    const LinkId link{static_cast<std::uint32_t>(draw(static_cast<std::uint64_t>(cluster_.fabric().links())))};
    condition_.link_changes.push_back({at(), link, any({0.0, 0.0, 0.5})});
    if (one_in(2)) condition_.link_changes.push_back({condition_.link_changes.back().at + sim::Duration{5'000'000'000}, link, 1});
  }
  for (std::uint64_t i = any({0, 0, 1, 2}); i > 0; --i) {
    const GpuId gpu{static_cast<std::uint32_t>(draw(static_cast<std::uint64_t>(cluster_.gpus())))};
    const bool stops = one_in(3);
    condition_.gpu_changes.push_back({at(), gpu, stops ? 0.0 : 0.5});
    if (stops) condition_.gpu_changes.push_back({condition_.gpu_changes.back().at + sim::Duration{3'000'000'000}, gpu, 1});
  }
  condition_.reroute = sim::Duration{any({std::int64_t{0}, std::int64_t{1'000'000'000}, std::int64_t{4'000'000'000}})};
  if (!topology::faults(condition_, cluster_).empty()) condition_ = before;
}

std::optional<sim::Model> RandomMachine::model(workloads::Granularity granularity) const {
  static const workloads::Calibration calibration = committed::a100();
  static const workloads::NcclConstants nccl = committed::nccl();
  const workloads::KernelTimes times(calibration, cluster_.node().gpu);
  const workloads::CollectiveModel collectives(cluster_, nccl, calibration.collectives);
  workloads::LoweringOptions options;
  options.granularity = granularity;
  options.condition = condition_;
  options.interference = drawn_.interference;
  std::optional<sim::Model> all;
  try {
    for (const Load& load : loads_) {
      sim::Model one = workloads::lower(load.program, cluster_, load.placement, times, collectives, options);
      all = all ? sim::side_by_side(std::move(*all), one) : std::move(one);
    }
  } catch (const sim::Error& error) {
    if (std::string_view(error.what()).find("cut off") == std::string_view::npos) throw;
    return std::nullopt;
  }
  all->noise = noise_;
  if (noise_.steps) {
    for (sim::Script& script : all->scripts) {
      for (auto& stream : script.streams) {
        for (sim::Step& step : stream) {
          if (step.kind == sim::StepKind::work) step.deviation = 0.01 * static_cast<double>(step.amount);
        }
      }
    }
  }
  if (!drawn_.latency) {
    for (sim::Activity& activity : all->activities) activity.latency = {};
  }
  sim::validate(*all);
  return all;
}

std::string RandomMachine::in_words() const {
  const topology::ClusterSpec& spec = cluster_.spec();
  std::string words =
      fmt::format("{} nodes in {} groups, of {} GPUs and {} NICs, {}, radix {}, {}:1, routing {}", cluster_.nodes(), groups(spec),
                  spec.node.gpus, spec.node.nics, to_text(spec.fabric.topology), spec.fabric.switch_radix.value_or(0),
                  spec.fabric.oversubscription.value_or(1), to_text(cluster_.fabric().routing()));
  for (const Load& load : loads_) words += fmt::format("; a job of {} ranks ({})", load.program.ranks, load.program.name);
  words +=
      fmt::format("; {} dead, {} slow links, {} slow GPUs, {} + {} changes", condition_.dead_links.size(), condition_.slow_links.size(),
                  condition_.slow_gpus.size(), condition_.link_changes.size(), condition_.gpu_changes.size());
  return words + (noise_.steps ? "; noise" : "");
}

}  // namespace orrery::test
