#include "topology/import_forwarding.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_samples.h"

namespace orrery::topology {
namespace {

using samples::with;

std::string forwarding_faults(std::string_view text) { return samples::faults(read_forwarding, text); }

constexpr std::string_view ibroute = R"(Unicast lids [0x0-0x4] of switch Lid 2 guid 0x00000000000000b1 (MF0;leaf:MQM8700/U1):
  Lid  Out   Destination
       Port     Info 
0x0001 021 : (Switch portguid 0x00000000000000c1: 'spine')
0x0002 000 : (Switch portguid 0x00000000000000b1: 'MF0;leaf:MQM8700/U1')
0x0004 255 : (Channel Adapter portguid 0x00000000000000a1: 'n1 mlx5_0')
3 valid lids dumped 
)";

void expect_leaf(const Survey& survey) {
  ASSERT_EQ(survey.tables.size(), 1U);
  const ForwardingTable& table = survey.tables[0];
  EXPECT_EQ(table.switch_guid, 0xb1U);
  EXPECT_EQ(table.switch_lid, 2);
  EXPECT_EQ(table.towards(1), 21);
  EXPECT_EQ(table.towards(2), ForwardingTable::itself);
  for (const int lid : {-1, 0, 3, 4, 5}) EXPECT_EQ(table.towards(lid), ForwardingTable::nowhere) << lid;
  ASSERT_EQ(survey.devices.size(), 1U);
  EXPECT_EQ(survey.devices[0].name, "MF0;leaf:MQM8700/U1");
  EXPECT_EQ(survey.devices[0].lid, 2);
}

TEST(ImportForwarding, TablesSayWhereEachAddressGoes) { expect_leaf(read_forwarding(ibroute, "x")); }

TEST(ImportForwarding, ASwitchReachedByARouteOfPortsTellsItsAddressInItsTable) {
  expect_leaf(read_forwarding(with(ibroute, "switch Lid 2 guid", "switch DR path slid 0; dlid 0; 0,1,19,32 guid"), "x"));
}

TEST(ImportForwarding, OpensmAnnouncesTheHighestAddressAndNotTheLines) {
  expect_leaf(read_forwarding(R"(Unicast lids [0-172] of switch Lid 2 guid 0x00000000000000b1 ('MF0;leaf:MQM8700/U1'):
0x0001 021 # Switch portguid 0x00000000000000c1: 'spine'
0x0002 000 # Switch portguid 0x00000000000000b1: 'MF0;leaf:MQM8700/U1'
0x0003 No path
172 lids dumped
)",
                              "x"));
}

TEST(ImportForwarding, MulticastTablesArePassedOver) {
  const std::string text =
      "Multicast mlids [0xc000-0xc3ff] of switch Lid 2 guid 0x00000000000000b1 (leaf):\n"
      "            0\n     Ports: 0\n MLid\n0xc000     x\n1 valid mlids dumped \n";
  const Survey survey = read_forwarding(text + std::string(ibroute) + text, "x");
  expect_leaf(survey);
  EXPECT_EQ(survey.skipped_lines, 0);
}

TEST(ImportForwarding, FaultsHaveTheirLines) {
  EXPECT_EQ(
      forwarding_faults(ibroute.substr(0, ibroute.find("3 valid"))),
      "x:1: the table of S-00000000000000b1 (MF0;leaf:MQM8700/U1) is cut off: the file ends before \"lids dumped\"; take the whole dump\n");
  EXPECT_EQ(forwarding_faults(with(ibroute, "3 valid", "4 valid")),
            "x:7: 4 addresses announced, 3 listed since line 1; the table is damaged: take the dump again\n");
  EXPECT_EQ(forwarding_faults(std::string(ibroute) + std::string(ibroute)),
            "x:8: a second table of S-00000000000000b1 (MF0;leaf:MQM8700/U1) (the first is in line 1); give one dump of one moment\n");
  EXPECT_EQ(forwarding_faults(with(ibroute, "0x0001 021 : (Switch portguid 0x00000000000000c1: 'spine')", "0x0001 ab")),
            "x:4: \"0x0001 ab\" is cut off or damaged; take the whole dump\n"
            "x:7: 3 addresses announced, 2 listed since line 1; the table is damaged: take the dump again\n");
  EXPECT_EQ(forwarding_faults(with(ibroute, "0x0001 021", "0xc001 021")).substr(0, 16), "x:4: \"0xc001 021");
  EXPECT_EQ(forwarding_faults(with(ibroute, "0x0001 021", "0x0001 256")).substr(0, 16), "x:4: \"0x0001 256");
  EXPECT_EQ(forwarding_faults("0x0001 021\n"),
            "x:1: an entry before the header of its table; the file begins in the middle of a table: take the whole dump\n");
}

}  // namespace
}  // namespace orrery::topology
