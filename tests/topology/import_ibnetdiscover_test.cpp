#include "topology/import_ibnetdiscover.h"

#include <gtest/gtest.h>

#include "sim/printable.h"
#include "tests/topology/fabric_samples.h"
#include "topology/dump_lines.h"

namespace orrery::topology {
namespace {

using samples::small;
using samples::with;

std::string ibnetdiscover_faults(std::string_view text) { return samples::faults(read_ibnetdiscover, text); }

TEST(ImportIbnetdiscover, BlocksBecomeDevicesAndCables) {
  const Survey survey = read_ibnetdiscover(small, "small");
  ASSERT_EQ(survey.devices.size(), 5U);
  EXPECT_EQ(survey.devices[0].kind, DeviceKind::switch_);
  EXPECT_EQ(survey.devices[0].guid, 0xb1U);
  EXPECT_EQ(survey.devices[0].system_guid, 0xb1U);
  EXPECT_EQ(survey.devices[3].name, "n1 mlx5_0");
  EXPECT_EQ(survey.devices[3].host, "n1");
  EXPECT_EQ(survey.devices[3].adapter, "mlx5_0");
  EXPECT_EQ(survey.devices[3].lid, 4);
  EXPECT_EQ(survey.devices[0].lid, 1);
  EXPECT_EQ(survey.devices[0].ports, 41);
  EXPECT_EQ(survey.devices[1].system_guid, 0U);  // leaf-1 has none: that of the block before is not its own
  ASSERT_EQ(survey.cables.size(), 6U);
  EXPECT_EQ(survey.cables[1].a, (DevicePort{0, 21}));
  EXPECT_EQ(survey.cables[1].b, (DevicePort{2, 1}));
  EXPECT_EQ(survey.cables[1].bandwidth, sim::gigabytes_per_second(25));
  EXPECT_EQ(survey.cables[1].line, 12);
  EXPECT_TRUE(survey.cables[1].reciprocal);
  EXPECT_EQ(samples::cables_at(survey, sim::gigabytes_per_second(12.5)), 1);
  EXPECT_EQ(survey.ports_by_lid.at(5), (DevicePort{4, 1}));
  EXPECT_EQ(survey.ports_by_lid.at(3), (DevicePort{2, 0}));
  EXPECT_TRUE(survey.remarks.empty());
}

TEST(ImportIbnetdiscover, WhatChassisAndFullOutputAddIsPassedOver) {
  std::string text = with(small, "[22]\t\"S-00000000000000c1\"[4]\t\t# \"spine\" lid 3 4xEDR",
                          "[22][ext 3]\t\"S-00000000000000c1\"[4][ext 7]\t\t# \"spine\" lid 3 4xEDR s=4 w=2 v=4 slot 2");
  text = with(text, "switchguid=0xb2(b2)", "switchguid=0xb2(b2)\t# Chassis 1 (core) slot 3");
  const Survey survey = read_ibnetdiscover("Chassis 1 (guid 0x17)\n# Spine Nodes\nNon-Chassis Nodes\n" + text, "x");
  EXPECT_EQ(survey.cables.size(), 6U);
  EXPECT_EQ(survey.skipped_lines, 0);
}

TEST(ImportIbnetdiscover, AnAdapterAnswersToAnAddressAPort) {
  const Survey survey = read_ibnetdiscover(R"(Switch  8 "S-00000000000000b1"  # "leaf" base port 0 lid 3 lmc 0
[2] "H-00000000000000a1"[1](a2) # "MT23108" lid 10 4xSDR
[3] "H-00000000000000a1"[2](a3) # "MT23108" lid 14 4xSDR
Ca  2 "H-00000000000000a1"  # "MT23108"
[2](a3)  "S-00000000000000b1"[3]  # lid 14 lmc 1 "leaf" lid 3 4xSDR
[1](a2)  "S-00000000000000b1"[2]  # lid 10 lmc 1 "leaf" lid 3 4xSDR
)",
                                           "x");
  EXPECT_EQ(survey.devices[1].lid, 14);
  EXPECT_EQ(survey.devices[1].lmc, 1);
  EXPECT_EQ(survey.ports_by_lid, (std::map<int, DevicePort>{{3, {0, 0}}, {10, {1, 1}}, {14, {1, 2}}}));
}

TEST(ImportIbnetdiscover, AggregationNodesAreNoHosts) {
  const Survey survey = read_ibnetdiscover(with(with(small, "# \"n1 mlx5_1\"\n", "# \"Mellanox Technologies Aggregation Node\"\n"),
                                                "# \"n1 mlx5_1\" lid", "# \"Mellanox Technologies Aggregation Node\" lid"),
                                           "x");
  EXPECT_EQ(survey.devices[4].kind, DeviceKind::aggregator);
  EXPECT_EQ(facts(survey).hosts, 1);
}

TEST(ImportIbnetdiscover, ADescriptionMayHoldQuotesAndHashes) {
  const Survey survey = read_ibnetdiscover(with(small, "# \"leaf-1\" enhanced", "# \" a \"b\" # lid 7 \" enhanced"), "x");
  EXPECT_EQ(survey.devices[1].name, "a \"b\" # lid 7");
  EXPECT_EQ(survey.devices[1].lid, 2);
}

TEST(ImportIbnetdiscover, EndsThatDisagreeHaveTheSlowerRate) {
  const Survey survey = read_ibnetdiscover(with(small, "[4]\t\"S-00000000000000b2\"[22]\t\t# \"leaf-1\" lid 2 4xEDR",
                                                "[4]\t\"S-00000000000000b2\"[22]\t\t# \"leaf-1\" lid 2 1xSDR"),
                                           "x");
  EXPECT_EQ(samples::cables_at(survey, *port_rate(1, "SDR")), 1);
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].line, 26);
  EXPECT_EQ(survey.remarks[0].text,
            "port 4 of S-00000000000000c1 (spine) says 1xSDR where its other end says 4xEDR (line 19): the slower is taken");
}

TEST(ImportIbnetdiscover, ACableThatOneEndKeepsQuietOfStays) {
  const Survey survey = read_ibnetdiscover(with(small, "[4]\t\"S-00000000000000b2\"[22]\t\t# \"leaf-1\" lid 2 4xEDR\n", ""), "x");
  EXPECT_EQ(facts(survey).cables_between_switches, 4);
  EXPECT_EQ(facts(survey).reciprocal_cables, 3);
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].text,
            "port 22 of S-00000000000000b2 (leaf-1) names a cable to port 4 of S-00000000000000c1 (spine), which does not name it");
}

TEST(ImportIbnetdiscover, APortWithoutSignalHasNoRate) {
  const Survey survey = read_ibnetdiscover(with(with(small, "\"spine\" lid 3 4xEDR", "\"spine\" lid 3 4x???"), "2 4xEDR", "2 4x???"), "x");
  EXPECT_EQ(samples::cables_at(survey, {}), 1);
  EXPECT_EQ(survey.remarks.at(0).text, "1 cables have no speed here, or one that the tool did not know");
}

TEST(ImportIbnetdiscover, AnAddressThatIsNoneIsLeftOut) {
  const Survey survey = read_ibnetdiscover(with(small, "# lid 5 lmc 0", "# lid 65535 lmc 0"), "x");
  EXPECT_EQ(survey.devices[4].lid, 0);
  EXPECT_EQ(survey.ports_by_lid.size(), 4U);
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].text, "1 lines name no address (65535): the subnet manager was not done");
}

TEST(ImportIbnetdiscover, WordsOfOtherProgramsAreSkippedAndCounted) {
  const Survey survey = read_ibnetdiscover("src/query_smp.c:195; umad (DR path) bad status 110\n" + std::string(small), "x");
  EXPECT_EQ(survey.skipped_lines, 1);
  EXPECT_EQ(survey.cables.size(), 6U);
  EXPECT_EQ(ibnetdiscover_faults(std::string(small) + "a\nb\nc\nd\ne\n"),
            "x: 5 of 39 lines are no part of the format; give what the tool wrote, without what other programs say\n");
}

TEST(ImportIbnetdiscover, AFileCutOffIsRefusedWhereItEnds) {
  const auto until = [](std::string_view mark) { return small.substr(0, small.find(mark)); };
  EXPECT_EQ(ibnetdiscover_faults(until("\"[1]\t\t# lid 5")),
            "x:34: \"[1](a2) ?\"S-00000000000000b2\" is cut off or damaged; a port looks like: [21] \"S-b83fd20300100200\"[1] # "
            "\"spine-0\" lid 9 "
            "4xHDR\n");
  EXPECT_EQ(ibnetdiscover_faults(until("b2\"[1]\t\t# lid 5")).substr(0, 7), "x:34: \"");
  EXPECT_EQ(ibnetdiscover_faults(until("Ca\t1 \"H-00000000000000a2")),
            "x:32: a block without its device: the file ends here; the file is cut off: take the whole dump\n"
            "x:17: a cable to H-00000000000000a2, which has no lines of its own; the file is cut off or edited: take the whole dump\n");
  EXPECT_EQ(ibnetdiscover_faults(until("4xHDR\n\ncaguid=0xa2")),
            "x:30: a port without width and speed; the file is cut off or edited: take the whole dump\n"
            "x:17: a cable to H-00000000000000a2, which has no lines of its own; the file is cut off or edited: take the whole dump\n");
}

TEST(ImportIbnetdiscover, APortCabledTwiceIsRefused) {
  EXPECT_EQ(ibnetdiscover_faults(with(small, "[2]\t\"S-00000000000000b1\"[22]", "[2]\t\"S-00000000000000b1\"[23]")),
            "x:24: port 2 of S-00000000000000c1 (spine) is cabled to port 22 of S-00000000000000b1 (leaf-0) (line 13) and to port 23 of "
            "S-00000000000000b1 (leaf-0); a port has one cable: take the dump again while nothing is replugged\n");
  EXPECT_EQ(ibnetdiscover_faults(with(small, "[22]\t\"S-00000000000000c1\"[2]", "[22]\t\"S-00000000000000c1\"[1]")).substr(0, 63),
            "x:13: port 1 of S-00000000000000c1 (spine) is cabled to port 21");
}

TEST(ImportIbnetdiscover, AnUnknownWidthOrSpeedIsRefused) {
  EXPECT_EQ(ibnetdiscover_faults(with(small, "\"spine\" lid 3 4xEDR", "\"spine\" lid 3 4xZDR")),
            "x:19: \"4xZDR\" is no width and speed; they look like 4xHDR, from 1xSDR to 12xXDR\n");
  EXPECT_EQ(ibnetdiscover_faults(with(small, "\"spine\" lid 3 4xEDR", "\"spine\" lid 3 5xEDR")).substr(0, 12), "x:19: \"5xEDR");
}

TEST(ImportIbnetdiscover, APortBeforeItsDeviceOrOutOfRangeIsRefused) {
  EXPECT_EQ(ibnetdiscover_faults("[1] \"S-00000000000000c1\"[1] # \"spine\" lid 3 4xHDR\n"),
            "x:1: a port before the device that has it; the file begins in the middle of a block: take the whole dump\n");
  EXPECT_EQ(ibnetdiscover_faults(with(small, "[4]\t\"S-00000000000000b2\"[22]", "[4]\t\"S-00000000000000b2\"[255]")).substr(0, 30),
            "x:26: port 255 of S-0000000000");
}

TEST(ImportIbnetdiscover, NothingIsNoDump) {
  EXPECT_EQ(ibnetdiscover_faults(""), "x: no device in it; give what a tool wrote of a fabric, whole and as it is\n");
  EXPECT_EQ(ibnetdiscover_faults("# nothing\n"), "x: no device in it; give what a tool wrote of a fabric, whole and as it is\n");
}

constexpr std::string_view report = R"(CA   134  1 0x7cfe9003003b4bde 4x EDR - SW  1719 10 0x7cfe9003009ce5b0 ( 'o0001 HCA-1' - ' leaf ' )
SW  1719 10 0x7cfe9003009ce5b0 4x EDR - CA   134  1 0x7cfe9003003b4bde ( ' leaf ' - 'o0001 HCA-1' )
SW  1719 11 0x7cfe9003009ce5b0 4x SDR                                    ' leaf '
SW  1719 12 0x7cfe9003009ce5b0 4x ???                                    leaf
)";

TEST(ImportIbnetdiscover, TheReportOfPortsTellsOfDownPorts) {
  const Survey survey = read_ibnetdiscover(report, "x");
  ASSERT_EQ(survey.devices.size(), 2U);
  EXPECT_EQ(survey.devices[0].host, "o0001");
  EXPECT_EQ(survey.devices[1].name, "leaf");
  EXPECT_EQ(survey.devices[1].kind, DeviceKind::switch_);
  ASSERT_EQ(survey.cables.size(), 1U);
  EXPECT_TRUE(survey.cables[0].reciprocal);
  EXPECT_EQ(survey.cables[0].bandwidth, sim::gigabytes_per_second(12.5));
  EXPECT_EQ(survey.down_ports, (std::vector<DevicePort>{{1, 11}, {1, 12}}));
  EXPECT_EQ(survey.ports_by_lid, (std::map<int, DevicePort>{{134, {0, 1}}, {1719, {1, 0}}}));
}

TEST(ImportIbnetdiscover, AFaultOfTheReportHasItsLine) {
  EXPECT_EQ(ibnetdiscover_faults(with(report, "4x SDR", "4x ZDR")),
            "x:3: \"ZDR\" is no speed; width and speed look like 4x HDR, from 1x SDR to 12x XDR\n");
  EXPECT_EQ(ibnetdiscover_faults(report.substr(0, 50)),
            "x:1: a cable without its other end; the line is cut off or damaged: take the whole dump\n");
  EXPECT_EQ(ibnetdiscover_faults(report.substr(0, 60)),
            "x:1: a cable without the names of its ends; the line is cut off or damaged: take the whole dump\n");
}

// A description is 64 bytes of anything, and a survey is shown on terminals and written into JSON.
TEST(ImportIbnetdiscover, NamesArePrintable) {
  const Survey survey = read_ibnetdiscover(
      "CA    78  1 0x946dae0300630bfe 4x HDR - SW    51 81 0x946dae0300630bf6 ( 'o\x1b[31m HCA-1' - '\xff' )\n"
      "CA    60  1 0x946dae0300630bfe 4x EDR - SW    51 82 0x946dae0300630bf6 ( 'o\x1b[31m HCA-1' - '\xff' )\n",
      "x");
  EXPECT_EQ(survey.devices.at(0).name, "o?[31m HCA-1");
  EXPECT_EQ(survey.devices.at(0).host, "o?[31m");
  EXPECT_EQ(survey.devices.at(1).name, "?");
  for (const Remark& remark : survey.remarks) EXPECT_TRUE(sim::is_printable(remark.text)) << remark.text;
}

TEST(ImportIbnetdiscover, OneGuidWithTwoAddressesIsTwoPorts) {
  const Survey survey =
      read_ibnetdiscover(R"(CA    78  1 0x946dae0300630bfe 4x HDR - SW    51 81 0x946dae0300630bf6 ( 'a HCA-1' - 'leaf-1' )
SW     9 81 0x946dae030053ec1a 4x HDR - CA    60  1 0x946dae0300630bfe ( 'leaf-2' - 'b HCA-1' )
)",
                         "x");
  EXPECT_EQ(survey.devices.size(), 4U);
  EXPECT_EQ(survey.cables.size(), 2U);
  EXPECT_EQ(survey.remarks.at(0).text, "GUID 0x946dae0300630bfe has lid 78 and lid 60: two devices");
}

TEST(ImportIbnetdiscover, AListOfNodesHasNoCables) {
  const Survey survey = read_ibnetdiscover(R"(Ca	 : 0x0002c9030006ba5a ports 2 devid 0x673c vendid 0x2c9 "r-ufm101 HCA-2"
Switch	 : 0xf4521403005764b0 ports 12 devid 0xc738 vendid 0x2c9 "MF0;switch-de779e:SX6012/U1"
)",
                                           "x");
  ASSERT_EQ(survey.devices.size(), 2U);
  EXPECT_EQ(survey.devices[0].host, "r-ufm101");
  EXPECT_EQ(survey.devices[1].ports, 12);
  EXPECT_EQ(survey.devices[1].name, "MF0;switch-de779e:SX6012/U1");
}

// 582 adapters' ports of the spec are 542 and 40 aggregation nodes; its 17 to 20 on a leaf count the aggregation node.
TEST(ImportIbnetdiscover, ARealImperfectFabricIsCountedRightly) {
  const auto text = samples::text_of("ibnetdiscover/topograph-example.out");
  if (!text) GTEST_SKIP() << samples::why_skipped;
  const Survey survey = read_ibnetdiscover(*text, "topograph");
  SurveyFacts found = facts(survey);
  EXPECT_GT(found.rail_purity, 0.98);
  EXPECT_LT(found.rail_purity, 1);  // two servers of management hang on leaves of other rails
  found.rail_purity = 0;
  EXPECT_EQ(found, (SurveyFacts{.switches = 40,
                                .leaves = 31,
                                .adapters = 542,
                                .aggregators = 40,
                                .routers = 0,
                                .hosts = 122 + 69,
                                .unnamed_adapters = 69,
                                .cables_between_switches = 532,
                                .reciprocal_cables = 532,
                                .degraded_cables = 0,
                                .fewest_hosts_on_a_leaf = 16,
                                .most_hosts_on_a_leaf = 19,
                                .fewest_uplinks_of_a_leaf = 14,
                                .most_uplinks_of_a_leaf = 18,
                                .rail_purity = 0}));
  EXPECT_EQ(survey.skipped_lines, 0);
  EXPECT_TRUE(survey.remarks.empty());
}

TEST(ImportIbnetdiscover, SamplesOfOldFabricsAreReadWhole) {
  const std::vector<std::pair<int, std::int64_t>> devices_and_skipped{{6, 0}, {3, 0}, {8, 1}, {2, 0}};
  for (std::size_t i = 0; i < devices_and_skipped.size(); ++i) {
    const auto text = samples::text_of("ibnetdiscover/ibtopotool-" + std::to_string(i + 1) + ".topo");
    if (!text) GTEST_SKIP() << samples::why_skipped;
    const Survey survey = read_ibnetdiscover(*text, "ibtopotool");
    EXPECT_EQ(survey.devices.size(), static_cast<std::size_t>(devices_and_skipped[i].first));
    EXPECT_EQ(survey.skipped_lines, devices_and_skipped[i].second);
    for (const SurveyCable& cable : survey.cables) EXPECT_TRUE(cable.reciprocal);
  }
}

TEST(ImportIbnetdiscover, SamplesOfReportsAreReadWhole) {
  struct Expected {
    const char* name;
    std::size_t devices, cables, down;
  };
  for (const Expected& expected : {Expected{"infiniband_exporter-test.out", 7, 4, 2},
                                   {"infiniband_exporter-test2.out", 8, 3, 3},
                                   {"infiniband_exporter-test3.out", 1, 0, 1}}) {
    const auto text = samples::text_of(std::string("ibnetdiscover/") + expected.name);
    if (!text) GTEST_SKIP() << samples::why_skipped;
    const Survey survey = read_ibnetdiscover(*text, expected.name);
    EXPECT_EQ(survey.devices.size(), expected.devices) << expected.name;
    EXPECT_EQ(survey.cables.size(), expected.cables) << expected.name;
    EXPECT_EQ(survey.down_ports.size(), expected.down) << expected.name;
    EXPECT_EQ(survey.skipped_lines, 0) << expected.name;
  }
}

TEST(ImportIbnetdiscover, Su1IsWhatItsOtherFormatsSay) {
  const auto text = samples::text_of("synthetic/su1/su1.ibnetdiscover");
  if (!text) GTEST_SKIP() << samples::why_skipped;
  const Survey survey = read_ibnetdiscover(*text, "su1");
  EXPECT_EQ(facts(survey), samples::su1());
  EXPECT_EQ(samples::cables_at(survey, sim::gigabytes_per_second(12.5)), 1);
}

}  // namespace
}  // namespace orrery::topology
