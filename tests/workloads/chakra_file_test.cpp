#include "workloads/chakra_file.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/workloads/chakra_writer.h"

namespace orrery::workloads {
namespace {

std::string fault_in(std::string_view bytes) {
  try {
    read_chakra_file(bytes, "x");
  } catch (const sim::Error& error) {
    return sim::to_text(error.faults().front());
  }
  return "";
}

TEST(ChakraFile, ThatIsCutOffIsRefusedButBetweenNodes) {
  test::Et et;
  et.node(1, 4).duration(5).number("is_cpu_op", 0);
  const std::size_t one_node = et.bytes().size();
  et.node(2, 7).after({1}).number("comm_type", 0).number("comm_size", 1024);
  const std::string whole = et.bytes();
  EXPECT_EQ(read_chakra_file(whole, "x").nodes.size(), 2U);
  for (std::size_t size = 2; size < whole.size(); ++size) {  // the first byte is the metadata's
    const std::string fault = fault_in(std::string_view(whole).substr(0, size));
    if (size == one_node) {
      EXPECT_EQ(fault, "");
    } else {
      EXPECT_NE(fault.find("the file ends here, or is no Chakra trace"), std::string::npos) << size << ": " << fault;
    }
  }
}

// A varint without end, the start of a group, a list that is longer than the node, one that is cut off, a field without a number.
TEST(ChakraFile, NodesOfBytesThatAreNoFieldsAreRefused) {
  using namespace std::string_view_literals;
  for (const std::string_view node :
       {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, "\x0b"sv, "\x2a\x7f"sv, "\x2a\x01\xff"sv, "\x00\x01"sv}) {
    std::string bytes(1, '\0');
    bytes += static_cast<char>(node.size());
    bytes += node;
    EXPECT_EQ(fault_in(bytes), "x: node 1 of the file: is cut off, or no message; give a whole Chakra trace (.et), or its JSON form");
  }
}

}  // namespace
}  // namespace orrery::workloads
