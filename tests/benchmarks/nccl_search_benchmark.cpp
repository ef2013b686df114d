// NCCL's search for all its graphs on the machines that we ship, between nodes and on one.
#include <benchmark/benchmark.h>

#include <numeric>
#include <string>

#include "tests/committed.h"
#include "topology/export_nccl_topology.h"
#include "topology/import_nccl_topology.h"
#include "topology/nccl_search.h"

namespace orrery::topology {
namespace {

void find_graphs(benchmark::State& state, const std::string& preset, bool several_nodes, int gpus) {
  const NodeTopology node = read_nccl_topology(nccl_topology(committed::node(preset)), preset);
  const NcclSearchSpec spec{.several_nodes = several_nodes, .speeds = committed::nccl().search};
  std::vector<int> taking_part(static_cast<std::size_t>(gpus));
  std::iota(taking_part.begin(), taking_part.end(), 0);
  for (auto _ : state) benchmark::DoNotOptimize(find_nccl_graphs(node, taking_part, spec));
}
BENCHMARK_CAPTURE(find_graphs, a100_one_node, "dgx-a100-80gb", false, 8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_graphs, a100_several_nodes, "dgx-a100-80gb", true, 8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_graphs, a100_one_gpu_of_several_nodes, "dgx-a100-80gb", true, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_graphs, h100_one_node, "dgx-h100", false, 8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_graphs, h100_several_nodes, "dgx-h100", true, 8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery::topology
