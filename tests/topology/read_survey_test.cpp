#include "topology/read_survey.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_samples.h"

namespace orrery::topology {
namespace {

TEST(ReadSurvey, TheTextGivesItsFormatAway) {
  EXPECT_EQ(read_survey(samples::small, "x").cables.size(), 6U);
  EXPECT_EQ(
      read_survey("noise\n\nCa\t : 0xa1 ports 1 devid 0x1 vendid 0x2c9 \"n1 mlx5_0\"\nCa\t : 0xa2 ports 1 devid 0x1 vendid 0x2c9 \"n1\"\n"
                  "Ca : 0xa3 ports 1\nCa : 0xa4 ports 1\nCa : 0xa5 ports 1\nCa : 0xa6 ports 1\nCa : 0xa7 ports 1\nCa : 0xa8 ports 1\nCa : "
                  "0xa9 ports 1\n",
                  "x")
          .devices.size(),
      9U);
  EXPECT_EQ(read_survey("SW  1 2 0x00000000000000b1 4x SDR    'leaf'\n", "x").down_ports.size(), 1U);
  EXPECT_EQ(read_survey("0x00000000000000b1 \"leaf\" 1 2[  ] ==(   Down/ Polling)==>   [  ] \"\" ( )\n", "x").down_ports.size(), 1U);
  EXPECT_EQ(read_survey("Unicast lids [0x0-0x1] of switch Lid 1 guid 0xb1 (leaf):\n0x0001 000\n1 valid lids dumped\n", "x").tables.size(),
            1U);
  EXPECT_EQ(read_survey("{ SW Ports:29 SystemGUID:b1 NodeGUID:b1 PortGUID:b1 VenID:0 DevID:0 Rev:0 {leaf} LID:0001 PN:01 } { CA Ports:01 "
                        "SystemGUID:a1 NodeGUID:a1 PortGUID:a1 VenID:0 DevID:0 Rev:0 {n1} LID:0002 PN:01 } PHY=4x LOG=ACT SPD=50\n",
                        "x")
                .cables.size(),
            1U);
}

TEST(ReadSurvey, WhatIsNoDumpIsRefusedWithTheFormatsThatAre) {
  EXPECT_EQ(
      samples::faults(read_survey, "<html>\n"),
      "x: no dump of a fabric that is known here; known are those of ibnetdiscover; iblinkinfo; opensm-subnet.lst; ibroute, dump_fts, "
      "opensm-lfts.dump; GraphML; DOT; SLURM's topology\n");
}

}  // namespace
}  // namespace orrery::topology
