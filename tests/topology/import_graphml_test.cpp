// Fabrics drawn as GraphML.
#include "topology/import_graphml.h"

#include <gtest/gtest.h>

#include "tests/topology/described_survey.h"
#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;

constexpr std::string_view small_graphml = R"(<graphml>
<key id="t" for="node" attr.name="Type"><default>switch</default></key>
<key id="r" for="node" attr.name="ports"/>
<key id="b" for="edge" attr.name="capacity"><default>25</default></key>
<key id="m" for="edge" attr.name="multiplicity"/>
<key id="c" for="node" attr.name="colour"/>
<graph edgedefault="undirected">
<edge source="n1.0" target="leaf" targetport="p9"/>
<node id="leaf"><data key="r">9</data><data key="c">red</data></node>
<node id="frame"><graph><node id="spine"/><edge source="leaf" target="spine"><data key="m">2</data><data key="b">100Gbps</data></edge></graph></node>
<node id="n1.0"><data key="t">hca</data></node>
</graph></graphml>)";

TEST(ImportGraphml, ReadsKeysDefaultsAndPorts) {
  const Survey survey = read_graphml(small_graphml, "g.graphml");
  EXPECT_EQ(test::described(survey), (std::vector<std::string>{
                                         "1 \"leaf\" guid 0 of 0, 9 ports, lid 0 + 0, host \"\", adapter \"\"",
                                         "1 \"spine\" guid 0 of 0, 0 ports, lid 0 + 0, host \"\", adapter \"\"",
                                         "0 \"n1.0\" guid 0 of 0, 0 ports, lid 0 + 0, host \"n1\", adapter \"0\"",
                                         "n1.0:1 - leaf:9 25000000000 of -1, -1 ps",
                                         "leaf:1 - spine:1 12500000000 of -1, -1 ps",
                                         "leaf:2 - spine:2 12500000000 of -1, -1 ps",
                                     }));
  EXPECT_EQ(survey.cables[1].line, 10);
}

TEST(ImportGraphml, ReadsTheScalableUnit) {
  const auto text = test::fabric_sample("synthetic/su1/su1.graphml");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a fabric";
  const Survey survey = read_graphml(*text, "su1.graphml");
  EXPECT_EQ(test::unit_counts(survey), test::expected_unit_counts());
  for (const SurveyCable& cable : survey.cables) {
    if (cable.bandwidth != sim::gigabytes_per_second(12.5)) continue;
    EXPECT_EQ(cable.line, 251);
    EXPECT_EQ(survey.devices[cable.a.device].name, "leaf3");
    EXPECT_EQ(survey.devices[cable.b.device].name, "spine2");
    EXPECT_EQ(cable.latency, 130_ns);
  }
}

std::string graphml_refusal(std::string text, const std::string& from = "", const std::string& to = "") {
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return test::refusal([&] { read_graphml(text, "g.graphml"); });
}

TEST(ImportGraphml, RefusesWhatCannotBeNamingTheLine) {
  const std::string good(small_graphml);
  EXPECT_EQ(graphml_refusal(good, "target=\"spine\"", "target=\"spin\""),
            "g.graphml:10: the target \"spin\" is no node; do you mean \"spine\"?");
  EXPECT_EQ(graphml_refusal(good, "source=\"leaf\"", "source=\"\""), "g.graphml:10: <edge> has no source; write source=\"...\"");
  EXPECT_EQ(graphml_refusal(good, "<node id=\"spine\"/>", "<node id=\"leaf\"/>"),
            "g.graphml:10: the node \"leaf\" stands twice; give each its own id");
  EXPECT_EQ(graphml_refusal(good, "key=\"m\"", "key=\"x\""), "g.graphml:10: the key \"x\" is not declared; write <key id=\"x\" .../>");
  EXPECT_EQ(graphml_refusal(good, "<key id=\"r\"", "<key id=\"t\""), "g.graphml:3: the key \"t\" stands twice; give each its own id");
  EXPECT_EQ(graphml_refusal(good, "100Gbps", "100Gb/s").substr(0, 13), "g.graphml:10:");
  EXPECT_EQ(graphml_refusal(good, "p9", "p10"), "g.graphml:8: \"leaf\" has no port 10: it has 9; correct the port, or the radix");
  EXPECT_EQ(graphml_refusal(good, "</graph></graphml>", "</graph><graph/></graphml>"),
            "g.graphml:12: is a second graph; give each its own file");
  EXPECT_EQ(graphml_refusal(good, "<node id=\"leaf\">", "<hyperedge/><node id=\"leaf\">"),
            "g.graphml:9: is a hyperedge; a cable has two ends: write a switch for what joins more");
  EXPECT_EQ(graphml_refusal("<graphml>\n</graphml>"),
            "g.graphml:1: has no <graph>; write <graph edgedefault=\"undirected\"> around nodes and edges");
  EXPECT_NE(graphml_refusal(good.substr(0, good.size() - 30)).find("is no XML"), std::string::npos);
}

}  // namespace
}  // namespace orrery::topology
