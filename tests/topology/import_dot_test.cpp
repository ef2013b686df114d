// Fabrics drawn in DOT.
#include "topology/import_dot.h"

#include <gtest/gtest.h>

#include "tests/topology/described_survey.h"
#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;
using sim::gigabytes_per_second;

constexpr std::string_view drawn_hall = R"(// two leaves, two spines
graph "hall" {
  rankdir=LR; graph [label=<b>];
  node [type=switch radix=4]
  edge [bw=25];
  subgraph cluster_leaves { color=red; leaf0; leaf1 [radix="8"] }
  { rank=same; spine0; spine1; }
  {leaf0 leaf1} -- {spine0 spine1} [lat="130ns"];
  subgraph { node [type=hca, radix=1]; edge [lat="600e-9", bw="12.5GBps"]
    "n1.0" -- leaf0:p4:n;
    "n1.1":1 -- leaf1 [bw=25];
  }
  leaf0 [shape=box];
}
)";

std::vector<std::string> cables(const Survey& survey) {
  std::vector<std::string> lines = test::described(survey);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(survey.devices.size()));
  return lines;
}

TEST(ImportDot, ReadsDefaultsSubgraphsAndPorts) {
  const Survey survey = read_dot(drawn_hall, "hall.dot");
  ASSERT_EQ(survey.devices.size(), 6U);
  EXPECT_EQ(survey.devices[1].name, "leaf1");
  EXPECT_EQ(survey.devices[1].ports, 8);
  EXPECT_EQ(survey.devices[4].kind, DeviceKind::adapter);
  EXPECT_EQ(survey.devices[4].host, "n1");
  EXPECT_EQ(cables(survey), (std::vector<std::string>{
                                "leaf0:1 - spine0:1 25000000000 of -1, 130000 ps",
                                "leaf0:2 - spine1:1 25000000000 of -1, 130000 ps",
                                "leaf1:1 - spine0:2 25000000000 of -1, 130000 ps",
                                "leaf1:2 - spine1:2 25000000000 of -1, 130000 ps",
                                "n1.0:1 - leaf0:4 12500000000 of -1, 600000 ps",
                                "n1.1:1 - leaf1:3 25000000000 of -1, 600000 ps",
                            }));
  EXPECT_EQ(survey.cables[4].line, 10);
}

TEST(ImportDot, AChainIsACableForEachLinkOfIt) {
  EXPECT_EQ(cables(read_dot("graph { a -- b -- c }", "g")).size(), 2U);
  // b's port is that of both: a port takes one cable.
  EXPECT_EQ(test::refusal([] { read_dot("graph { a -- b:7 -- c }", "g"); }),
            "g:1: port 7 of \"b\" has a cable already, of line 1; a port takes one cable");
}

TEST(ImportDot, ADigraphWritesEachCableTwice) {
  const Survey survey = read_dot("digraph { a:1 -> b:2; b:2 -> a:1; a:3 -> b:3 }", "g");
  ASSERT_EQ(survey.cables.size(), 2U);
  EXPECT_TRUE(survey.cables[0].reciprocal);
  EXPECT_FALSE(survey.cables[1].reciprocal);
}

TEST(ImportDot, AStrictGraphKeepsOneEdge) {
  EXPECT_EQ(read_dot("strict graph { a -- b; b -- a }", "g").cables.size(), 1U);
  EXPECT_EQ(read_dot("graph { a -- b; b -- a }", "g").cables.size(), 2U);
}

TEST(ImportDot, ReadsTheScalableUnit) {
  const auto text = test::fabric_sample("synthetic/su1/su1.dot");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a fabric";
  const Survey survey = read_dot(*text, "su1.dot");
  EXPECT_EQ(test::unit_counts(survey), test::expected_unit_counts());
  const SurveyCable& degraded = survey.cables.at(165 - 14);  // by its line: 14 come before the first cable
  EXPECT_EQ(degraded.line, 165);
  EXPECT_EQ(degraded.bandwidth, gigabytes_per_second(12.5));
  EXPECT_EQ(survey.devices[degraded.a.device].name, "leaf3");
  EXPECT_EQ(degraded.a.port, 32);
  EXPECT_EQ(survey.devices[degraded.b.device].name, "spine2");
  EXPECT_EQ(degraded.b.port, 17);
  EXPECT_EQ(degraded.latency, 130_ns);
}

std::string dot_refusal(std::string_view text) {
  return test::refusal([&] { read_dot(text, "f.dot"); });
}

TEST(ImportDot, RefusesWhatIsNoGraphNamingTheLine) {
  EXPECT_EQ(dot_refusal(""), "f.dot:1: is no DOT: it begins with neither graph nor digraph; write e.g. graph fabric { a -- b }");
  EXPECT_EQ(dot_refusal("graph {\n a -- b"), "f.dot:2: the name of a node is missing; the file may be cut off, or a name needs quotes");
  EXPECT_EQ(dot_refusal("graph {\n a -- b [bw=25"),
            "f.dot:2: the name of an attribute is missing; the file may be cut off, or a name needs quotes");
  EXPECT_EQ(dot_refusal("graph"), "f.dot:1: the file ends where '{' is missing; the file may be cut off: write it anew");
  EXPECT_EQ(dot_refusal("graph { a -> b }"), "f.dot:1: -> joins nodes of a graph; write -- in a graph, or begin with digraph");
  EXPECT_EQ(dot_refusal("digraph { a -- b }"), "f.dot:1: -- joins nodes of a digraph; write -> in a digraph");
  EXPECT_EQ(dot_refusal("graph {}\ngraph {}"), "f.dot:2: something stands after the graph; give each graph its own file");
  EXPECT_EQ(dot_refusal("graph {\n\"\" }"), "f.dot:2: a name is empty; give each node a name");
  EXPECT_EQ(dot_refusal("graph { subgraph a -- b }"),
            "f.dot:1: \"--\" stands where '{' is expected; see https://graphviz.org/doc/info/lang.html");
}

TEST(ImportDot, RefusesBombs) {
  EXPECT_EQ(dot_refusal("graph {" + std::string(100'000, '{')),
            "f.dot:1: braces are nested more than 64 deep; no such file is known: see what has written it");
  std::string many;
  for (int i = 0; i < 300; ++i) many += " n" + std::to_string(i);
  EXPECT_EQ(dot_refusal("graph { {" + many + "} -- {" + many + "} }"),
            "f.dot:1: joins 300 nodes with 300; write fewer edges in a statement");
}

}  // namespace
}  // namespace orrery::topology
