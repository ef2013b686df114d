#include "report/page/explanation_page.h"

#include <gtest/gtest.h>

#include "report/page/influences_section.h"
#include "report/page/users_section.h"
#include "tests/committed.h"

namespace orrery::report {
namespace {

using namespace sim::literals;

// An iteration of 10 s, of which the network costs 4 s and kernels 5 s.
workloads::Influences of_ten_seconds() {
  using workloads::Part;
  return {.iteration = 10_s,
          .parts = {{.part = Part::matrix_units, .freed = 5_s, .better = 9_s, .worse = 11_s},
                    {.part = Part::network_bandwidth, .freed = 6_s, .better = 9_s, .worse = 12_s}},
          .constants = {{.constant = {"calibration.gemm.launch", "matrix products", "4.00 us"}, .larger = 11_s, .smaller = 9_s},
                        {.constant = {"calibration.noise.kernels", "noise", "0.013"}, .larger = 10_s, .smaller = 10_s}}};
}

TEST(InfluencesSection, BarsAreWhatEachChangeMakesOfTheIteration) {
  const Section section = parts_section(of_ten_seconds());
  EXPECT_EQ(section.chart.at("series").dump(), R"(["at no cost","10 % better","10 % worse"])");
  EXPECT_EQ(section.chart.at("rows")[0].dump(), R"({"name":"matrix units","seconds":[-5.0,-1.0,1.0]})");
  EXPECT_EQ(section.chart.at("rows")[1].dump(), R"({"name":"network bandwidth","seconds":[-4.0,-1.0,2.0]})");
  EXPECT_EQ(section.table->rows[1],
            (std::vector<std::string>{"network bandwidth", "bandwidth between nodes", "6.00 s", "-40.00 %", "-10.00 %", "+20.00 %"}));
}

TEST(InfluencesSection, ConstantsOfWhichNothingComesAreInTheTableAlone) {
  const Section section = constants_section(of_ten_seconds());
  ASSERT_EQ(section.chart.at("rows").size(), 1U);
  EXPECT_EQ(section.chart.at("rows")[0].dump(), R"({"name":"gemm.launch","seconds":[1.0,-1.0]})");
  ASSERT_EQ(section.table->rows.size(), 2U);
  EXPECT_EQ(section.table->rows[0],
            (std::vector<std::string>{"calibration.gemm.launch", "matrix products", "4.00 us", "+10.00 %", "-10.00 %"}));
}

TEST(UsersSection, EveryLinkHasAColumnForEachUser) {
  workloads::UsedLink nvlink{.use = {.name = "NVLink out", .utilization = 0.5, .bytes = 3_GB}};
  nvlink.by_label = {{"tensor", 2_GB}, {"data", 1_GB}};
  workloads::UsedLink nic{.use = {.name = "nic", .utilization = 0.25, .bytes = 1_GB}};
  nic.by_label = {{"pipeline_transfer", 1_GB}};
  const Section section = users_section({nvlink, nic});
  EXPECT_EQ(section.chart.at("labels").dump(), R"(["tensor","data","pipeline transfer"])");
  EXPECT_EQ(section.chart.at("links")[0].at("bytes").dump(), "[2000000000,1000000000,0]");
  EXPECT_EQ(section.chart.at("links")[1].at("bytes").dump(), "[0,0,1000000000]");
  EXPECT_EQ(section.table->rows[0], (std::vector<std::string>{"NVLink out", "50.0 %", "3.00 GB", "2.00 GB", "1.00 GB", ""}));
  EXPECT_TRUE(users_section({}).chart.is_null()) << "nothing moves";
}

TEST(ExplanationPage, BeginsWithWhatWouldGiveMostAndEndsWithTheCommand) {
  const scenarios::Scenario scenario =
      scenarios::read_scenario(std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples/gpt3-175b.json", {}, committed::library());
  ExplanationReport report{.version = "1", .scenario = scenario, .overrides = {}, .why = {}, .validity = {}};
  report.why.iteration.iteration = 10_s;
  report.why.iteration.breakdown = {{"compute", 10_s}};
  report.why.parts = of_ten_seconds();
  const std::string page = explanation_page(report, "orrery explain gpt3-175b --out why", "");
  const auto at = [&](const std::string& words) { return page.find(words); };
  EXPECT_NE(
      at("An iteration takes 10.0 s. What would give most: the GPUs&#39; matrix units. At no cost they would leave 5.00 s, 50.0 % less."),
      page.npos);
  EXPECT_NE(at("After that: bandwidth between nodes (40.0 % less)."), page.npos);
  EXPECT_NE(at("calibration.gemm.launch (4.00 us): an error of 10 % in it moves the answer by 10.0 %."), page.npos);
  EXPECT_NE(at("measured rows, median error"), page.npos) << "what the calibration holds for";
  EXPECT_LT(at("id=\"verdict\""), at("id=\"parts\""));
  EXPECT_LT(at("id=\"assumptions\""), at("orrery explain gpt3-175b --out why"));
}

}  // namespace
}  // namespace orrery::report
