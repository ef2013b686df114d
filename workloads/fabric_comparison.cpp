#include "workloads/fabric_comparison.h"

#include <algorithm>
#include <numeric>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "topology/bisection.h"
#include "topology/cluster_parts.h"
#include "topology/distances.h"
#include "topology/longest_matching.h"
#include "topology/throughput.h"
#include "topology/traffic.h"
#include "workloads/collective_job.h"

namespace orrery::workloads {
namespace {

using topology::Cluster;
using topology::Traffic;

constexpr double dead_fractions[] = {0.01, 0.02, 0.05, 0.1};
constexpr std::int64_t collective_bytes[] = {1 << 20, 1 << 24, 1 << 28, 1 << 30};
constexpr std::int64_t most_demands = 1 << 17;  // of a pattern

/// Tells how far it is, in steps of equal weight.
class Steps {
 public:
  Steps(int all, const std::function<void(double)>& progress) : all_(all), progress_(&progress) {}
  void next() {
    if (*progress_) (*progress_)(static_cast<double>(++done_) / all_);
  }

 private:
  int all_;
  int done_ = 0;
  const std::function<void(double)>* progress_;
};

topology::ThroughputSpec throughput_spec(const Cluster& cluster) {
  return {.efficiency = cluster.spec().fabric.efficiency.value_or(topology::default_efficiency),
          .nic = topology::fabric_link(cluster.spec())};
}

PatternFigures figures_of(const std::string& name, const topology::Throughput& found) {
  return {name, found.mean, found.minimum, found.between_switches};
}

PatternFigures permutations(const Cluster& cluster, const ComparisonSpec& spec) {
  PatternFigures mean{"permutation", 0, 1, {}};
  for (int draw = 0; draw < spec.seeds; ++draw) {
    const Traffic traffic = topology::permutation_traffic(cluster.fabric().shape(), spec.first_seed + static_cast<std::uint64_t>(draw));
    const PatternFigures one = figures_of(mean.name, topology::throughput(cluster.fabric(), traffic, throughput_spec(cluster)));
    mean.mean += one.mean / spec.seeds;
    mean.minimum = std::min(mean.minimum, one.minimum);
    mean.links.p50 += one.links.p50 / spec.seeds;
    mean.links.p90 += one.links.p90 / spec.seeds;
    mean.links.most = std::max(mean.links.most, one.links.most);
  }
  return mean;
}

/// All-reduces over all GPUs of a machine.
std::vector<CollectiveFigures> all_reduces(const Cluster& cluster, const Stack& stack, const ComparisonSpec& spec, Steps& steps) {
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  CollectiveJob job{.operation = {sim::CollectiveKind::all_reduce}, .type = {}, .sizes = {}, .ranks = {}};
  for (const std::int64_t bytes : collective_bytes) job.sizes.push_back({bytes});
  job.ranks = packed_placement(static_cast<std::int32_t>(cluster.gpus()));
  const CollectiveMachine machine{
      .cluster = cluster, .nccl = stack.nccl, .calibration = stack.calibration.collectives, .condition = spec.condition};
  std::vector<CollectiveFigures> figures;
  for (const CollectiveRow& row : collective_rows(job, machine, *engine, [&steps](double) { steps.next(); })) {
    figures.push_back({row.bytes, row.time, row.bus_bandwidth()});
  }
  return figures;
}

void add_parts(const Cluster& cluster, const ComparisonSpec& spec, FabricFigures& figures) {
  const topology::Fabric& fabric = cluster.fabric();
  const topology::PartsInUse parts = topology::parts_in_use(cluster);
  const topology::SwitchGraph live(fabric, parts.link);
  const topology::Inventory found = topology::inventory(fabric, parts);
  const topology::Distances distances = topology::distances(fabric, live);
  figures.switches = found.all_switches();
  figures.cables = found.all_cables();
  figures.diameter = distances.diameter;
  figures.mean_hops = distances.mean_hops;
  figures.longest_latency = cluster.network_latency(distances.diameter);
  if (const auto bisection = topology::bisection(fabric, live, parts.link)) {
    figures.bisection = bisection->least.value / topology::rate_of_half_the_nodes(cluster).value;
  }
  if (fabric.shape().joins_rails() && topology::pieces(live).cut_off_pairs > 0) {
    figures.notes.emplace_back("some NICs are cut off from others");
  }
  if (!spec.condition.slow_links.empty()) figures.notes.emplace_back("slow links count in collectives and iterations alone");
  if (spec.prices == nullptr) return;
  try {
    const topology::Bill bill = topology::bill_of_materials(found, topology::bill_spec(cluster), *spec.prices);
    figures.usd_per_gpu = bill.usd_per_gpu;
    figures.watts_per_gpu = bill.watts_per_gpu;
  } catch (const sim::Error& error) {
    figures.notes.push_back("no price: " + error.faults().front().what);
  }
}

}  // namespace

FabricFigures fabric_figures(const Cluster& whole, const Stack& stack, const ComparisonSpec& spec,
                             const std::function<void(double)>& progress) {
  const Cluster cluster = topology::as_at_start(whole, spec.condition);
  const topology::Fabric& fabric = cluster.fabric();
  const topology::Shape& shape = fabric.shape();
  const topology::ThroughputSpec rates = throughput_spec(cluster);
  FabricFigures figures;
  figures.topology = to_text(cluster.spec().fabric.topology);
  figures.routing = to_text(fabric.routing());
  figures.gpus = cluster.gpus();
  Steps steps(1 + 6 + static_cast<int>(std::size(dead_fractions)) + static_cast<int>(std::size(collective_bytes)) + 1, progress);
  add_parts(cluster, spec, figures);
  steps.next();
  const topology::ShiftSample sample{.most_demands = most_demands, .seed = spec.first_seed};
  const auto add = [&](const char* name, const Traffic& traffic) {
    figures.patterns.push_back(figures_of(name, topology::throughput(fabric, traffic, rates)));
    steps.next();
  };
  add("uniform", topology::uniform_traffic(shape, sample));
  figures.patterns.push_back(permutations(cluster, spec));
  steps.next();
  add("longest matching", topology::longest_matching(fabric).traffic);
  add("bit complement", topology::complement_traffic(shape));
  add("hotspot", topology::hotspot_traffic(shape, {}, sample));
  add("all-to-all", topology::all_to_all_traffic(shape, sample));
  const Traffic permutation = topology::permutation_traffic(shape, spec.first_seed);
  for (const double dead : dead_fractions) {
    const topology::Resiliency found =
        topology::resiliency(fabric, permutation, {.dead = dead, .seeds = spec.seeds, .first_seed = spec.first_seed, .throughput = rates});
    figures.resiliency.push_back({dead, found.mean});
    steps.next();
  }
  figures.collectives = all_reduces(whole, stack, spec, steps);
  if (spec.job != nullptr) {
    const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
    Conduct conduct;
    conduct.condition = spec.condition;
    figures.iteration = run_training(*spec.job, stack, whole, *engine, {}, conduct).iteration.iteration;
  }
  steps.next();
  return figures;
}

std::vector<bool> on_the_pareto_front(const std::vector<FabricFigures>& figures) {
  const bool all_iterate = std::all_of(figures.begin(), figures.end(), [](const FabricFigures& one) { return one.iteration.has_value(); });
  const auto criteria = [all_iterate](const FabricFigures& one) {
    const double time = all_iterate ? one.iteration->seconds() : one.collectives.back().time.seconds();
    return std::vector<std::optional<double>>{time, one.usd_per_gpu, one.watts_per_gpu};
  };
  std::vector<bool> front(figures.size(), true);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    for (std::size_t j = 0; j < figures.size() && front[i]; ++j) {
      const auto mine = criteria(figures[i]);
      const auto other = criteria(figures[j]);
      bool worse = false;
      bool dominated = true;
      for (std::size_t k = 0; k < mine.size(); ++k) {
        if (!mine[k] || !other[k] || *other[k] > *mine[k]) dominated = false;
        worse = worse || (mine[k] && other[k] && *other[k] < *mine[k]);
      }
      if (dominated && worse) front[i] = false;
    }
  }
  return front;
}

}  // namespace orrery::workloads
