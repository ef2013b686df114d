// What the names of vertices and links say, and that they lead back to what bears them.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/error.h"
#include "tests/topology/assorted_fat_trees.h"
#include "topology/fabric.h"

namespace orrery::topology {
namespace {

TEST(FabricNames, AreDifferentForEveryVertexAndLinkAndLeadBack) {
  for (const FatTreeSpec& spec : test::assorted_fat_trees()) {
    const Fabric fabric(spec);
    std::set<std::string> names;
    for (std::uint32_t v = 0; v < fabric.vertices(); ++v) {
      const std::string name = fabric.name(VertexId{v});
      ASSERT_TRUE(names.insert(name).second) << name;
      ASSERT_EQ(fabric.vertex(name), VertexId{v}) << name;
    }
    for (std::uint32_t l = 0; l < fabric.links(); ++l) {
      const std::string name = fabric.name(LinkId{l});
      ASSERT_TRUE(names.insert(name).second) << name;
      ASSERT_EQ(fabric.link(name), LinkId{l}) << name;
    }
  }
}

TEST(FabricNames, SayWhereThingsAre) {
  // 140 nodes, rails of 7 leaves, one pod a rail. Vertices: 1,120 NICs, 56 leaves rail by rail, 80 spines, 28 cores.
  const Fabric pod({.nodes = 140, .rails = 8, .radix = 40});
  EXPECT_EQ(pod.name(VertexId{12 * 8 + 3}), "node12/nic3");
  EXPECT_EQ(pod.name(VertexId{1120 + 5 * 7 + 2}), "leaf2.5");
  EXPECT_EQ(pod.name(VertexId{1120 + 56 + 5 * 10 + 9}), "spine0.5.9");
  EXPECT_EQ(pod.name(VertexId{1120 + 56 + 80 + 17}), "core17");
  EXPECT_EQ(pod.name(LinkId{2 * 99}), "node12/nic3 -> leaf0.3");
  // Uplink 10 of the first leaf is its second cable to the first spine.
  EXPECT_EQ(pod.name(LinkId{2 * (1120 + 10)}), "leaf0.0 -> spine0.0.0 [1]");
  EXPECT_EQ(pod.name(LinkId{2 * (1120 + 10) + 1}), "spine0.0.0 -> leaf0.0 [1]");
  const Fabric one({.nodes = 5, .rails = 8, .radix = 40});
  EXPECT_EQ(one.name(VertexId{40}), "switch");
  const Fabric planes({.nodes = 5, .rails = 8, .radix = 40, .planes = true});
  EXPECT_EQ(planes.name(VertexId{47}), "switch7");
}

// What is said where no link is called `name`.
std::string said_of_link(const Fabric& fabric, std::string_view name) {
  try {
    fabric.link(name);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "there is one";
}

TEST(FabricNames, ThatNothingBearsAreAnsweredByWhatThereIs) {
  const Fabric pod({.nodes = 140, .rails = 8, .radix = 40});
  EXPECT_EQ(said_of_link(pod, "leaf0.0"),
            "\"leaf0.0\" is no link of this fabric; write its two ends, e.g. \"node0/nic0 -> leaf0.0\" or \"core27 -> spine0.7.9\"");
  EXPECT_EQ(said_of_link(pod, "leaf7.0 -> spine0.0.0"), "there is no \"leaf7.0\" in this fabric; it has leaf0.0 to leaf6.7");
  EXPECT_EQ(
      said_of_link(pod, "leaf0.0 -> hub3"),
      "there is no \"hub3\" in this fabric; it has node0/nic0 to node139/nic7, leaf0.0 to leaf6.7, spine0.0.0 to spine0.7.9, core0 to "
      "core27");
  EXPECT_EQ(said_of_link(pod, "leaf0.0 -> spine0.1.0 [0]"),
            "no cable joins leaf0.0 and spine0.1.0; cables lead from leaf0.0 to 40 others, such as spine0.0.0 and node19/nic0");
  EXPECT_EQ(said_of_link(pod, "node0/nic3 -> leaf0.0"), "no cable joins node0/nic3 and leaf0.0; cables lead from node0/nic3 to leaf0.3");
  for (const char* name : {"leaf0.0 -> spine0.0.0", "leaf0.0 -> spine0.0.0 [2]", "leaf0.0 -> spine0.0.0 [0] "}) {
    EXPECT_EQ(said_of_link(pod, name),
              "there is no link \"" + std::string(name) +
                  "\" in this fabric; between these two there is leaf0.0 -> spine0.0.0 [0], leaf0.0 -> spine0.0.0 [1]");
  }
}

TEST(FabricNames, AreTakenExactly) {
  const Fabric pod({.nodes = 140, .rails = 8, .radix = 40});
  EXPECT_EQ(said_of_link(pod, "node12/nic3 -> leaf0.3"), "there is one");
  for (const char* name :
       {"node012/nic3 -> leaf0.3", "node12/nic3 ->leaf0.3", "node12/nic3 -> leaf0.3.1", "node12/nic -> leaf0.3", "node12/nic+3 -> leaf0.3",
        "node99999999999/nic3 -> leaf0.3", "core28 -> spine0.0.0", "core2147483647 -> spine0.0.0", "Node12/nic3 -> leaf0.3", "", " -> "}) {
    EXPECT_NE(said_of_link(pod, name), "there is one") << name;
  }
  EXPECT_EQ(pod.vertex("core27"), VertexId{1120 + 56 + 80 + 27});
  for (const char* name : {"core28", "core027", "core2147483647", "core", "core1.1", "switch"}) {
    EXPECT_THROW(pod.vertex(name), sim::Error) << name;
  }
  const Fabric one({.nodes = 5, .rails = 8, .radix = 40});
  EXPECT_EQ(said_of_link(one, "node4/nic7 -> switch"), "there is one");
  EXPECT_NE(said_of_link(one, "node4/nic7 -> switch0"), "there is one");
}

}  // namespace
}  // namespace orrery::topology
