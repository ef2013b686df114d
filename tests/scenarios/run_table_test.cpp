#include "scenarios/run_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "scenarios/field_reader.h"
#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

/// The measurements in column "time" of a table with these rows, times 1e-3; or what is wrong with them.
std::string measured(const std::string& rows) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "runs.csv") << "nodes,time\n" << rows;
  Document document = parse_document("set.json", R"({"table": {"file": "runs.csv", "set": {"cluster.nodes": "nodes"},
                                                     "measured": {"iteration_seconds": {"column": "time", "times": 0.001}}}})");
  document.directory = folder.path();
  Document part = part_of(document, "/table");
  RunTable table;
  throw_if_any(read(part, {}, table));
  try {
    std::string text;
    for (const MeasuredRun& run : rows_of(table, document, {}))
      text += run.id + " " + std::to_string(run.measured.at("iteration_seconds")) + "\n";
    return text;
  } catch (const sim::Error& error) {
    return std::string(error.what()).substr(folder.path().string().size() + 1);
  }
}

TEST(RunTable, RowsAreRunsAndEmptyFieldsAreNone) { EXPECT_EQ(measured("2,3500\n4,\n\n8,1e3\r\n"), "line 2 3.500000\nline 5 1.000000\n"); }

TEST(RunTable, AMeasurementIsPositive) {
  const std::string remedy = "in column \"time\" is no positive measurement; leave it empty where nothing was measured";
  EXPECT_EQ(measured("2,0\n"), "runs.csv:2: \"0\" " + remedy);
  EXPECT_EQ(measured("2,1\n2,-1\n"), "runs.csv:3: \"-1\" " + remedy);
  EXPECT_EQ(measured("2,1e-323\n"), "runs.csv:2: \"1e-323\" " + remedy);  // times 1e-3 it is nothing
}

}  // namespace
}  // namespace orrery::scenarios
