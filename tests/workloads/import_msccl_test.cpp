#include "workloads/import_msccl.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "scenarios/read_file.h"
#include "sim/error.h"

namespace orrery::workloads {
namespace {

using enum StepAction;
using sim::CollectiveKind;

// Two GPUs that exchange halves and sums.
const std::string two_halves_xml =
    R"(<algo name="halves" coll="allreduce" ngpus="2" nchunksperloop="2" nchannels="1" proto="LL" inplace="1">
 <gpu id="1" i_chunks="2" o_chunks="2" s_chunks="0">
  <tb id="0" send="0" recv="0" chan="0">
   <step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
   <step s="1" type="rrc" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="1"/>
  </tb>
  <tb id="1" send="0" recv="0" chan="1">
   <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="0" deps="1" hasdep="0"/>
   <step s="1" type="r" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
  </tb>
 </gpu>
 <gpu id="0" i_chunks="2" o_chunks="2" s_chunks="0">
  <tb id="0" send="1" recv="1" chan="0">
   <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
   <step s="1" type="rrc" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="1"/>
  </tb>
  <tb id="1" send="1" recv="1" chan="1">
   <step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="0" deps="1" hasdep="0"/>
   <step s="1" type="r" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
  </tb>
 </gpu>
</algo>
)";

TEST(ImportMsccl, ReadsWhatEachBlockDoes) {
  const CollectiveSteps steps = read_msccl(two_halves_xml, "halves.xml");
  EXPECT_EQ(steps.name, "halves");
  EXPECT_EQ(steps.kind, CollectiveKind::all_reduce);
  EXPECT_EQ(steps.chunks, 2);
  EXPECT_EQ(steps.protocol, Protocol::ll);
  EXPECT_EQ(steps.buffers, CollectiveSteps::Buffers::in_place);
  EXPECT_EQ(channels_of(steps), 2);
  ASSERT_EQ(steps.ranks.size(), 2U);
  const ChunkPlace own{ChunkBuffer::input, 1};
  const ChunkPlace other{ChunkBuffer::input, 0};
  EXPECT_EQ(steps.ranks[1].blocks[0],
            (StepBlock{.send_to = 0,
                       .receive_from = 0,
                       .channel = 0,
                       .steps = {{.action = send, .source = other}, {.action = receive_reduce_copy, .source = own, .target = own}}}));
  EXPECT_EQ(steps.ranks[1].blocks[1],
            (StepBlock{.send_to = 0,
                       .receive_from = 0,
                       .channel = 1,
                       .steps = {{.action = send, .source = own, .after = StepPlace{0, 1}}, {.action = receive, .target = other}}}));
}

TEST(ImportMsccl, ReadsScratchNopsAndSumsOfSeveral) {
  const std::filesystem::path file = std::filesystem::path(ORRERY_SOURCE_DIR) / "tests/msccl/all_pairs.xml";
  const CollectiveSteps steps = read_msccl(scenarios::file_text(file.string(), 1 << 20), "all_pairs.xml");
  EXPECT_EQ(steps.ranks.size(), 4U);
  EXPECT_EQ(steps.ranks[0].scratch_chunks, 3);
  EXPECT_EQ(thread_blocks_of(steps), 3);
  const std::vector<CollectiveStep>& first = steps.ranks[0].blocks[0].steps;
  EXPECT_EQ(first[2], (CollectiveStep{.action = nothing, .after = StepPlace{1, 1}}));
  EXPECT_EQ(first[3], (CollectiveStep{.action = reduce, .source = {ChunkBuffer::scratch, 0}, .after = StepPlace{2, 1}}));
}

/// What is said of the file with one text replaced.
std::string with(const std::string& old_text, const std::string& new_text) {
  std::string text = two_halves_xml;
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  text.replace(at, old_text.size(), new_text);
  try {
    read_msccl(text, "f.xml");
  } catch (const sim::Error& error) {
    return to_text(error.faults().front());
  }
  return "read";
}

TEST(ImportMsccl, FaultsNameTheirLine) {
  EXPECT_EQ(with("<algo", "<algorithm"), "f.xml:22: is no XML: Start-end tags mismatch; the file may be cut off: write it anew");
  EXPECT_EQ(
      with("coll=\"allreduce\"", "coll=\"custom\""),
      "f.xml:1: coll=\"custom\" is none that could be checked; write allreduce, allgather, reduce_scatter, alltoall, broadcast or reduce");
  EXPECT_EQ(with("proto=\"LL\"", "proto=\"LL64\""), "f.xml:1: proto=\"LL64\" is unknown; write LL, LL128 or Simple");
  EXPECT_EQ(with("ngpus=\"2\"", "ngpus=\"3\""), "f.xml:1: speaks of 3 GPUs and has 2; the file may be cut off: write it anew");
  EXPECT_EQ(with("nchunksperloop=\"2\"", "nchunksperloop=\"0\""), "f.xml:1: nchunksperloop=\"0\"; write 1 at least");
  EXPECT_EQ(with("<gpu id=\"1\"", "<gpu id=\"0\""), "f.xml:12: <gpu id=\"0\"> stands twice; number them apart");
  EXPECT_EQ(with("<gpu id=\"1\"", "<gpu id=\"2\""), "f.xml:2: id=\"2\"; <gpu>s are numbered 0 to 1");
  EXPECT_EQ(with("i_chunks=\"2\"", "i_chunks=\"3\""), "f.xml:2: i_chunks=\"3\"; of 2 chunks, that buffer has 2");
  EXPECT_EQ(with("s=\"1\" type", "s=\"2\" type"), "f.xml:5: s=\"2\" is step 1 of its block; number steps 0, 1, 2, ... in order");
  EXPECT_EQ(with("type=\"rrc\"", "type=\"rrd\""), "f.xml:5: type=\"rrd\" is unknown; write s, r, rcs, rrs, rrc, rrcs, cpy, re or nop");
  EXPECT_EQ(with("srcbuf=\"i\"", "srcbuf=\"b\""), "f.xml:4: srcbuf=\"b\" is no buffer; write i (input), o (output) or s (scratch)");
  EXPECT_EQ(with("<step ", "<op/><step "), "f.xml:4: <op> within <tb> is unknown; write <step>");
}

TEST(ImportMsccl, FaultsOfTheScheduleNameGpuBlockAndStep) {
  EXPECT_EQ(with("send=\"0\"", "send=\"7\""), "f.xml, gpu 1, tb 0: sends to gpu 7; there are GPUs 0 to 1");
  EXPECT_EQ(
      with("srcoff=\"0\"", "srcoff=\"1\""),
      "f.xml, gpu 0: has chunk 0 of gpu 0 + chunk 1 of gpu 1 in output chunk 0; all_reduce puts chunk 0 of gpu 0 + chunk 0 of gpu 1 there");
  EXPECT_EQ(with("deps=\"1\"", "deps=\"2\""),
            "f.xml, gpu 1, tb 1, step 0: depends on tb 0, step 2, which is not there; name a block and a step of this GPU");
}

TEST(ImportMsccl, SaysLittleWhereDefaultsAreMeant) {
  const CollectiveSteps steps = read_msccl(R"(<algo name="relay" proto="Simple" nchunksperloop="1" ngpus="2" coll="broadcast">
    <gpu id="0"><tb id="0" send="1"><step s="0" type="s" srcbuf="i" srcoff="0"/></tb></gpu>
    <gpu id="1"><tb id="0" recv="0"><step s="0" type="r" dstbuf="o" dstoff="0"/></tb></gpu></algo>)",
                                           "relay.xml");
  EXPECT_EQ(steps.ranks[0].blocks[0].steps[0].count, 1);
  EXPECT_FALSE(steps.ranks[0].blocks[0].receive_from);
}

}  // namespace
}  // namespace orrery::workloads
