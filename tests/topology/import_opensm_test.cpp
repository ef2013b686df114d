#include "topology/import_opensm.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_samples.h"

namespace orrery::topology {
namespace {

using samples::with;

std::string opensm_faults(std::string_view text) { return samples::faults(read_opensm_subnet, text); }

// The local end has VenID with 6 digits and DevID with 4, the other end 8 and 8, as OpenSM writes them.
constexpr std::string_view one_cable =
    R"({ SW-SM Ports:29 SystemGUID:00000000000000d1 NodeGUID:00000000000000b1 PortGUID:00000000000000b1 VenID:0002C9 DevID:D2F0 Rev:000000A0 {MF0;leaf:MQM8700/U1} LID:0010 PN:1D } { CA Ports:02 SystemGUID:00000000000000a0 NodeGUID:00000000000000a1 PortGUID:00000000000000a3 VenID:000002C9 DevID:101B0000 Rev:00000000 {n1 HCA-1} LID:000D PN:02 } PHY=4x LOG=ACT SPD=50
{ CA Ports:02 SystemGUID:00000000000000a0 NodeGUID:00000000000000a1 PortGUID:00000000000000a3 VenID:0002C9 DevID:101B Rev:00000000 {n1 HCA-1} LID:000D PN:02 } { SW-SM Ports:29 SystemGUID:00000000000000d1 NodeGUID:00000000000000b1 PortGUID:00000000000000b1 VenID:000002C9 DevID:D2F00000 Rev:000000A0 {MF0;leaf:MQM8700/U1} LID:0010 PN:1D } PHY=4x LOG=ACT SPD=50
)";

TEST(ImportOpensm, BothLinesOfACableAreOneCable) {
  const Survey survey = read_opensm_subnet(one_cable, "x");
  ASSERT_EQ(survey.devices.size(), 2U);
  EXPECT_EQ(survey.devices[0].kind, DeviceKind::switch_);
  EXPECT_EQ(survey.devices[0].name, "MF0;leaf:MQM8700/U1");
  EXPECT_EQ(survey.devices[0].ports, 41);
  EXPECT_EQ(survey.devices[0].system_guid, 0xd1U);
  EXPECT_EQ(survey.devices[1].guid, 0xa1U);
  EXPECT_EQ(survey.devices[1].host, "n1");
  ASSERT_EQ(survey.cables.size(), 1U);
  EXPECT_EQ(survey.cables[0].a, (DevicePort{0, 29}));
  EXPECT_EQ(survey.cables[0].b, (DevicePort{1, 2}));
  EXPECT_TRUE(survey.cables[0].reciprocal);
  EXPECT_EQ(survey.cables[0].bandwidth, sim::gigabytes_per_second(25));
  EXPECT_EQ(survey.ports_by_lid, (std::map<int, DevicePort>{{13, {1, 2}}, {16, {0, 0}}}));
}

TEST(ImportOpensm, ASpeedThatOpensmDoesNotKnowLeavesTheRateOpen) {
  std::string text(one_cable);
  for (std::size_t at = 0; (at = text.find("SPD=50")) != text.npos;) text.replace(at, 6, "SPD=??");
  const Survey survey = read_opensm_subnet(text, "x");
  EXPECT_EQ(survey.cables.at(0).bandwidth, sim::BytesPerSecond{});
  ASSERT_EQ(survey.remarks.size(), 1U);
  EXPECT_EQ(survey.remarks[0].text, "1 cables have no speed here, or one that the tool did not know");
}

TEST(ImportOpensm, APortThatIsDownHasNoCable) {
  std::string text(one_cable.substr(0, one_cable.find('\n') + 1));
  const Survey survey = read_opensm_subnet(with(text, "LOG=ACT", "LOG=DWN"), "x");
  EXPECT_TRUE(survey.cables.empty());
  EXPECT_EQ(survey.down_ports, (std::vector<DevicePort>{{0, 29}}));
}

TEST(ImportOpensm, FaultsHaveTheirLines) {
  EXPECT_EQ(opensm_faults(one_cable.substr(0, one_cable.find(" PN:02 }"))),
            "x:1: a link without its two ends in full; the line is cut off or damaged: take the file that OpenSM wrote\n");
  const std::string first(one_cable.substr(0, one_cable.find('\n') + 1));
  EXPECT_EQ(
      opensm_faults(with(first, "SPD=50", "SPD=51")),
      "x:1: \"4x\" at \"51\" is no width and speed; they look like PHY=4x LOG=ACT SPD=50, with 2.5, 5, 10, FDR10, 14, 25, 50, 100, 200 or "
      "?? for the speed\n");
  EXPECT_EQ(opensm_faults(first.substr(0, first.find(" SPD"))).substr(0, 35), "x:1: a link without width and speed");
  EXPECT_EQ(opensm_faults(first + with(first, "PN:1D", "PN:1E")).substr(0, 57),
            "x:2: port 2 of H-00000000000000a1 (n1 HCA-1) is cabled to");
}

TEST(ImportOpensm, Su1IsWhatItsOtherFormatsSay) {
  const auto text = samples::text_of("synthetic/su1/su1.lst");
  if (!text) GTEST_SKIP() << samples::why_skipped;
  const Survey survey = read_opensm_subnet(*text, "su1");
  EXPECT_EQ(facts(survey), samples::su1());
  EXPECT_EQ(samples::cables_at(survey, sim::gigabytes_per_second(12.5)), 1);
}

}  // namespace
}  // namespace orrery::topology
