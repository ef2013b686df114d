// Traces as a user brings them: files in, a Program out, what was let pass on stderr, and exit codes.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using test::orrery;

const std::string exchange = "num_ranks 2\nrank 0 {\ns: send 1000b to 1 nic 1\n}\nrank 1 {\nrecv 1000b from 0\n}\n";

class ImportOfTraces : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
    return name;
  }
  test::Outcome in_folder(const std::string& arguments) const { return orrery(arguments, folder.path()); }

  const orrery::test::TemporaryFolder folder;
};

TEST_F(ImportOfTraces, AScheduleIsImportedAndRun) {
  write("x.goal", exchange);
  const auto imported = in_folder("import goal x.goal -o x.program");
  EXPECT_EQ(imported.exit, 0);
  EXPECT_EQ(imported.error, "orrery: let pass: 1 messages on a NIC other than 0 (the machine chooses)\n");
  EXPECT_EQ(imported.out, "");
  EXPECT_EQ(in_folder("import goal x.goal").out.substr(0, 24), "orrery-program 1\nname \"x");
  const auto run = in_folder("run x.program --cluster mt-nlg-530b --json");
  ASSERT_EQ(run.exit, 0) << run.error;
  EXPECT_GT(nlohmann::json::parse(run.out)["result"]["iteration_seconds"].get<double>(), 0);
}

TEST_F(ImportOfTraces, WhatIsExportedAndImportedRunsInTheSameTime) {
  const std::string job = "gpt3-175b --set workload.parallelism.data=1 --set workload.parallelism.tensor=2 --set workload.global_batch=4";
  const auto exported = in_folder("export chakra " + job + " -o traces/x");
  ASSERT_EQ(exported.exit, 0) << exported.error;
  EXPECT_EQ(exported.error, "orrery: written: traces/x.0.et to traces/x.15.et, and their process groups, traces/x.groups.json\n");
  ASSERT_EQ(in_folder("program " + job + " -o before.program").exit, 0);
  const auto imported = in_folder("import chakra traces/x.*.et -o after.program");
  EXPECT_EQ(imported.exit, 0);
  EXPECT_EQ(imported.error, "");
  const auto result_of = [&](const std::string& program) {
    return nlohmann::json::parse(
        in_folder("run " + program + " --cluster gpt3-175b --set 'software.host_per_kernel=\"0 us\"' --json").out)["result"];
  };
  const auto before = result_of("before.program");
  const auto after = result_of("after.program");
  for (const char* key : {"iteration_seconds", "bounds_seconds", "busiest_links"}) EXPECT_EQ(after[key], before[key]) << key;
}

TEST_F(ImportOfTraces, WhatCannotEndExitsWithTwo) {
  write("x.goal", "num_ranks 2\nrank 0 {\nrecv 8b from 1\n}\nrank 1 {\n}\n");
  const auto refused = in_folder("import goal x.goal -o x.program");
  EXPECT_EQ(refused.exit, 2);
  EXPECT_EQ(refused.error.find("orrery: x.goal: cannot end: rank 0, line 3: receive of 8 bytes from rank 1 with tag 0 finds no send"), 0U)
      << refused.error;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "x.program"));
}

TEST_F(ImportOfTraces, OptionsOfOtherFormatsAndUnknownOnesAreRefused) {
  write("x.goal", exchange);
  EXPECT_EQ(in_folder("import goal x.goal --ranks 4").error, "orrery: --ranks: is not an option of goal; leave it out\n");
  EXPECT_EQ(in_folder("import goal x.goal x.goal").error, "orrery: x.goal: is a second file; goal is read from one; give one\n");
  EXPECT_EQ(in_folder("import goal x.goal --eager 0").exit, 0);
  EXPECT_EQ(in_folder("import goal none.goal").exit, 2);
  EXPECT_EQ(in_folder("import nsight x.goal").exit, 2);
  EXPECT_EQ(in_folder("import chakra x.goal --comm-size half").exit, 2);
  EXPECT_EQ(in_folder("import chakra x.goal").exit, 2) << "no Chakra trace";
  EXPECT_EQ(in_folder("export goal mt-nlg-530b -o x").exit, 2);
  EXPECT_EQ(in_folder("export chakra none.program -o x").exit, 2);
}

TEST_F(ImportOfTraces, AHostTraceIsNotAvailable) {
  write("x.json", R"({"schema": "1.1.0-chakra.0.0.4", "nodes": []})");
  EXPECT_EQ(in_folder("import chakra x.json").exit, 6);
}

}  // namespace
}  // namespace orrery::cli
