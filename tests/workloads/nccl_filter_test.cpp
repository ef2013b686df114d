#include "workloads/nccl_filter.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "workloads/collective_plan.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

bool allows(const char* algorithms, const char* protocols, CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol) {
  return parse_nccl_filter(algorithms, protocols).allows(kind, algorithm, protocol);
}

TEST(NcclFilter, NothingSaidLetsEverythingThrough) {
  for (const NcclFilter& filter : {NcclFilter(), parse_nccl_filter("", "")}) {
    EXPECT_TRUE(filter.allows(CollectiveKind::all_reduce, NcclAlgorithm::nvls, Protocol::simple));
    EXPECT_TRUE(filter.allows(CollectiveKind::barrier, NcclAlgorithm::ring, Protocol::ll128));
    EXPECT_FALSE(filter.insists_on_ll128(CollectiveKind::all_reduce));
  }
}

TEST(NcclFilter, AListHoldsForAllButThoseWithTheirOwn) {
  const NcclFilter filter = parse_nccl_filter("ring,tree;allreduce:tree", "^LL");
  EXPECT_TRUE(filter.allows(CollectiveKind::all_reduce, NcclAlgorithm::tree, Protocol::simple));
  EXPECT_FALSE(filter.allows(CollectiveKind::all_reduce, NcclAlgorithm::ring, Protocol::simple));
  EXPECT_FALSE(filter.allows(CollectiveKind::barrier, NcclAlgorithm::ring, Protocol::simple));
  EXPECT_TRUE(filter.allows(CollectiveKind::all_gather, NcclAlgorithm::ring, Protocol::ll128));
  EXPECT_FALSE(filter.allows(CollectiveKind::all_gather, NcclAlgorithm::pat, Protocol::simple));
  EXPECT_FALSE(filter.allows(CollectiveKind::all_gather, NcclAlgorithm::ring, Protocol::ll));
}

TEST(NcclFilter, AnotherCollectivesListLeavesTheRestFree) {
  EXPECT_FALSE(allows("Broadcast:^Ring", "", CollectiveKind::broadcast, NcclAlgorithm::ring, Protocol::ll));
  EXPECT_TRUE(allows("Broadcast:^Ring", "", CollectiveKind::reduce, NcclAlgorithm::ring, Protocol::ll));
}

TEST(NcclFilter, CapitalsDoNotMatter) {
  EXPECT_TRUE(allows("CollNetDirect,NVLS", "SIMPLE", CollectiveKind::all_reduce, NcclAlgorithm::collnet_direct, Protocol::simple));
  EXPECT_FALSE(allows("CollNetDirect,NVLS", "SIMPLE", CollectiveKind::all_reduce, NcclAlgorithm::collnet_direct, Protocol::ll));
}

TEST(NcclFilter, WhoListsProtocolsAndLeavesLl128InInsistsOnIt) {
  EXPECT_TRUE(parse_nccl_filter("", "LL128").insists_on_ll128(CollectiveKind::all_gather));
  EXPECT_TRUE(parse_nccl_filter("", "^LL").insists_on_ll128(CollectiveKind::all_gather));
  EXPECT_FALSE(parse_nccl_filter("", "^LL128").insists_on_ll128(CollectiveKind::all_gather));
  EXPECT_FALSE(parse_nccl_filter("", "allreduce:LL128").insists_on_ll128(CollectiveKind::all_gather));
  EXPECT_TRUE(parse_nccl_filter("", "^LL128;allreduce:LL128").insists_on_ll128(CollectiveKind::all_reduce));
}

std::string fault_of(const char* algorithms, const char* protocols) {
  try {
    parse_nccl_filter(algorithms, protocols);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "none";
}

TEST(NcclFilter, SlipsAreNamedWithPlaceAndRemedy) {
  EXPECT_EQ(fault_of("rings", ""), "NCCL_ALGO: \"rings\" is unknown; did you mean ring?");
  EXPECT_EQ(fault_of("", "LL64"), "NCCL_PROTO: \"LL64\" is unknown; NCCL knows ll, ll128, simple");
  EXPECT_EQ(fault_of("allreduced:ring", ""), "NCCL_ALGO: \"allreduced\" is unknown; did you mean allreduce?");
  EXPECT_EQ(fault_of("ring,", ""), "NCCL_ALGO: a word is missing; NCCL knows tree, ring, collnetdirect, collnetchain, nvls, nvlstree, pat");
  EXPECT_EQ(fault_of("", "^"), "NCCL_PROTO: a word is missing; NCCL knows ll, ll128, simple");
  EXPECT_EQ(fault_of("allreduce:tree;ring", ""),
            "NCCL_ALGO: \"ring\" would undo the lists before it; put a collective before it: allreduce:ring");
}

TEST(NcclFilter, TakesTheNamesThatArePrinted) {
  for (int a = 0; a < nccl_algorithm_count; ++a) {
    const auto algorithm = static_cast<NcclAlgorithm>(a);
    const NcclFilter filter = parse_nccl_filter(std::string(name_of(algorithm_of(algorithm))), "");
    for (int b = 0; b < nccl_algorithm_count; ++b) {
      EXPECT_EQ(filter.allows(CollectiveKind::all_reduce, static_cast<NcclAlgorithm>(b), Protocol::simple), a == b) << a << ", " << b;
    }
  }
  EXPECT_FALSE(parse_nccl_filter("all_reduce:tree", "").allows(CollectiveKind::all_reduce, NcclAlgorithm::ring, Protocol::simple));
}

}  // namespace
}  // namespace orrery::workloads
