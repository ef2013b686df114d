#include "topology/import_iblinkinfo.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/topology/fabric_samples.h"
#include "topology/dump_lines.h"

namespace orrery::topology {
namespace {

using samples::with;

std::string iblinkinfo_faults(std::string_view text) { return samples::faults(read_iblinkinfo, text); }

constexpr std::string_view by_node = R"(CA: n1 mlx5_0:
      0x00000000000000a1      4    1[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>       1    1[  ] "leaf-0" ( )
Switch: 0x00000000000000b1 leaf-0:
           1    1[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>       4    1[  ] "n1 mlx5_0" ( )
           1    2[  ] ==(                Down/ Polling)==>             [  ] "" ( )
           1    3[  ] ==( 2X      25.78125 Gbps Active/  LinkUp)==>       2    1[  ] "leaf-1" (Could be 4X Could be 53.125 Gbps)
Switch: 0x00000000000000b2 leaf-1:
           2    1[  ] ==( 2X      25.78125 Gbps   Init/  LinkUp)==>       1    3[  ] "leaf-0" (Could be 4X Could be 53.125 Gbps)
)";

constexpr std::string_view by_line =
    R"(0x00000000000000a1 "              n1 mlx5_0"      4    1[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>  0x00000000000000b1      1    1[  ] "leaf-0" ( )
0x00000000000000b1 "                 leaf-0"      1    1[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>  0x00000000000000a1      4    1[  ] "n1 mlx5_0" ( )
0x00000000000000b1 "                 leaf-0"      1    2[  ] ==(                Down/ Polling)==>             [  ] "" ( )
0x00000000000000b1 "                 leaf-0"      1    3[  ] ==( 2X      25.78125 Gbps Active/  LinkUp)==>  0x00000000000000b2      2    1[  ] "leaf-1" (Could be 4X Could be 53.125 Gbps)
0x00000000000000b2 "                 leaf-1"      2    1[  ] ==( 2X      25.78125 Gbps Active/  LinkUp)==>  0x00000000000000b1      1    3[  ] "leaf-0" (Could be 4X Could be 53.125 Gbps)
0x00000000000000b2 "                 leaf-1"      2    2[  ] ==(                Down/Disabled)==>             [  ] "" ( )
)";

void expect_small(const Survey& survey) {
  ASSERT_EQ(survey.devices.size(), 3U);
  EXPECT_EQ(survey.devices[0].host, "n1");
  EXPECT_EQ(survey.devices[0].guid, 0xa1U);
  EXPECT_EQ(survey.devices[1].kind, DeviceKind::switch_);
  EXPECT_EQ(survey.devices[1].name, "leaf-0");
  EXPECT_EQ(survey.devices[2].kind, DeviceKind::switch_);
  ASSERT_EQ(survey.cables.size(), 2U);
  EXPECT_EQ(survey.cables[0].bandwidth, sim::gigabytes_per_second(25));
  EXPECT_EQ(survey.cables[0].capability, std::nullopt);
  EXPECT_EQ(survey.cables[1].bandwidth, *port_rate(2, "EDR"));
  EXPECT_EQ(survey.cables[1].capability, sim::gigabytes_per_second(25));
  EXPECT_TRUE(survey.cables[0].reciprocal && survey.cables[1].reciprocal);
  EXPECT_EQ(survey.ports_by_lid, (std::map<int, DevicePort>{{1, {1, 0}}, {2, {2, 0}}, {4, {0, 1}}}));
}

TEST(ImportIblinkinfo, BothFormsTellTheSame) {
  const Survey nodes = read_iblinkinfo(by_node, "x");
  expect_small(nodes);
  EXPECT_EQ(nodes.down_ports, (std::vector<DevicePort>{{1, 2}}));
  const Survey lines = read_iblinkinfo(by_line, "x");
  expect_small(lines);
  EXPECT_EQ(lines.down_ports, (std::vector<DevicePort>{{1, 2}, {2, 2}}));
}

TEST(ImportIblinkinfo, ADegradedLinkIsRemarkedOn) {
  const Survey survey = read_iblinkinfo(by_node, "x");
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].line, 6);
  EXPECT_EQ(survey.remarks[0].text, "port 3 of S-00000000000000b1 (leaf-0) trained at 2xEDR where 4xHDR is possible");
}

TEST(ImportIblinkinfo, OfSwitchesOnlyTheOtherEndsAreKnownByTheirAddresses) {
  const std::string_view switches = by_node.substr(by_node.find("Switch:"));
  const Survey survey = read_iblinkinfo(switches, "x");
  ASSERT_EQ(survey.devices.size(), 3U);
  EXPECT_EQ(survey.devices[2].name, "n1 mlx5_0");
  EXPECT_EQ(survey.devices[2].guid, 0U);
  EXPECT_EQ(survey.devices[2].kind, DeviceKind::adapter);
  EXPECT_FALSE(survey.cables[0].reciprocal);
  EXPECT_EQ(survey.remarks.back().text, "1 cables are known from one end only: the dump lists nothing of their other ends");
}

TEST(ImportIblinkinfo, AGuidBelongsToOneDevice) {
  const Survey survey =
      read_iblinkinfo(std::string(by_node) +
                          "CA: n2 mlx5_0:\n      0x00000000000000b2   9    1[  ] ==(                Down/ Polling)==>     [  ] \"\" ( )\n",
                      "x");
  ASSERT_EQ(survey.devices.size(), 4U);
  EXPECT_EQ(survey.devices[2].guid, 0xb2U);
  EXPECT_EQ(survey.devices[3].guid, 0U);
  EXPECT_EQ(survey.remarks.at(0).text, "n2 mlx5_0 has the GUID of S-00000000000000b2 (leaf-1)");
}

TEST(ImportIblinkinfo, FaultsHaveTheirLines) {
  EXPECT_EQ(iblinkinfo_faults(with(by_node, "     4    1[  ] \"n1 mlx5_0\" ( )", "     0    1[  ] \"n1 mlx5_0\" ( )")),
            "x:4: the other end has neither GUID nor LID; dump a fabric without a subnet manager with iblinkinfo -l\n");
  EXPECT_EQ(iblinkinfo_faults(with(by_node, "     4    1[  ] \"n1 mlx5_0\" ( )", " 65535    1[  ] \"n1 mlx5_0\" ( )")).substr(0, 35),
            "x:4: the other end has neither GUID");
  EXPECT_EQ(iblinkinfo_faults(with(by_node, "53.125 Gbps Active/  LinkUp)==>       1", "53.5 Gbps Active/  LinkUp)==>       1")),
            "x:2: \"4X 53.5\" is no width and speed; they look like 4X 53.125 Gbps, from 1X 2.5 Gbps to 12X 212.5 Gbps\n");
  EXPECT_EQ(
      iblinkinfo_faults(by_node.substr(0, by_node.find("\"leaf-0\" ( )"))),
      "x:2: \"0x00000000000000a1      4    1[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>       1    1[  ]\" is cut off or damaged; "
      "take the whole dump\n");
  EXPECT_EQ(iblinkinfo_faults(with(by_node, "1    3[  ] \"leaf-0\"", "1    1[  ] \"leaf-0\"")).substr(0, 5), "x:8: ");
  EXPECT_EQ(iblinkinfo_faults("           1    1[  ] ==(                Down/ Polling)==>             [  ] \"\" ( )\n").substr(0, 5),
            "x:1: ");
}

TEST(ImportIblinkinfo, Su1IsWhatItsOtherFormatsSay) {
  const auto text = samples::text_of("synthetic/su1/su1.iblinkinfo");
  if (!text) GTEST_SKIP() << samples::why_skipped;
  const Survey survey = read_iblinkinfo(*text, "su1");
  SurveyFacts expected = samples::su1();
  expected.reciprocal_cables = 0;  // a dump of the leaves alone
  expected.degraded_cables = 1;
  EXPECT_EQ(facts(survey), expected);
  const auto degraded =
      std::find_if(survey.cables.begin(), survey.cables.end(), [](const SurveyCable& cable) { return cable.capability.has_value(); });
  EXPECT_EQ(degraded->bandwidth, sim::gigabytes_per_second(12.5));
  EXPECT_EQ(degraded->capability, sim::gigabytes_per_second(25));
}

}  // namespace
}  // namespace orrery::topology
