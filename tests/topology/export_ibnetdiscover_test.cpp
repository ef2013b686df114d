#include "topology/export_ibnetdiscover.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "tests/topology/fabric_samples.h"
#include "topology/import_ibnetdiscover.h"
#include "topology/read_survey.h"

namespace orrery::topology {
namespace {

void expect_same(const Survey& a, const Survey& b) {
  ASSERT_EQ(a.devices.size(), b.devices.size());
  const auto told = [](const Device& d) {
    return std::tie(d.kind, d.guid, d.system_guid, d.name, d.ports, d.lid, d.lmc, d.host, d.adapter);
  };
  for (std::size_t i = 0; i < a.devices.size(); ++i) EXPECT_EQ(told(a.devices[i]), told(b.devices[i])) << i;
  ASSERT_EQ(a.cables.size(), b.cables.size());
  for (std::size_t i = 0; i < a.cables.size(); ++i) {
    EXPECT_EQ(a.cables[i].a, b.cables[i].a) << i;
    EXPECT_EQ(a.cables[i].b, b.cables[i].b) << i;
    EXPECT_EQ(a.cables[i].bandwidth, b.cables[i].bandwidth) << i;
    EXPECT_EQ(a.cables[i].reciprocal, b.cables[i].reciprocal) << i;
  }
  EXPECT_EQ(a.ports_by_lid, b.ports_by_lid);
}

Survey again(const Survey& survey) { return read_ibnetdiscover(ibnetdiscover_text(survey), "again"); }

TEST(ExportIbnetdiscover, WhatIsWrittenIsReadAsTheSameSurvey) {
  const Survey survey = read_ibnetdiscover(samples::small, "x");
  expect_same(survey, again(survey));
}

TEST(ExportIbnetdiscover, DevicesWithoutAGuidGetOne) {
  Survey survey;
  survey.devices = {
      {.kind = DeviceKind::switch_, .guid = 0x0002c9ff00000000, .name = "leaf\nzero"}, {.name = "n1 mlx5_0"}, {.name = "n2 mlx5_0"}};
  survey.cables = {{.a = {0, 1}, .b = {1, 1}, .bandwidth = sim::gigabytes_per_second(24.6)},
                   {.a = {0, 2}, .b = {2, 1}, .bandwidth = sim::gigabytes_per_second(25), .reciprocal = false}};
  const Survey found = again(survey);
  ASSERT_EQ(found.devices.size(), 3U);
  EXPECT_EQ(found.devices[0].name, "leaf zero");
  std::set<std::uint64_t> guids;
  for (const Device& device : found.devices) guids.insert(device.guid);
  EXPECT_EQ(guids.size(), 3U);
  ASSERT_EQ(found.cables.size(), 2U);
  EXPECT_EQ(found.cables[0].bandwidth, sim::BytesPerSecond{});
  EXPECT_EQ(found.cables[1].bandwidth, sim::gigabytes_per_second(25));
  EXPECT_TRUE(found.cables[1].reciprocal);
}

TEST(ExportIbnetdiscover, EverySampleComesBack) {
  for (const char* name : {"ibnetdiscover/ibtopotool-1.topo", "ibnetdiscover/ibtopotool-3.topo", "ibnetdiscover/topograph-example.out",
                           "synthetic/su1/su1.ibnetdiscover"}) {
    const auto text = samples::text_of(name);
    if (!text) GTEST_SKIP() << samples::why_skipped;
    SCOPED_TRACE(name);
    const Survey survey = read_survey(*text, name);
    expect_same(survey, again(survey));
  }
}

}  // namespace
}  // namespace orrery::topology
