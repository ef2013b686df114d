#include "report/counted.h"

#include <gtest/gtest.h>

namespace orrery::report {
namespace {

TEST(Counted, OneIsSingularAndThousandsStandApart) {
  EXPECT_EQ(counted(1, "node"), "1 node");
  EXPECT_EQ(counted(0, "node"), "0 nodes");
  EXPECT_EQ(counted(999, "GPU"), "999 GPUs");
  EXPECT_EQ(counted(1'048'576, "GPU"), "1,048,576 GPUs");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(grouped(-1234), "-1,234");
}

}  // namespace
}  // namespace orrery::report
