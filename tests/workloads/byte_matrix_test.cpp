#include "workloads/byte_matrix.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

std::string fault_of_matrix(const std::string& text) {
  try {
    read_byte_matrix(text, "moe.csv");
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "none";
}

TEST(ByteMatrix, ARowIsASenderAndAColumnAReceiver) {
  // Rank 0 keeps 7, sends 100 and 50; rank 1 receives 100 and sends 30; nothing leaves rank 2, and 70 enter it.
  const ByteMatrix matrix = read_byte_matrix("7,100,50\n10,0,20\n0,0,0\n", "moe.csv");
  EXPECT_EQ(matrix.name, "matrix moe.csv");
  EXPECT_EQ(matrix.ranks, 3);
  EXPECT_EQ(matrix.at(0, 1).count, 100);
  EXPECT_EQ(matrix.at(1, 0).count, 10);
  EXPECT_EQ(matrix.most_sent().count, 157) << "with what it keeps, as nccl-tests counts a buffer";
  EXPECT_EQ(matrix.most_through().count, 150) << "without";
  EXPECT_EQ(matrix.longest().count, 100);
  EXPECT_EQ(read_byte_matrix("0,0\n9,0\n", "a").most_through().count, 9) << "a column too";
  EXPECT_EQ(read_byte_matrix("8,0\n0,8\n", "a").longest().count, 0) << "nothing leaves";
}

TEST(ByteMatrix, NumbersAreAsSpreadsheetsAndNumPyWriteThem) {
  const ByteMatrix matrix = read_byte_matrix("\xEF\xBB\xBF 0 , 1.048576e+06\r\n\r\n1125899906842624,0.0", "m.csv");
  EXPECT_EQ(matrix.bytes, (std::vector<std::int64_t>{0, 1048576, std::int64_t{1} << 50, 0}));
  EXPECT_EQ(read_byte_matrix("5", "one.csv").ranks, 1);
  EXPECT_EQ(read_byte_matrix("5", "runs/one.csv").name, "matrix one.csv");
}

TEST(ByteMatrix, FaultsAreToldWithLineFaultAndRemedy) {
  const std::string form = "; write a row a sender and a column a receiver, in bytes, without a heading";
  EXPECT_EQ(fault_of_matrix(""), "moe.csv: is empty" + form);
  EXPECT_EQ(fault_of_matrix("to 0,to 1\n"), "moe.csv:1: \"to 0\" is no number of bytes" + form);
  EXPECT_EQ(fault_of_matrix("0,\n"), "moe.csv:1: \"\" is no number of bytes" + form);
  EXPECT_EQ(fault_of_matrix("0,nan\n"), "moe.csv:1: \"nan\" is no number of bytes" + form);
  EXPECT_EQ(fault_of_matrix("0,4 KiB\n"), "moe.csv:1: \"4 KiB\" is no number of bytes" + form);
  EXPECT_EQ(fault_of_matrix("0,\x1b[31m\n"), "moe.csv:1: \"?[31m\" is no number of bytes" + form);
  EXPECT_EQ(fault_of_matrix("0,1\n-5,0\n"), "moe.csv:2: \"-5\" is negative; write 0 where nothing is sent");
  EXPECT_EQ(fault_of_matrix("0,1\n\n0.5,0\n"), "moe.csv:3: \"0.5\" is no whole number of bytes; write bytes");
  EXPECT_EQ(fault_of_matrix("0,1125899906842625\n"), "moe.csv:1: \"1125899906842625\" is more than a petabyte; write bytes");
  EXPECT_EQ(fault_of_matrix("0,1e999\n"), "moe.csv:1: \"1e999\" is more than a petabyte; write bytes");
  EXPECT_EQ(fault_of_matrix("1125899906842624,1\n"), "moe.csv:1: the row's sum is more than a petabyte; write bytes");
  EXPECT_EQ(fault_of_matrix("0,1\n2,3,4\n"), "moe.csv:2: has 3 columns, the first row has 2" + form);
  EXPECT_EQ(fault_of_matrix("0,1\n2,3\n4,5\n"), "moe.csv:3: is row 3 of 2 columns" + form);
  EXPECT_EQ(fault_of_matrix("0,1,2\n2,3,4\n"), "moe.csv:2: ends after 2 rows of 3 columns" + form);
  EXPECT_EQ(fault_of_matrix(std::string(max_matrix_ranks, ',') + "\n"), "moe.csv:1: has 1025 columns; write 1024 at most");
}

TEST(ByteMatrix, AnImbalanceHasOneHotReceiver) {
  // 4 ranks with 12 elements each, of 2 bytes: 1.5 times 3 are 4 whole ones, and 8 are left for 3.
  const ByteMatrix matrix = byte_matrix(Imbalance{1.5}, {.ranks = 4, .count = 3, .element = {2}});
  EXPECT_EQ(matrix.name, "imbalance 1.5");
  for (int from = 0; from < 4; ++from) {
    EXPECT_EQ(matrix.at(from, 0).count, 8);
    EXPECT_EQ(matrix.at(from, 1).count, 6);
    EXPECT_EQ(matrix.at(from, 2).count, 6);
    EXPECT_EQ(matrix.at(from, 3).count, 4);
  }
  EXPECT_EQ(byte_matrix(Imbalance{1}, {.ranks = 2, .count = 3, .element = {2}}).bytes, (std::vector<std::int64_t>{6, 6, 6, 6}));
  EXPECT_EQ(byte_matrix(Imbalance{2}, {.ranks = 2, .count = 3, .element = {2}}).bytes, (std::vector<std::int64_t>{12, 0, 12, 0}));
  EXPECT_EQ(byte_matrix(Imbalance{1}, {.ranks = 1, .count = 3, .element = {2}}).bytes, (std::vector<std::int64_t>{6}));
  EXPECT_THROW(byte_matrix(Imbalance{2.01}, {.ranks = 2, .count = 3, .element = {2}}), sim::Error);
  EXPECT_THROW(byte_matrix(Imbalance{1}, {.ranks = max_matrix_ranks + 1, .count = 1}), sim::Error);
}

TEST(ByteMatrix, AMatrixIsOfItsRanks) {
  const ByteMatrix given = read_byte_matrix("0,1\n2,0\n", "moe.csv");
  EXPECT_EQ(byte_matrix(given, {.ranks = 2}).bytes, given.bytes);
  try {
    byte_matrix(given, {.ranks = 8});
    ADD_FAILURE() << "a matrix of 2 for 8";
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(), "matrix moe.csv: is of 2 ranks, here are 8; take as many nodes and GPUs of each as it is of");
  }
}

}  // namespace
}  // namespace orrery::workloads
