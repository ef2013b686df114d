#include "workloads/wire_reader.h"

#include <gtest/gtest.h>

namespace orrery::workloads {
namespace {

TEST(WireReader, FieldsComeAsTheyWereWritten) {
  std::string bytes;
  append_number(bytes, 1, 150);
  append_bytes(bytes, 2, "testing");
  append_number(bytes, 100, ~0ULL);
  bytes += std::string("\x0d\x01\x00\x00\x80", 5) + std::string("\x11\x02\x00\x00\x00\x00\x00\x00\x80", 9);  // of 4 and of 8 bytes
  EXPECT_EQ(bytes.substr(0, 3), "\x08\x96\x01") << "protobuf.dev's own example";
  WireReader reader(bytes);
  EXPECT_EQ(reader.next()->value, 150U);
  EXPECT_EQ(reader.next()->bytes, "testing");
  const auto large = reader.next();
  EXPECT_EQ(large->number, 100U);
  EXPECT_EQ(large->value, ~0ULL);
  EXPECT_EQ(reader.next()->value, 0x80000001U);
  EXPECT_EQ(reader.next()->value, 0x8000000000000002U);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_TRUE(reader.whole());
}

TEST(WireReader, WhatIsCutOffIsNotWhole) {
  std::string bytes;
  append_bytes(bytes, 2, "abc");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    WireReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_FALSE(reader.whole()) << size;
    EXPECT_TRUE(reader.at_end()) << "so that whoever reads on comes to an end";
  }
}

TEST(WireReader, EndlessVarintsAndUnknownTypesAreNotWhole) {
  WireReader endless(std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13));
  EXPECT_FALSE(endless.next().has_value());
  EXPECT_FALSE(endless.whole());
  WireReader group("\x0b");
  EXPECT_FALSE(group.next().has_value());
  EXPECT_FALSE(group.whole());
}

}  // namespace
}  // namespace orrery::workloads
