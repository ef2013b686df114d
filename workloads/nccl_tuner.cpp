#include "workloads/nccl_tuner.h"

#include "workloads/nccl_bandwidth.h"
#include "workloads/nccl_latency.h"
#include "workloads/ring_steps.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::PathType;

/// Whether NCCL has code for it at all.
bool is_known(CollectiveKind kind, NcclWay way) {
  const bool has_all_protocols = way.algorithm == NcclAlgorithm::ring || way.algorithm == NcclAlgorithm::tree;
  if (way.protocol != Protocol::simple && !has_all_protocols) return false;
  switch (way.algorithm) {
    case NcclAlgorithm::ring:
      return true;
    case NcclAlgorithm::tree:
    case NcclAlgorithm::collnet_chain:
    case NcclAlgorithm::nvls_tree:
      return is_all_reduce(kind);
    case NcclAlgorithm::collnet_direct:
    case NcclAlgorithm::nvls:
      return kind != CollectiveKind::broadcast && kind != CollectiveKind::reduce;
    case NcclAlgorithm::pat:
      break;
  }
  return kind == CollectiveKind::all_gather || kind == CollectiveKind::reduce_scatter;
}

int most_local_ranks(const NcclCommunicator& communicator) { return (communicator.ranks - 1) / communicator.nodes + 1; }

/// Whether operations of the kind may go through the network's switches.
bool has_collnet(CollectiveKind kind, const NcclCommunicator& communicator, const NcclConstants& nccl) {
  if (communicator.sharp == Sharp::off || communicator.nodes < nccl.collnet.least_nodes) return false;
  if (most_local_ranks(communicator) > nccl.collnet.most_local_ranks) return false;
  if (is_all_reduce(kind)) return true;
  // All-gathers and reduce-scatters need a NIC a GPU.
  return communicator.sharp == Sharp::gathers_too && most_local_ranks(communicator) <= communicator.graphs.collnet_direct.channels;
}

bool has_nvls(const NcclCommunicator& communicator, const NcclConstants& nccl) {
  const auto generation = static_cast<std::size_t>(generation_of(communicator.compute_capability));
  return communicator.nvswitch && nccl.nvls_efficiency[generation] > 0 && communicator.graphs.nvls.channels >= 2;
}

bool is_possible(CollectiveKind kind, NcclAlgorithm algorithm, const NcclCommunicator& communicator, const NcclConstants& nccl) {
  constexpr int has_atomics = 60;  // compute capability
  if (graph_of(communicator.graphs, algorithm).channels == 0) return false;
  switch (algorithm) {
    case NcclAlgorithm::collnet_direct:
      return communicator.nvswitch && has_collnet(kind, communicator, nccl);
    case NcclAlgorithm::collnet_chain:
      return has_collnet(kind, communicator, nccl);
    case NcclAlgorithm::nvls:
      return has_nvls(communicator, nccl) && (communicator.nodes == 1 || has_collnet(kind, communicator, nccl));
    case NcclAlgorithm::nvls_tree:
      return has_nvls(communicator, nccl) && communicator.nodes > 1;
    case NcclAlgorithm::pat:
      return communicator.ranks == communicator.nodes && communicator.compute_capability >= has_atomics && nccl.shares.pat > 0;
    case NcclAlgorithm::tree:
    case NcclAlgorithm::ring:
      break;
  }
  return true;
}

/// Whether every path is known to keep stores of 128 bytes whole.
bool keeps_128_bytes_whole(const TunerGraph& graph, int compute_capability) {
  constexpr int has_nvlink_stores = 70;  // compute capability
  constexpr int trusts_pxn = 90;
  const PathType farthest = compute_capability >= trusts_pxn ? PathType::pxn : PathType::pxb;
  return compute_capability >= has_nvlink_stores && graph.type_intra <= PathType::nvb && graph.type_inter <= farthest;
}

/// By which NCCL holds rings back that would add up fp8 over many ranks, each time rounding: what they take stays the same.
double reluctance(CollectiveKind kind, NcclAlgorithm algorithm, sim::DataType type, const NcclCommunicator& communicator) {
  constexpr int most_ranks = 8;
  constexpr double held_back = 1024;
  const bool rounds_often = algorithm == NcclAlgorithm::ring && communicator.ranks > most_ranks;
  return rounds_often && type == sim::DataType::fp8 && is_sum(kind) ? held_back : 1;
}

/// The table's entry whether LL128 is safe or not.
std::optional<TunerCost> entry_of(CollectiveKind kind, NcclWay way, const NcclCommunicator& communicator, const NcclConstants& nccl) {
  ring_steps(kind, communicator.ranks);  // throws for what is not tuned
  if (communicator.ranks < 2 || !is_known(kind, way) || !is_possible(kind, way.algorithm, communicator, nccl)) return std::nullopt;
  return TunerCost{.latency = tuner_latency(kind, way.algorithm, way.protocol, communicator, nccl),
                   .bandwidth = tuner_bandwidth(kind, way.algorithm, way.protocol, communicator, nccl)};
}

bool is_safe(NcclWay way, const NcclCommunicator& communicator) {
  return way.protocol != Protocol::ll128 ||
         keeps_128_bytes_whole(graph_of(communicator.graphs, way.algorithm), communicator.compute_capability);
}

double tree_correction(sim::Bytes bytes, Protocol protocol, const NcclConstants& nccl) {
  double factor = 1;
  for (const TreeCorrection& correction : nccl.tree_corrections) {
    if (correction.from <= bytes) factor = correction.factors[static_cast<std::size_t>(protocol)];
  }
  return factor;
}

TunerCost corrected(TunerCost cost, CollectiveKind kind, sim::Bytes bytes, NcclWay way, const NcclCommunicator& communicator,
                    const NcclConstants& nccl) {
  if (!is_all_reduce(kind)) return cost;
  if (way.algorithm == NcclAlgorithm::tree) cost.bandwidth = cost.bandwidth * tree_correction(bytes, way.protocol, nccl);
  const bool is_long = bytes.count >= nccl.ring_plateau.from.count * communicator.channels * communicator.ranks;
  if (way.algorithm == NcclAlgorithm::ring && way.protocol == Protocol::simple && communicator.nodes > 1 && is_long) {
    const double factor = nccl.ring_plateau.factors[static_cast<std::size_t>(generation_of(communicator.compute_capability))];
    cost.latency = sim::Duration::from_seconds(cost.latency.seconds() * factor);
  }
  return cost;
}

}  // namespace

std::optional<TunerCost> tuner_entry(CollectiveKind kind, NcclWay way, const NcclCommunicator& communicator, const NcclConstants& nccl) {
  const std::optional<TunerCost> entry = entry_of(kind, way, communicator, nccl);
  return is_safe(way, communicator) ? entry : std::nullopt;
}

std::optional<TunerCost> tuner_cost(CollectiveKind kind, sim::Bytes bytes, NcclWay way, const NcclCommunicator& communicator,
                                    const NcclConstants& nccl) {
  const std::optional<TunerCost> entry = tuner_entry(kind, way, communicator, nccl);
  if (!entry) return std::nullopt;
  return corrected(*entry, kind, bytes, way, communicator, nccl);
}

int rounds_of(int calls, NcclAlgorithm algorithm, const NcclCommunicator& communicator) {
  const int channels = std::max(communicator.channels, 1);
  const int rounds = (calls + channels - 1) / channels;
  // Of what is not a ring, a kernel reads so many pieces of work at once: 1,024 bytes of 96 (NCCL_MAX_DEV_WORK_BATCH_COLLS).
  constexpr int at_once = 10;
  return algorithm == NcclAlgorithm::ring ? rounds : (rounds + at_once - 1) / at_once;
}

std::optional<TunerChoice> tuner_choice(CollectiveKind kind, sim::Bytes bytes, const NcclCommunicator& communicator,
                                        const NcclConstants& nccl, const NcclFilter& filter, int calls, sim::DataType type) {
  std::optional<TunerChoice> best;
  double least = 0;
  for (int a = 0; a < nccl_algorithm_count; ++a) {
    for (int p = 0; p < protocol_count; ++p) {
      const NcclWay way{static_cast<NcclAlgorithm>(a), static_cast<Protocol>(p)};
      if (!filter.allows(kind, way.algorithm, way.protocol)) continue;
      if (!is_safe(way, communicator) && !filter.insists_on_ll128(kind)) continue;
      const std::optional<TunerCost> entry = entry_of(kind, way, communicator, nccl);
      if (!entry) continue;
      TunerCost cost = corrected(*entry, kind, bytes, way, communicator, nccl);
      cost.latency = cost.latency * rounds_of(calls, way.algorithm, communicator);
      const double seconds = cost.seconds(bytes) * reluctance(kind, way.algorithm, type, communicator);
      if (best && seconds >= least) continue;
      best = TunerChoice{way, cost};
      least = seconds;
    }
  }
  return best;
}

}  // namespace orrery::workloads
