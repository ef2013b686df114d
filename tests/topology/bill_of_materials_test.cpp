#include "topology/bill_of_materials.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

using enum NetworkProtocol;
NetworkPrices round_prices() {
  return {.switches = {{"IB 8", infiniband, 8, test::hdr, 1000, 100, "s"},
                       {"IB 8 again", infiniband, 8, test::hdr, 900, 100, "s"},
                       {"IB 40", infiniband, 40, test::hdr, 5000, 400, "s"},
                       {"IB 8 fast", infiniband, 8, test::ndr, 800, 90, "s"},
                       {"Ethernet 8", ethernet, 8, test::hdr, 10, 1, "s"}},
          .nics = {{"IB NIC", infiniband, test::hdr, 500, 20, "s"}, {"Ethernet NIC", ethernet, test::hdr, 5, 2, "s"}},
          .copper_cables = {{"IB DAC", infiniband, test::hdr, 50, 1, 0.5, "s"}, {"Ethernet DAC", ethernet, test::hdr, 5, 0, 0, "s"}},
          .optical_cables = {{"IB AOC", infiniband, test::hdr, 200, 10, 9, "s"}, {"Ethernet AOC", ethernet, test::hdr, 20, 0, 9, "s"}}};
}

Bill bill_of(const Fabric& fabric, const BillSpec& spec) {
  return bill_of_materials(inventory(fabric, {.radix = spec.radix, .link = spec.link}), spec, round_prices());
}

/// 16 NICs at 500, 4 + 2 switches at 1000, 16 cables of 5 m at 50 + 5, 8 of 20 m at 200 + 200: 8000 + 6000 + 880 + 3200 = 18,080 USD, and
/// 320 + 600 + 8 + 72 = 1000 W, for 8 GPUs.
TEST(BillOfMaterials, AddsUpWhatTheInventoryCounts) {
  const Bill bill = bill_of(test::tapered_tree(), {.radix = 8, .link = test::hdr, .switch_name = "IB 8", .nic_name = "IB NIC", .gpus = 8});
  ASSERT_EQ(bill.rows.size(), 5U);
  EXPECT_EQ(bill.rows[0].use, "NICs");
  EXPECT_EQ(bill.rows[0].count, 16);
  EXPECT_EQ(bill.rows[1].use, "switches of level 1");
  EXPECT_EQ(bill.rows[2].count, 2);
  EXPECT_EQ(bill.rows[3].use, "cables, NIC to leaf, 5 m");
  EXPECT_EQ(bill.rows[3].part, "IB DAC");
  EXPECT_EQ(bill.rows[4].part, "IB AOC");
  EXPECT_EQ(bill.rows[4].unit_usd, 400);
  EXPECT_EQ(bill.usd, 18'080);
  EXPECT_EQ(bill.watts, 1000);
  EXPECT_EQ(bill.usd_per_gpu, 2260);
  EXPECT_EQ(bill.watts_per_gpu, 125);
}

TEST(BillOfMaterials, TakesTheCheapestOfTheSlowestThatWillDo) {
  const Fabric fabric = test::tapered_tree();
  EXPECT_EQ(bill_of(fabric, {.radix = 8, .link = test::hdr, .nic_name = "IB NIC"}).rows[1].part, "IB 8 again");
  EXPECT_EQ(bill_of(fabric, {.radix = 16, .link = test::hdr, .switch_name = "IB 8"}).rows[1].part, "IB 40") << "8 ports are too few";
}

TEST(BillOfMaterials, KeepsToTheProtocolOfWhatTheNodeNames) {
  const Bill bill = bill_of(test::tapered_tree(), {.radix = 8, .link = test::hdr, .switch_name = "Ethernet 8"});
  EXPECT_EQ(bill.rows[0].part, "Ethernet NIC");
  EXPECT_EQ(bill.rows[3].part, "Ethernet DAC");
  EXPECT_EQ(bill.rows[4].part, "Ethernet AOC");
}

TEST(BillOfMaterials, SaysWhatTheListHasNot) {
  const Fabric hub = test::hdr_fabric({.topology = Topology::single_switch}, 100, 8, 1024);
  try {
    bill_of(hub, {.radix = 0, .link = test::hdr, .switch_name = "IB 40"});
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().front().what, "the price list has no infiniband switch with 800 ports at 200 Gbit/s");
    EXPECT_NE(error.faults().front().remedy.find("IB 40 (200 Gbit/s)"), std::string::npos);
  }
  EXPECT_THROW(bill_of(test::tapered_tree(), {.radix = 8, .link = test::ndr}), sim::Error) << "no NIC is so fast";
}

}  // namespace
}  // namespace orrery::topology
