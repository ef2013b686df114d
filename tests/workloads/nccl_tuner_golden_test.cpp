// Every row of what NCCL 2.28.9's own tuner printed for eight platforms, against ours.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/committed.h"
#include "tests/workloads/golden_tuner.h"
#include "tests/workloads/nccl_platforms.h"
#include "topology/import_nccl_graph.h"
#include "workloads/nccl_tuner.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

/// What NCCL's search dumped for a node alone ("inter0") or among several.
TunerGraphs dumped(const std::string& data, const std::string& node, int nodes) {
  const std::string name = node + (nodes == 1 ? ".inter0.graph.xml" : ".inter1.graph.xml");
  std::ostringstream text;
  text << std::ifstream(data + "/fabrics/synthetic/graphs/" + name).rdbuf();
  return tuner_graphs(topology::read_nccl_graphs(text.str(), name));
}

/// Part of a DGX A100: the graphs of specs collectives 3.3.
TunerGraphs part_of_node(const std::string& gpus) {
  using namespace platforms;
  if (gpus == "gpus0") return one_a100(2).graphs;
  TunerGraphs graphs;
  if (gpus == "gpus0+1") {
    graphs.ring = graph({2, 24, 24, NcclPattern::ring, PathType::pxb});
    graphs.tree = graph({2, 48, 24, NcclPattern::balanced_tree, PathType::pxb});
  } else if (gpus == "gpus0+2") {
    graphs.ring = graph({2, 24, 24, NcclPattern::ring, PathType::pxn});
    graphs.tree = graph({2, 48, 24, NcclPattern::balanced_tree, PathType::sys});
  } else {
    graphs.ring = graph({4, 24, 24, NcclPattern::ring, PathType::pxb});
    graphs.tree = graph({4, 48, 24, NcclPattern::balanced_tree, PathType::pxb});
  }
  return graphs;
}

NcclCommunicator golden_communicator(const std::string& data, const golden::Row& row) {
  NcclCommunicator communicator{.ranks = row.nodes * row.local_ranks, .nodes = row.nodes, .channels = row.channels};
  communicator.cpu = topology::CpuVendor::amd;
  if (row.platform.starts_with("DGX-A100-8xHDR-gpus")) {
    communicator.graphs = part_of_node(row.platform.substr(row.platform.rfind('-') + 1));
  } else if (row.platform == "DGX-A100-8xHDR" || row.platform == "DGX-A100-8xHDR-SHARP") {
    communicator.graphs = dumped(data, "dgx-a100-8nic", row.nodes);
    if (row.platform.ends_with("SHARP")) communicator.sharp = Sharp::all_reduce;
  } else if (row.platform == "HGX-A100-4xHDR-Intel") {
    communicator.graphs = dumped(data, "hgx-a100-4nic", row.nodes);
    communicator.cpu = topology::CpuVendor::intel;
  } else if (row.platform == "DGX-H100-8xNDR") {
    communicator.graphs = dumped(data, "dgx-h100-8nic", row.nodes);
    communicator.cpu = topology::CpuVendor::intel;
    communicator.compute_capability = 90;
  } else {
    ADD_FAILURE() << row.platform;
  }
  return communicator;
}

class NcclTunerGolden : public testing::Test {
 protected:
  void SetUp() override {
    data = committed::measured_data();
    if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no golden file of NCCL's tuner";
    rows = golden::rows(*data);
    ASSERT_EQ(rows.size(), 33'952U);
  }

  const NcclCommunicator& communicator(const golden::Row& row) {
    const auto [found, is_new] = communicators.try_emplace({row.platform, row.nodes});
    if (is_new) found->second = golden_communicator(*data, row);
    return found->second;
  }

  std::optional<std::string> data;
  std::vector<golden::Row> rows;
  std::map<std::pair<std::string, int>, NcclCommunicator> communicators;
  const NcclConstants nccl = committed::nccl();
};

/// How far apart ours is from a number printed with three decimals, as a part of it.
struct Difference {
  double as_printed = 0;
  double beyond_rounding = 0;  // that the three decimals do not explain

  void add(double ours, double printed) {
    constexpr double rounding = 0.0005;
    const double apart = std::abs(ours - printed);
    as_printed = std::max(as_printed, apart / printed);
    beyond_rounding = std::max(beyond_rounding, (apart - rounding) / printed);
  }
};

TEST_F(NcclTunerGolden, EveryRowAgrees) {
  Difference greatest;
  for (const golden::Row& row : rows) {
    const NcclCommunicator& members = communicator(row);
    const std::optional<TunerCost> entry = tuner_entry(row.kind, row.way, members, nccl);
    const std::optional<TunerCost> cost = tuner_cost(row.kind, row.bytes, row.way, members, nccl);
    ASSERT_TRUE(entry && cost) << row.line;
    Difference here;
    here.add(cost->seconds(row.bytes) * 1e6, row.microseconds);
    here.add(entry->bandwidth.value / 1e9, row.gigabytes_per_second);
    here.add(entry->latency.seconds() * 1e6, row.latency);
    EXPECT_LE(here.beyond_rounding, 1e-4) << row.line;
    greatest.as_printed = std::max(greatest.as_printed, here.as_printed);
    greatest.beyond_rounding = std::max(greatest.beyond_rounding, here.beyond_rounding);
  }
  std::cout << rows.size() << " rows of NCCL's tuner: time, bandwidth and latency differ by " << greatest.beyond_rounding
            << " of their value at most, by " << greatest.as_printed << " where three decimals are too few\n";
}

TEST_F(NcclTunerGolden, NothingIsEnabledThatNcclDoesNotHave) {
  std::map<std::tuple<std::string, int, CollectiveKind>, std::vector<NcclWay>> known;
  for (const golden::Row& row : rows) {
    communicator(row);
    std::vector<NcclWay>& ways = known[{row.platform, row.nodes, row.kind}];
    if (std::ranges::find(ways, row.way) == ways.end()) ways.push_back(row.way);
  }
  for (const auto& [where, ways] : known) {
    const auto& [platform, nodes, kind] = where;
    for (int a = 0; a < nccl_algorithm_count; ++a) {
      for (int p = 0; p < protocol_count; ++p) {
        const NcclWay way{static_cast<NcclAlgorithm>(a), static_cast<Protocol>(p)};
        const bool is_enabled = tuner_entry(kind, way, communicators.at({platform, nodes}), nccl).has_value();
        EXPECT_EQ(is_enabled, std::ranges::find(ways, way) != ways.end()) << platform << ", " << nodes << " nodes, " << a << "/" << p;
      }
    }
  }
}

TEST_F(NcclTunerGolden, EveryChoiceIsTheSame) {
  int choices = 0;
  for (const golden::Row& row : rows) {
    const std::optional<TunerChoice> choice = tuner_choice(row.kind, row.bytes, communicator(row), nccl);
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->way == row.way, row.chosen) << row.line;
    choices += row.chosen ? 1 : 0;
  }
  EXPECT_EQ(choices, 9'440);
}

}  // namespace
}  // namespace orrery::workloads
