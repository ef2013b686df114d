#include "report/comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace orrery::report {
namespace {

using namespace sim::literals;

// Two machines. The second is faster and dearer, so neither dominates; a third is slower than the first and costs as much.
std::vector<Compared> three_machines() {
  workloads::FabricFigures first;
  first.topology = "torus";
  first.routing = "minhop";
  first.gpus = 8;
  first.patterns = {{.name = "uniform", .mean = 0.5, .minimum = 0.25, .links = {.p50 = 1, .p90 = 1.5, .most = 4}}};
  first.resiliency = {{.dead = 0.01, .mean = {.mean = 0.5, .least = 0.125, .p10 = 0.25, .p90 = 0.75, .most = 0.875}}};
  first.iteration = 2_s;
  first.usd_per_gpu = 10;
  first.watts_per_gpu = 10;
  workloads::FabricFigures second = first;
  second.iteration = 1_s;
  second.usd_per_gpu = 20;
  second.notes = {"no price: \"x\", they say"};
  workloads::FabricFigures third = first;
  third.iteration = 3_s;
  return {{"torus,dimensions=8x1", first}, {"a \"b\"", second}, {"plain", third}};
}

TEST(Comparison, CsvDoublesQuotesWithinNamesAndNotes) {
  const std::string csv = comparison_csv(three_machines());
  EXPECT_NE(csv.find("\n\"torus,dimensions=8x1\",torus,minhop,\"parts\",\"GPUs\",8,\"\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\n\"a \"\"b\"\"\",torus,minhop,\"parts\",\"GPUs\",8,\"\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\n\"a \"\"b\"\"\",torus,minhop,\"notes\",\"note\",\"no price: \"\"x\"\", they say\",\"\"\n"), std::string::npos)
      << csv;
}

TEST(Comparison, CsvTellsHowLinksAreLoadedAndOfBands) {
  const std::string csv = comparison_csv(three_machines());
  for (const char* line :
       {"\"throughput\",\"uniform, half of the links to\",1,\"links' worth\"\n",
        "\"throughput\",\"uniform, nine tenths to\",1.5,\"links' worth\"\n",
        "\"throughput\",\"uniform, fullest link\",4,\"links' worth\"\n", "\"permutation, cables dead\",\"1 %\",0.5,\"of the NICs' rate\"\n",
        "\"permutation, cables dead\",\"1 %, p10\",0.25,\"of the NICs' rate\"\n",
        "\"permutation, cables dead\",\"1 %, p90\",0.75,\"of the NICs' rate\"\n"}) {
    EXPECT_NE(csv.find(line), std::string::npos) << line << csv;
  }
}

TEST(Comparison, MarksWhatNoOtherDominates) {
  const std::string csv = comparison_csv(three_machines());
  const std::string mark = ",torus,minhop,\"pareto\",\"no other is faster, cheaper and lower in power\",";
  EXPECT_NE(csv.find("\"torus,dimensions=8x1\"" + mark + "1,\"\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"a \"\"b\"\"\"" + mark + "1,\"\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"plain\"" + mark + "0,\"\"\n"), std::string::npos) << csv;
  const std::string text = comparison_text(three_machines(), {});
  EXPECT_NE(text.find("lower in power than: torus,dimensions=8x1, a \"b\"\n"), std::string::npos) << text;
}

TEST(Comparison, TheTableShowsSpreads) {
  const std::string text = comparison_text(three_machines(), {});
  EXPECT_NE(text.find("  half of the links to  1.00 x"), std::string::npos) << text;
  EXPECT_NE(text.find("  nine tenths to        1.50 x"), std::string::npos) << text;
  EXPECT_NE(text.find("50.0 % (25.0..75.0)"), std::string::npos) << text;
}

TEST(Comparison, JsonHoldsTheSame) {
  const auto machine = nlohmann::json::parse(comparison_json(three_machines(), "1.0"))["machines"][1];
  EXPECT_EQ(machine["throughput"][0]["p50_link"], 1);
  EXPECT_EQ(machine["throughput"][0]["p90_link"], 1.5);
  EXPECT_EQ(machine["throughput"][0]["fullest_link"], 4);
  EXPECT_EQ(machine["resiliency"][0]["p10"], 0.25);
  EXPECT_EQ(machine["resiliency"][0]["p90"], 0.75);
  EXPECT_EQ(machine["pareto"], true);
  EXPECT_EQ(machine["notes"][0], "no price: \"x\", they say");
}

}  // namespace
}  // namespace orrery::report
