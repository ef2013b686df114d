// A scheduler's switches and blocks, in both its formats.
#include "topology/import_slurm.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using test::fabric_sample;
using test::refusal;
using Names = std::vector<std::string>;

constexpr std::string_view two_racks = R"(# a comment
SwitchName=core Switches=rack[1-2]   # above both
switchname=rack1 NODES=n[08-10],x \
  LinkSpeed=200
SwitchName=rack2 Nodes=a[1-2]b[1-2]
)";

TEST(ImportSlurm, ReadsSwitchesOfAConf) {
  const Survey survey = read_slurm(two_racks, "topology.conf");
  ASSERT_EQ(survey.groups.size(), 3U);
  EXPECT_EQ(survey.groups[0].name, "core");
  EXPECT_EQ(survey.groups[0].children, (Names{"rack1", "rack2"}));
  EXPECT_TRUE(survey.groups[0].hosts.empty());
  EXPECT_EQ(survey.groups[1].hosts, (Names{"n08", "n09", "n10", "x"}));
  EXPECT_EQ(survey.groups[2].hosts, (Names{"a1b1", "a1b2", "a2b1", "a2b2"}));
  EXPECT_TRUE(survey.devices.empty());
}

TEST(ImportSlurm, ReadsBlocksOfAConf) {
  const Survey survey = read_slurm("BlockName=b1 Nodes=n[1-2]\nBlockName=b2 Nodes=n[3-4]\nBlockSizes=18,36\n", "topology.conf");
  ASSERT_EQ(survey.groups.size(), 2U);
  EXPECT_EQ(survey.groups[1].hosts, (Names{"n3", "n4"}));
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].line, 3);
}

constexpr std::string_view yaml = R"(---
- topology: blocks
  block:
    block_sizes: [2]
    blocks:
      - block: b1
        nodes: n[1-2]
- topology: switches
  cluster_default: true
  tree:
    switches:
      - switch: core
        children: rack[1-2]
      - switch: rack1
        nodes: n[08-10]
      - switch: rack2
        nodes: m1
)";

TEST(ImportSlurm, TakesTheDefaultOfAYaml) {
  const Survey survey = read_slurm(yaml, "topology.yaml");
  ASSERT_EQ(survey.groups.size(), 3U);
  EXPECT_EQ(survey.groups[0].children, (Names{"rack1", "rack2"}));
  EXPECT_EQ(survey.groups[1].hosts, (Names{"n08", "n09", "n10"}));
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].text, "of 2 topologies \"switches\" is taken");
  EXPECT_EQ(survey.remarks[0].line, 8);
}

TEST(ImportSlurm, ReadsBlocksAndFlatOfAYaml) {
  const Survey blocks = read_slurm_yaml(yaml.substr(0, yaml.find("- topology: switches")), "t");
  ASSERT_EQ(blocks.groups.size(), 1U);
  EXPECT_EQ(blocks.groups[0].hosts, (Names{"n1", "n2"}));
  EXPECT_TRUE(read_slurm("- topology: f\n  flat: true\n", "any").groups.empty());
}

std::size_t hosts_in_groups(const Survey& survey) {
  std::size_t count = 0;
  for (const PlacementGroup& group : survey.groups) count += group.hosts.size();
  return count;
}

TEST(ImportSlurm, ReadsTheSamples) {
  if (!fabric_sample("slurm/topograph-tree.conf")) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of SLURM's";
  const Survey tree = read_slurm(*fabric_sample("slurm/topograph-tree.conf"), "topograph-tree.conf");
  EXPECT_EQ(tree.groups.size(), 19U);  // a core, 6 spines, 12 leaves of 8 servers
  EXPECT_EQ(hosts_in_groups(tree), 96U);
  EXPECT_EQ(tree.groups[0].children.size(), 6U);
  EXPECT_EQ(tree.groups[6].children, (Names{"switch.1.11", "switch.1.12"}));

  const Survey su = read_slurm(*fabric_sample("synthetic/su1/topology.conf"), "topology.conf");
  ASSERT_EQ(su.groups.size(), 1U);
  EXPECT_EQ(su.groups[0].hosts.back(), "su1-n020");
  const Survey two = read_slurm(*fabric_sample("synthetic/su1/topology.yaml"), "topology.yaml");
  EXPECT_EQ(two.groups.size(), 3U);
  EXPECT_EQ(hosts_in_groups(two), 40U);
}

std::string conf(const std::string& text) {
  return refusal([&] { read_slurm_conf(text, "t.conf"); });
}

TEST(ImportSlurm, RefusesWhatIsNoForest) {
  EXPECT_EQ(conf("SwitchName=a Nodes=n1\nSwitchName=a Nodes=n2"), "t.conf:2: the name \"a\" stands in line 1 already; name each once");
  EXPECT_EQ(conf("SwitchName=a Nodes=n1\nSwitchName=b Nodes=n[1-2]"), "t.conf:2: the node \"n1\" stands in line 1 already; name each once");
  EXPECT_EQ(conf("SwitchName=a Nodes=n1\nSwitchName=b Switches=a\nSwitchName=c Switches=a"),
            "t.conf:3: \"a\" is below \"b\" already; a switch is below one other at most");
  EXPECT_EQ(conf("SwitchName=leaf1 Nodes=n1\nSwitchName=b Switches=leef1"),
            "t.conf:2: \"leef1\" is no switch of this file; do you mean \"leaf1\"?");
  EXPECT_EQ(conf("SwitchName=a Switches=b\nSwitchName=b Switches=a"), "t.conf:1: \"a\" is below itself; switches form a tree");
  EXPECT_EQ(conf("SwitchName=a LinkSpeed=1"), "t.conf:1: \"a\" has nothing below it; name its nodes, or the switches below it");
}

TEST(ImportSlurm, RefusesWhatIsNoConf) {
  EXPECT_EQ(conf(""), "t.conf:1: names no switch and no block; write e.g. SwitchName=leaf1 Nodes=n[01-20]");
  EXPECT_EQ(conf("\nSwitchNane=a Nodes=b"), "t.conf:2: the key \"SwitchNane\" is unknown; do you mean switchname?");
  EXPECT_EQ(conf("SwitchName=a \\\nNodes"), "t.conf:1: \"Nodes\" is no key with a value; write e.g. SwitchName=leaf1 Nodes=n[01-20]");
  EXPECT_EQ(conf("SwitchName=a Nodes=b nodes=c"), "t.conf:1: nodes stands twice; leave one out");
  EXPECT_EQ(conf("Nodes=b"), "t.conf:1: names no switch and no block, or both; begin with SwitchName= or BlockName=");
  EXPECT_EQ(conf("SwitchName=a[1-2] Nodes=b"), "t.conf:1: \"a[1-2]\" is not one name; write a line for each");
  EXPECT_EQ(conf("SwitchName=a Nodes=n[1-9999999]"),
            "t.conf:1: \"n[1-9999999]\" is no list of names: it stands for more than 524287 names; write e.g. node[001-020],login1");
}

std::string said_of_yaml(const std::string& text) {
  return refusal([&] { read_slurm_yaml(text, "t.yaml"); });
}

TEST(ImportSlurm, RefusesWhatIsNoSuchYaml) {
  EXPECT_EQ(said_of_yaml("tree: 1"), "t.yaml:1: is no list of topologies; write \"- topology: name\", then tree, block or flat");
  EXPECT_TRUE(said_of_yaml("- topology: [a").starts_with("t.yaml:1: is no YAML: "));
  EXPECT_EQ(said_of_yaml("- topology: a\n  tre: 1"), "t.yaml:2: the key \"tre\" is unknown; do you mean \"tree\"?");
  EXPECT_EQ(said_of_yaml("- topology: a"), "t.yaml:1: is not one of tree, block and flat; write one of them");
  EXPECT_EQ(said_of_yaml("- tree:\n    switches:\n    - nodes: a"), "t.yaml:3: has no switch; write \"- switch: name\"");
  EXPECT_EQ(said_of_yaml("- tree:\n    switches:\n    - switch: a\n      children: b"),
            "t.yaml:3: \"b\" is no switch of this file; write a line for it");
  EXPECT_EQ(said_of_yaml("- tree:\n    switches: [{switch: [], nodes: a}]"), "t.yaml:2: switch is no text; write e.g. node[001-020]");
  EXPECT_NE(said_of_yaml(std::string(100'000, '[')), "read");
}

}  // namespace
}  // namespace orrery::topology
