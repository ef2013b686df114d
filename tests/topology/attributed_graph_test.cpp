// What attributes of nodes and edges say of a fabric.
#include "topology/attributed_graph.h"

#include <gtest/gtest.h>

#include "tests/topology/described_survey.h"
#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;
using sim::gigabytes_per_second;

GraphEdge edge(std::uint32_t a, std::uint32_t b, const Attributes& attributes = {}, const std::string& port_a = "",
               const std::string& port_b = "") {
  return {.a = a, .b = b, .port_a = port_a, .port_b = port_b, .attributes = std::make_shared<const Attributes>(attributes), .line = 7};
}

AttributedGraph two_switches(const std::vector<GraphEdge>& edges) {
  return {.file = "g",
          .nodes = {{"s", {{"type", "Switch"}, {"radix", "4"}}, 1}, {"t", {{"kind", "spine"}, {"ports", "4"}}, 2}},
          .edges = edges};
}

std::string attributes_refusal(const AttributedGraph& graph) {
  return test::refusal([&] { survey_of(graph); });
}

TEST(AttributedGraph, ReadsWhatACableIs) {
  const Survey survey =
      survey_of(two_switches({edge(0, 1, {{"bandwidth", "200 Gbit/s"}, {"capability", "50"}, {"latency", "130e-9"}}, "p3", "eth2")}));
  ASSERT_EQ(survey.cables.size(), 1U);
  const SurveyCable& cable = survey.cables[0];
  EXPECT_EQ(cable.a, (DevicePort{0, 3}));
  EXPECT_EQ(cable.b, (DevicePort{1, 2}));
  EXPECT_EQ(cable.bandwidth, gigabytes_per_second(25));
  EXPECT_EQ(cable.capability, gigabytes_per_second(50));
  EXPECT_EQ(cable.latency, 130_ns);
  EXPECT_TRUE(cable.reciprocal);
  EXPECT_EQ(survey.devices[0].kind, DeviceKind::switch_);
  EXPECT_EQ(survey.devices[1].ports, 4);
  EXPECT_TRUE(survey.remarks.empty());
}

TEST(AttributedGraph, CablesWithoutPortsGetTheLowestFreeOnes) {
  // s: 1 is taken by the third edge, so that the three alike and the first get 2, 3, 4 ...: four ports in all.
  const Survey survey = survey_of(two_switches({edge(0, 1, {{"multiplicity", "3"}}), edge(0, 1, {{"port", "1:4"}})}));
  std::vector<int> of_s, of_t;
  for (const SurveyCable& cable : survey.cables) of_s.push_back(cable.a.port), of_t.push_back(cable.b.port);
  EXPECT_EQ(of_s, (std::vector<int>{2, 3, 4, 1}));
  EXPECT_EQ(of_t, (std::vector<int>{1, 2, 3, 4}));
}

TEST(AttributedGraph, ADirectedGraphWritesACableTwice) {
  AttributedGraph graph = two_switches({edge(0, 1), edge(0, 1), edge(1, 0), edge(1, 0, {{"bw", "9"}}), edge(0, 1)});
  graph.directed = true;
  const Survey survey = survey_of(graph);
  ASSERT_EQ(survey.cables.size(), 3U);  // two pairs and one alone
  EXPECT_TRUE(survey.cables[0].reciprocal);
  EXPECT_TRUE(survey.cables[1].reciprocal);
  EXPECT_FALSE(survey.cables[2].reciprocal);
  EXPECT_EQ(survey.remarks.size(), 2U);  // the bandwidth that differs, the one alone
  graph.edges = {edge(0, 1), edge(0, 1)};
  for (const SurveyCable& cable : survey_of(graph).cables) EXPECT_TRUE(cable.reciprocal);  // all are written one way: that is its habit
}

TEST(AttributedGraph, NodesWithoutATypeAreTakenByTheirCables) {
  AttributedGraph graph{.file = "g", .nodes = {{"sw.1", {}, 1}, {"n1.0", {}, 2}, {"n1 mlx5_1", {}, 3}}, .edges = {edge(0, 1), edge(2, 0)}};
  const Survey survey = survey_of(graph);
  EXPECT_EQ(survey.devices[0].kind, DeviceKind::switch_);
  EXPECT_EQ(survey.devices[0].host, "");
  EXPECT_EQ(survey.devices[1].kind, DeviceKind::adapter);
  EXPECT_EQ(survey.devices[1].host, "n1");
  EXPECT_EQ(survey.devices[1].adapter, "0");
  EXPECT_EQ(survey.devices[2].adapter, "mlx5_1");
  EXPECT_EQ(survey.remarks.size(), 1U);
}

TEST(AttributedGraph, AHostIsNamedAsAWhole) {
  const Survey survey = survey_of({.file = "g", .nodes = {{"rack1.node2", {{"type", "host"}}, 1}}, .edges = {}});
  EXPECT_EQ(survey.devices[0].host, "rack1.node2");
  EXPECT_EQ(survey.devices[0].adapter, "");
}

TEST(AttributedGraph, RefusesQuantitiesThatAreNone) {
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {{"bw", "fast"}})})).substr(0, 4), "g:7:");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {{"lat", "soon"}})})).substr(0, 4), "g:7:");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {{"multiplicity", "513"}})})),
            "g:7: multiplicity \"513\" is no whole number up to 512; write e.g. \"40\"");
  EXPECT_EQ(attributes_refusal({.file = "g", .nodes = {{"a", {{"radix", "many"}}, 3}}, .edges = {}}),
            "g:3: radix \"many\" is no whole number up to 65535; write e.g. \"40\"");
  EXPECT_EQ(attributes_refusal({.file = "g", .nodes = {{"a", {{"type", "swich"}}, 3}}, .edges = {}}),
            "g:3: the type \"swich\" is unknown; do you mean \"switch\"?");
}

TEST(AttributedGraph, RefusesPortsThatCannotBe) {
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {}, "1"), edge(0, 1, {}, "1")})),
            "g:7: port 1 of \"s\" has a cable already, of line 7; a port takes one cable");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {}, "5")})), "g:7: \"s\" has no port 5: it has 4; correct the port, or the radix");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {{"multiplicity", "5"}})})),
            "g:7: \"s\" has no port 5: it has 4; correct the port, or the radix");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 1, {{"multiplicity", "2"}}, "1")})),
            "g:7: 2 cables have one port; leave the port out, or write each cable apart");
  EXPECT_EQ(attributes_refusal(two_switches({edge(0, 0)})), "g:7: a cable joins \"s\" to itself; leave it out");
  EXPECT_NE(attributes_refusal(two_switches({edge(0, 1, {}, "99999999999999999999")})), "read");
}

TEST(AttributedGraph, RefusesNamesThatStandTwice) {
  EXPECT_EQ(attributes_refusal({.file = "g", .nodes = {{"a", {{"name", "x"}}, 3}, {"b", {{"name", "x"}}, 4}}, .edges = {}}),
            "g:4: the name \"x\" stands in line 3 already; give each device its own");
  EXPECT_EQ(attributes_refusal({.file = "g", .nodes = {{"a", {{"guid", "0x1f"}}, 3}, {"b", {{"guid", "31"}}, 4}}, .edges = {}}),
            "g:4: the guid 0x1f stands in line 3 already; give each device its own");
}

TEST(AttributedGraph, RefusesNamesThatCannotBeShown) {
  for (const char* attribute : {"name", "host", "adapter"}) {
    EXPECT_EQ(attributes_refusal({.file = "g", .nodes = {{"a", {{attribute, "\x92"}}, 3}}, .edges = {}}),
              "g:3: a name holds characters that cannot be shown; write names in printable UTF-8");
  }
}

TEST(AttributedGraph, ASurveyReadsBack) {
  const Survey survey = test::assorted_survey();
  EXPECT_EQ(test::described(survey_of(graph_of(survey))), test::described(survey));
}

}  // namespace
}  // namespace orrery::topology
