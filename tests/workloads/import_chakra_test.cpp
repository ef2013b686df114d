#include "workloads/import_chakra.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/program_text.h"
#include "tests/workloads/chakra_writer.h"
#include "tests/workloads/one_switch.h"
#include "workloads/trace_program.h"

namespace orrery::workloads {
namespace {

using sim::Duration;
using test::Et;
using test::OneSwitch;
using namespace sim::literals;

constexpr std::uint64_t metadata = 1;
constexpr std::uint64_t comp = 4;
constexpr std::uint64_t comm_send = 5;
constexpr std::uint64_t comm_recv = 6;
constexpr std::uint64_t comm_coll = 7;

ImportedProgram imported(const std::vector<Et>& ranks, const ChakraOptions& options = {}) {
  std::vector<ChakraSource> sources;
  for (std::size_t r = 0; r < ranks.size(); ++r) sources.push_back({"x." + std::to_string(r) + ".et", ranks[r].bytes()});
  return program_of_trace(read_chakra(sources, options));
}

Duration time_of(const std::vector<Et>& ranks, const ChakraOptions& options = {}) {
  const sim::Program program = imported(ranks, options).program;
  return OneSwitch(program.ranks).end_of(program);
}

std::string refusal_of(const std::vector<ChakraSource>& sources, const ChakraOptions& options = {}) {
  try {
    program_of_trace(read_chakra(sources, options));
  } catch (const sim::Error& error) {
    return sim::to_text(error.faults().front());
  }
  return "";
}

std::string refusal(const std::vector<Et>& ranks, const ChakraOptions& options = {}) {
  std::vector<ChakraSource> sources;
  for (std::size_t r = 0; r < ranks.size(); ++r) sources.push_back({"x." + std::to_string(r) + ".et", ranks[r].bytes()});
  return refusal_of(sources, options);
}

/// The lines of the first role's streams.
std::string streams_of_first_role(const ImportedProgram& made) {
  const std::string text = sim::text_of(made.program);
  const std::size_t begin = text.find("  stream ");
  return text.substr(begin, text.find("\nrole ", begin) - begin);
}

const std::string no_start = "nodes without a start time (what is ready first runs first)";

TEST(ImportChakra, TheHostAndTheDeviceRunSideBySide) {
  // Host 5 us, which launches 20 us on the device, and 7 us more: 5 + 20.
  Et et;
  et.node(1, comp).duration(5).number("is_cpu_op", 1, 27).number("tid", 3);
  et.node(2, comp).duration(20).after({1}).number("is_cpu_op", 0, 27).number("tid", 7);
  et.node(3, comp).duration(7).after({1}).number("is_cpu_op", 1, 7).number("tid", 3);
  EXPECT_EQ(time_of({et}), 25_us);
  EXPECT_EQ(streams_of_first_role(imported({et})),
            "  stream stream7\n    wait 0\n    compute: pause 20000000ps\n"
            "  stream host3\n    host: pause 5000000ps\n    record 0\n    host: pause 7000000ps\n");
}

TEST(ImportChakra, WithoutStartTimesWhatIsReadyFirstRunsFirst) {
  // Node 1 waits for 3, so 2 and 3 go before it on their one stream.
  Et et;
  et.node(1, comp).duration(1).after({3});
  et.node(2, comp).duration(2);
  et.node(3, comp).duration(3);
  EXPECT_EQ(streams_of_first_role(imported({et})),
            "  stream stream0\n    compute: pause 2000000ps\n    compute: pause 3000000ps\n    compute: pause 1000000ps\n");
  EXPECT_EQ(imported({et}).tolerated, std::vector<std::string>{"3 " + no_start});
}

TEST(ImportChakra, StartTimesGiveTheOrderOfAStream) {
  // 2 ran before 1, though 1 could have begun at once while 2 waits for the host.
  Et et;
  et.node(1, comp).duration(1).start(90);
  et.node(2, comp).duration(2).start(50).after({3});
  et.node(3, comp).duration(10).start(10).number("is_cpu_op", 1);
  EXPECT_EQ(time_of({et}), 13_us);
  EXPECT_TRUE(imported({et}).tolerated.empty());
}

TEST(ImportChakra, ADependencyAgainstTheStartTimesIsFollowedAndCounted) {
  Et et;
  et.node(1, comp).duration(1).start(10).after({2});
  et.node(2, comp).duration(2).start(20);
  EXPECT_EQ(time_of({et}), 3_us);
  EXPECT_EQ(imported({et}).tolerated,
            std::vector<std::string>{"1 operations that start before earlier ones of their stream, which depend on what comes later"});
}

TEST(ImportChakra, WhatIsOnlyCountedBecomesAKernel) {
  Et et;
  et.node(1, comp).number("num_ops", 1000000, 13).number("tensor_size", 4096, 9);
  et.node(2, comp).number("tensor_size", 512, 11);
  EXPECT_EQ(
      streams_of_first_role(imported({et})),
      "  stream stream0\n    compute: counted fp16 operations=1000000 bytes=4096\n    compute: counted fp16 operations=0 bytes=512\n");
}

TEST(ImportChakra, AttributesComeInAnyTypeOrWithoutAValue) {
  // Zigzag 4 is 2, an all-gather; an attribute without a value is none.
  Et et;
  et.node(1, comm_coll).number("comm_type", 4, 17).number("comm_size", 100, 7).empty("pg_name");
  et.node(2, comm_coll).number("comm_type", 5, 13).empty("comm_size").after({1});
  const auto program = imported({et, et}).program;
  EXPECT_NE(sim::text_of(program).find("all_gather int8 100 c0"), std::string::npos);
  EXPECT_NE(sim::text_of(program).find("broadcast int8 1 c0"), std::string::npos);
}

TEST(ImportChakra, CommSizeIsTheInputTheShardOrTheWhole) {
  const auto lines_with = [](CommSize sense) {
    std::vector<Et> ranks(4);
    for (Et& et : ranks) {
      et.node(1, comm_coll).number("comm_type", 0).number("comm_size", 4000);
      et.node(2, comm_coll).number("comm_type", 2).number("comm_size", 4000).after({1});
      et.node(3, comm_coll).number("comm_type", 7).number("comm_size", 4000).after({2});
      et.node(4, comm_coll).number("comm_type", 6).number("comm_size", 4000).after({3});
      et.node(5, comm_coll).number("comm_type", 9).after({4});
    }
    return streams_of_first_role(imported(ranks, {.comm_size = sense}));
  };
  const auto expected = [](const std::string& gathered, const std::string& scattered) {
    return "  stream collectives0\n    collective: all_reduce int8 4000 c0\n    collective: all_gather int8 " + gathered +
           " c0\n    collective: reduce_scatter int8 " + scattered +
           " c0\n    collective: all_to_all int8 4000 c0\n    collective: barrier int8 0 c0\n";
  };
  EXPECT_EQ(lines_with(CommSize::input), expected("4000", "1000"));
  EXPECT_EQ(lines_with(CommSize::shard), expected("4000", "4000"));
  EXPECT_EQ(lines_with(CommSize::whole), expected("1000", "1000"));
}

TEST(ImportChakra, GroupsAlikeAreOneCommunicatorAndRanksAlikeOneRole) {
  std::vector<Et> ranks(4);
  for (std::size_t r = 0; r < 4; ++r) {
    ranks[r].node(1, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", r < 2 ? "low" : "high");
    ranks[r].node(2, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", r % 2 == 0 ? "even" : "odd").after({1});
  }
  const sim::Program program =
      imported(ranks, {.groups = R"({"low": [0, 1], "high": [2, 3], "even": [0, 2], "odd": [1, 3]})", .groups_name = "g.json"}).program;
  ASSERT_EQ(program.communicators.size(), 2U);
  EXPECT_EQ(program.communicators[0], (sim::Communicator{"c0", {.first = 0, .extents = {{2, 1}}}, {{2, 2}}})) << "of even and odd";
  EXPECT_EQ(program.communicators[1], (sim::Communicator{"c1", {.first = 0, .extents = {{2, 2}}}, {{2, 1}}}));
  EXPECT_EQ(program.roles.size(), 1U);
}

TEST(ImportChakra, PyTorchsProcessGroupsAreRead) {
  std::vector<Et> ranks(3);
  for (std::size_t r = 0; r < 2; ++r) {
    ranks[r].node(1, metadata).named("## process_group:init ##").inputs(R"(['[{"pg_name": "7", "ranks": [0, 1], "group_size": 2}]'])");
    ranks[r].node(2, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", "7");
  }
  EXPECT_EQ(imported(ranks).program.communicators.front().members, (std::vector<sim::Extent>{{2, 1}})) << "not all three";
}

TEST(ImportChakra, EmptyRanksOfAProcessGroupAreAll) {
  std::vector<Et> ranks(2);
  for (Et& et : ranks) {
    et.node(1, metadata).named("## process_group:init ##").inputs(R"(["[{\"pg_name\": \"0\", \"ranks\": [], \"group_size\": 2}]"])");
    et.node(2, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", "0");
  }
  EXPECT_EQ(imported(ranks).program.communicators.front().members, (std::vector<sim::Extent>{{2, 1}}));
}

TEST(ImportChakra, MessagesMeetBySourceDestinationAndTag) {
  // 0 sends 1,000 bytes and, when they have gone, calculates 9 us; 1 receives while it calculates 4 us and then works 5 us: 15 + 9.
  std::vector<Et> ranks(2);
  ranks[0].node(1, comm_send).number("comm_dst", 1).number("comm_size", 1000).number("comm_tag", 5);
  ranks[0].node(2, comp).duration(9).after({1});
  ranks[1].node(1, comp).duration(4);
  ranks[1].node(2, comm_recv).number("comm_src", 0).number("comm_size", 1000).number("comm_tag", 5).after({1});
  ranks[1].node(3, comp).duration(5).after({2});
  EXPECT_EQ(time_of(ranks), 24_us);
  // Where sends wait for receives the message begins at 4.
  EXPECT_EQ(time_of(ranks, {.eager = {999}}), 28_us);
}

TEST(ImportChakra, OneFileCanStandForAllRanks) {
  Et et;
  et.node(1, comp).duration(5);
  et.node(2, comm_coll).duration(99).number("comm_type", 0).number("comm_size", 64).after({1});
  const sim::Program program = imported({et}, {.ranks = 6}).program;
  ASSERT_EQ(program.roles.size(), 1U);
  EXPECT_EQ(program.roles[0].ranks.size(), 6);
  EXPECT_EQ(time_of({et}), 104_us) << "alone, what it took";
  EXPECT_EQ(imported({et}).tolerated[0], "1 collectives of one rank (their duration)");
}

TEST(ImportChakra, TheCallersOfPyTorchOrderNothing) {
  // Node 2 was called by 1 and, as the data say, must end before it.
  Et et;
  et.node(1, comp).duration(5).number("is_cpu_op", 1).after({2});
  et.node(2, comp).duration(3).number("is_cpu_op", 1).under({1});
  EXPECT_NE(refusal({et}), "") << "a circle, in a trace of others";
  et.node(3, comp).duration(1).number("is_cpu_op", 1).number("rf_id", 4);
  EXPECT_EQ(time_of({et}), 9_us);
  EXPECT_EQ(imported({et}).tolerated,
            (std::vector<std::string>{"1 control dependencies on PyTorch's callers (left out)", "3 " + no_start}));
}

TEST(ImportChakra, WhatIsLetPassIsCounted) {
  Et et;
  et.node(4, comp).duration(0).start(1).after({99, 4, 98});
  et.node(4, comp).duration(2).start(2).after({4});
  et.node(6, comm_coll).duration(3).start(3).number("is_cpu_op", 1);
  et.node(7, comm_coll).duration(3).start(4);
  et.node(8, comm_send).duration(3).start(5);
  et.node(9, metadata).start(6).named("## process_group:init ##").inputs("nonsense");
  EXPECT_EQ(imported({et}).tolerated, (std::vector<std::string>{
                                          "1 collectives of unknown kind (their duration)",
                                          "1 collectives on the host (their duration)",
                                          "1 dependencies of nodes on themselves (left out)",
                                          "2 dependencies on nodes that are not there (left out)",
                                          "1 messages of which the other end is not known (their duration)",
                                          "1 nodes of an id that another node has (dependencies are on the first)",
                                          "1 operations of no duration",
                                          "1 process groups that could not be read",
                                      }));
}

TEST(ImportChakra, RanksWithoutAFileDoNothing) {
  Et et;
  et.node(1, comp).duration(5);
  const auto made = program_of_trace(read_chakra(std::vector<ChakraSource>{{"x.0.et", et.bytes()}, {"x.2.et", et.bytes()}}, {}));
  EXPECT_EQ(made.program.ranks, 3);
  EXPECT_EQ(made.tolerated, (std::vector<std::string>{"2 " + no_start, "1 ranks without a file"}));
}

TEST(ImportChakra, AMissingMemberIsNamed) {
  std::vector<Et> ranks(3);
  for (std::size_t r = 0; r < 3; ++r) ranks[r].node(1, comm_coll).number("comm_type", 0).number("comm_size", 64);
  for (std::size_t r = 0; r < 2; ++r) ranks[r].node(2, comm_coll).number("comm_type", 0).number("comm_size", 64).after({1});
  EXPECT_EQ(
      refusal(ranks),
      "x: cannot end: rank 0, node 2: all_reduce of 64 bytes in group of all ranks waits for rank 2 of the group, whose trace has no such "
      "collective; let every message have its send and its receive, and every member of a group all its collectives");
}

TEST(ImportChakra, MembersThatDisagreeAreNamed) {
  std::vector<Et> ranks(2);
  ranks[0].node(1, comm_coll).number("comm_type", 0).number("comm_size", 64);
  ranks[1].node(8, comm_coll).number("comm_type", 2).number("comm_size", 64);
  EXPECT_EQ(
      refusal(ranks),
      "x: rank 1, node 8: all_gather of 64 bytes in group of all ranks should meet rank 0, node 1: all_reduce of 64 bytes in group of all "
      "ranks; let every member of a group call its collectives in the same order");
}

TEST(ImportChakra, MembersOfOtherSizesAreCounted) {
  std::vector<Et> ranks(2);
  ranks[0].node(1, comm_coll).number("comm_type", 0).number("comm_size", 64).start(1);
  ranks[1].node(1, comm_coll).number("comm_type", 0).number("comm_size", 65).start(1);
  const auto made = imported(ranks);
  EXPECT_EQ(made.tolerated, std::vector<std::string>{"1 collectives of another size than the first member's (which is taken)"});
  EXPECT_EQ(made.program.roles.size(), 1U);
}

TEST(ImportChakra, CollectivesInTurnedOrderDoNotBlockEachOther) {
  // Rank 0 is ready for a first, rank 1 for b: both meet, whatever the order, on lanes of their own and on one stream.
  for (const bool one_stream : {false, true}) {
    std::vector<Et> ranks(2);
    for (std::size_t r = 0; r < 2; ++r) {
      ranks[r].node(1, comp).duration(5);
      auto& a = ranks[r].node(2, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", "a");
      auto& b = ranks[r].node(3, comm_coll).number("comm_type", 0).number("comm_size", 64).text("pg_name", "b");
      (r == 0 ? b : a).after({1});
      if (one_stream) a.number("stream", 9);
      if (one_stream) b.number("stream", 9);
    }
    EXPECT_GT(time_of(ranks, {.groups = R"({"a": [0, 1], "b": [0, 1]})", .groups_name = "g"}), 5_us);
  }
}

TEST(ImportChakra, FaultsAreNamedWithFileAndNode) {
  const auto one = [](auto change, const ChakraOptions& options = {}) {
    std::vector<Et> ranks(2);
    change(ranks[0]);
    return refusal(ranks, options);
  };
  EXPECT_EQ(one([](Et& et) { et.node(1, 9); }), "x.0.et: node 1 of the file: is of type 9; types are 0 to 7");
  EXPECT_EQ(one([](Et& et) { et.node(1, comp).duration(1ULL << 60U); }),
            "x.0.et: node 1 of the file: a time of less than nothing, or of more than 104 days; give microseconds");
  EXPECT_EQ(one([](Et& et) { et.node(7, comm_coll).number("comm_type", 10); }),
            "x.0.et: node 7 node7: comm_type 10; collectives are 0 to 9");
  EXPECT_EQ(one([](Et& et) { et.node(7, comm_coll).number("comm_type", 0).number("comm_size", ~0ULL); }),
            "x.0.et: node 7 node7: comm_size out of range; give 0 to 1 PiB");
  EXPECT_EQ(one([](Et& et) { et.node(7, comm_coll).number("comm_type", 0).text("pg_name", "g\x1b"); }),
            "x.0.et: node 7 node7: is in process group \"g?\", of which the ranks are not known; give --groups FILE, with {\"NAME\": "
            "[RANK, ...]}");
  EXPECT_EQ(one([](Et& et) { et.node(7, comm_send).number("comm_dst", 2); }),
            "x.0.et: node 7 node7: a message to rank 2; there are 0 to 1; give a file for every rank");
  EXPECT_EQ(one([](Et& et) { et.node(7, comm_recv).number("comm_src", 1).number("comm_tag", ~0ULL); }),
            "x.0.et: node 7 node7: tag -1; tags are not negative");
  EXPECT_EQ(one([](Et& et) { et.node(7, comp).number("num_ops", ~0ULL); }),
            "x.0.et: node 7 node7: num_ops or tensor_size out of range; correct it");
  EXPECT_EQ(one([](Et& et) { et.node(7, comp).text("orrery", "x: gem fp16"); }),
            "x.0.et: node 7 node7: \"gem\" is no operation; give an export as it was written");
  const auto groups = [&](const std::string& text) { return one([](Et&) {}, {.groups = text, .groups_name = "g.json"}); };
  EXPECT_EQ(groups("[]"), "g.json: is no object of groups; write {\"NAME\": [RANK, ...], ...}");
  EXPECT_EQ(
      groups(R"({"a": [0, 0]})"),
      "g.json: group \"a\" is no list of ranks, each once and below 2; give a trace for every rank of the groups, or correct the list");
  EXPECT_EQ(groups("{").substr(0, 8), "g.json: ");
}

TEST(ImportChakra, FilesAreOneARank) {
  EXPECT_EQ(chakra_rank("a/wl.12.et"), 12);
  EXPECT_EQ(chakra_rank("wl.3.json.gz"), 3);
  EXPECT_EQ(chakra_rank("wl.et"), 0);
  EXPECT_EQ(chakra_rank("12"), 0);
  Et et;
  et.node(1, comp).duration(5);
  EXPECT_EQ(refusal_of({{"a.0.et", et.bytes()}, {"b.0.et", et.bytes()}}),
            "b.0.et: is of rank 0 as a.0.et is; name files PREFIX.RANK.et, and give each rank one");
  EXPECT_EQ(refusal_of({{"a.0.et", et.bytes()}, {"a.1.et", et.bytes()}}, {.ranks = 4}),
            "--ranks: there are 2 files; give one file, or leave it out");
  et.node(2, comm_send).number("comm_dst", 1);
  EXPECT_EQ(refusal_of({{"a.0.et", et.bytes()}}, {.ranks = 4}),
            "a.0.et: has messages to other ranks, so that these do not do as it says; give a file for every rank instead of --ranks");
}

TEST(ImportChakra, AFileThatIsCutOffIsRefused) {
  Et et;
  et.node(1, comp).duration(5).number("is_cpu_op", 1).text("pg_name", "x");
  et.node(2, comp).duration(5).after({1});
  const std::string whole = et.bytes();
  EXPECT_EQ(refusal_of({{"x.et", whole}}), "");
  int accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) accepted += refusal_of({{"x.et", whole.substr(0, size)}}).empty() ? 1 : 0;
  EXPECT_EQ(accepted, 2) << "metadata alone, and with the first node alone, are whole files";
}

TEST(ImportChakra, TheJsonFormSaysTheSame) {
  const std::string json = R"({"workload_graph": [
    {"Id": 1, "Name": "node1", "NodeType": 4, "ctrlDeps": [5], "data_deps": [], "runtime": 5, "is_cpu_op": true},
    {"Id": 2, "Name": "node2", "NodeType": 4, "data_deps": [1], "runtime": 20.0, "is_cpu_op": false},
    {"Id": 3, "Name": "node3", "NodeType": 7, "data_deps": [2], "is_cpu_op": 0, "comm_type": 0, "comm_size": 640, "tensor_size": null}],
    "workload_name": "w", "ngpus": 2, "soc": "s"})";
  Et et;
  et.node(1, comp).under({5}).duration(5).number("is_cpu_op", 1);
  et.node(2, comp).after({1}).duration(20);
  et.node(3, comm_coll).after({2}).number("comm_type", 0).number("comm_size", 640);
  const auto of = [](const std::string& bytes) {
    return program_of_trace(read_chakra(std::vector<ChakraSource>{{"x.0.json", bytes}}, {.ranks = 2}));
  };
  EXPECT_EQ(of(json).program, of(et.bytes()).program);
  EXPECT_EQ(of(json).tolerated, of(et.bytes()).tolerated);
}

TEST(ImportChakra, JsonThatIsNoTraceIsRefused) {
  const auto refused = [](const std::string& text) { return refusal_of({{"x.json", text}}); };
  EXPECT_EQ(refused(R"({"schema": "1.1.0", "nodes": []})"),
            "x.json: is a host trace of PyTorch: what was called, without times and kernels; merge it with Kineto's trace "
            "(chakra_trace_link, then "
            "chakra_converter) and give the .et");
  EXPECT_EQ(refused(R"({"traceEvents": []})"),
            "x.json: is a trace of Kineto: times without dependencies; merge it with PyTorch's host trace (chakra_trace_link, then "
            "chakra_converter) and give the .et");
  EXPECT_EQ(refused(R"({"a": 1})"), "x.json: has no \"workload_graph\"; give a Chakra trace, binary or in JSON");
  EXPECT_EQ(refused(R"({"b": {"workload_graph": []}})"), "x.json: has no \"workload_graph\"; give a Chakra trace, binary or in JSON");
  EXPECT_EQ(refused(R"({"workload_graph": 5})"), "x.json: node 1 of the file: \"workload_graph\" is no list; correct it");
  EXPECT_EQ(refused(R"({"workload_graph": [5]})"), "x.json: node 1 of the file: a node is no object; correct it");
  EXPECT_EQ(refused(R"({"workload_graph": [{}]})"), "x.json: node 1 of the file: has no \"Id\"; correct it");
  EXPECT_EQ(refused(R"({"workload_graph": [{"Id": 1, "runtime": "5"}]})"), "x.json: node 1 of the file: a time is no number; correct it");
  EXPECT_EQ(refused(R"({"workload_graph": [{"Id": 1, "data_deps": 5}]})"),
            "x.json: node 1 of the file: a list of dependencies is no list; correct it");
  EXPECT_EQ(refused(R"({"workload_graph": [{"Id": 1e300}]})"), "x.json: node 1 of the file: a number beyond 64 bits; correct it");
  EXPECT_NE(refused(R"({"workload_graph": [)"), "");
}

}  // namespace
}  // namespace orrery::workloads
