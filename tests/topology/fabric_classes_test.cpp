#include "topology/fabric_classes.h"

#include <gtest/gtest.h>

#include "tests/topology/assorted_fabrics.h"

namespace orrery::topology {
namespace {

std::vector<std::int64_t> members(const FabricClasses& found) {
  std::vector<std::int64_t> counts;
  for (const FabricClass& one : found.classes) counts.push_back(one.members);
  return counts;
}

using Counts = std::vector<std::int64_t>;

TEST(FabricClasses, OfAWholeTreeAreItsLevels) {
  const FabricClasses found = classes(Fabric({.nodes = 140, .rails = 8, .radix = 40}));
  EXPECT_EQ(members(found), (Counts{1'120, 56, 80, 28}));
  ASSERT_EQ(found.cables.size(), 3U);
  for (const ClassCables& cables : found.cables) EXPECT_EQ(cables.cables, 1'120);
}

// A dead cable between a leaf and a spine of a 2-level tree of 8 leaves and 4 spines tells apart: that leaf, that spine, and by them the
// NICs on that leaf.
TEST(FabricClasses, TellApartWhatIsBroken) {
  Fabric fabric({.nodes = 32, .rails = 1, .radix = 8});
  ASSERT_EQ(members(classes(fabric)), (Counts{32, 8, 4}));
  fabric.set_alive(fabric.link("leaf1 -> spine2"), false);
  const FabricClasses found = classes(fabric);
  EXPECT_EQ(members(found), (Counts{28, 4, 7, 1, 3, 1}));
  std::int64_t dead = 0;
  for (const ClassCables& cables : found.cables) dead += cables.alive ? 0 : cables.cables;
  EXPECT_EQ(dead, 1);
  EXPECT_EQ(members(classes(fabric, 5)), (Counts{32, 7, 1, 3, 1})) << "a step less";
}

TEST(FabricClasses, HoldEveryVertexAndCableOnce) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const FabricClasses found = classes(fabric);
    std::int64_t vertices = 0;
    for (const FabricClass& one : found.classes) vertices += one.members;
    EXPECT_EQ(vertices, fabric.vertices());
    std::int64_t cables = 0;
    for (const ClassCables& some : found.cables) cables += some.cables;
    EXPECT_EQ(cables, fabric.links() / 2);
  }
}

}  // namespace
}  // namespace orrery::topology
