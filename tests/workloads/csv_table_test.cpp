#include "workloads/csv_table.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace orrery::workloads {
namespace {

std::string message_of(const std::string& text, const std::function<void(const CsvRow&)>& use) {
  const orrery::test::TemporaryFolder folder;
  const std::string path = folder.path() / "t.csv";
  std::ofstream(path) << text;
  try {
    for_each_row(path, use);
  } catch (const sim::Error& error) {
    const std::string what = error.what();
    return what.substr(what.find("t.csv"));
  }
  return "";
}

TEST(CsvTable, RowsHaveTheirFieldsByName) {
  std::vector<double> numbers;
  std::vector<int> lines;
  const auto use = [&](const CsvRow& row) {
    numbers.push_back(row.number("b"));
    lines.push_back(row.line());
    EXPECT_TRUE(row.has("a"));
    EXPECT_FALSE(row.has("c"));
    EXPECT_FALSE(row.has("d"));
  };
  EXPECT_EQ(message_of("a,b,c\r\nx,1.5,\r\n\r\ny,2e3,\n", use), "");
  EXPECT_EQ(numbers, (std::vector<double>{1.5, 2000}));
  EXPECT_EQ(lines, (std::vector<int>{2, 4}));
}

TEST(CsvTable, AByteOrderMarkIsNoPartOfTheFirstColumn) {
  std::vector<double> numbers;
  EXPECT_EQ(message_of("\xEF\xBB\xBF"
                       "a,b\n1,2\n",
                       [&](const CsvRow& row) { numbers.push_back(row.number("a")); }),
            "");
  EXPECT_EQ(numbers, std::vector<double>{1});
}

TEST(CsvTable, FaultsNameFileAndLine) {
  EXPECT_EQ(message_of("a\nx\n", [](const CsvRow& row) { row.number("a"); }), "t.csv:2: \"x\" is no number; correct column \"a\"");
  EXPECT_EQ(message_of("a\nnan\n", [](const CsvRow& row) { row.number("a"); }), "t.csv:2: \"nan\" is no number; correct column \"a\"");
  EXPECT_EQ(message_of("a\n1.5\n", [](const CsvRow& row) { row.count("a"); }), "t.csv:2: \"1.5\" is no whole number; correct column \"a\"");
  EXPECT_EQ(message_of("a\n1\n", [](const CsvRow& row) { row.text("b"); }), "t.csv:2: has no column \"b\"; is it a table of this kind?");
  EXPECT_EQ(message_of("a,b\n1\n", [](const CsvRow& row) { row.text("b"); }),
            "t.csv:2: the row ends before column \"b\"; is the file whole?");
  EXPECT_EQ(message_of("a\n\"1,2\"\n", [](const CsvRow&) {}), "t.csv:2: holds a quote; write fields without quotes or commas");
}

TEST(CsvTable, WhatIsNotThereIsAnError) {
  EXPECT_THROW(for_each_row("/nowhere/t.csv", [](const CsvRow&) {}), sim::Error);
}

TEST(CsvTable, OnlyPlainFilesAreRead) {
  // /dev/zero is one line without end.
  for (const char* path : {"/dev/zero", "/tmp"}) {
    try {
      for_each_row(path, [](const CsvRow&) {});
      ADD_FAILURE() << path;
    } catch (const sim::Error& error) {
      EXPECT_EQ(error.what(), std::string(path) + ": is not a plain file; name a CSV file");
    }
  }
}

}  // namespace
}  // namespace orrery::workloads
