#include "report/perfetto_trace.h"

#include <gtest/gtest.h>

#include "scenarios/scenario.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/report/perfetto_reader.h"
#include "workloads/training_run.h"

namespace orrery::report {
namespace {

using test::PerfettoReader;
using test::ReadSlice;

sim::Operation square_product(std::int64_t size) {
  return {0, sim::Compute{{sim::KernelKind::gemm, sim::DataType::fp16, {size, size, size, 1}}}};
}

// Rank 0 computes, sends 1,000 bytes to rank 1 and gets 10 back; rank 1 answers after a kernel and the sum that both make beside that.
sim::Program there_and_back() {
  sim::Program program{.name = "there and back", .ranks = 2, .labels = {"compute", "transfer", "data"}};
  program.communicators = {{.name = "both", .groups = {.first = 0}, .members = {{2, 1}}}};
  program.blocks = {{"twice", {square_product(8), square_product(8)}}};
  program.roles = {
      {.name = "asks",
       .ranks = {.first = 0},
       .events = 1,
       .streams = {{"main",
                    {{0, sim::Call{0, 1}},
                     square_product(16),
                     {0, sim::Record{0}},
                     {1, sim::Send{sim::Bytes{1000}, 1, 7}},
                     {1, sim::Receive{sim::Bytes{10}, 1, 7}}}},
                   {"side", {{2, sim::Collect{sim::CollectiveKind::all_reduce, 4, sim::DataType::fp32, 0}}}}}},
      {.name = "answers",
       .ranks = {.first = 1},
       .events = 1,
       .streams = {
           {"main",
            {{1, sim::Receive{sim::Bytes{1000}, -1, 7}}, square_product(8), {0, sim::Wait{0}}, {1, sim::Send{sim::Bytes{10}, -1, 7}}}},
           {"side", {{2, sim::Collect{sim::CollectiveKind::all_reduce, 4, sim::DataType::fp32, 0}}, {0, sim::Record{0}}}}}}};
  sim::validate(program);
  return program;
}

sim::Span span_of(std::uint32_t actor, std::uint16_t stream, std::uint8_t label, std::uint32_t step, std::int64_t posted,
                  std::int64_t begun, std::int64_t ended) {
  return {.actor = sim::ActorId{actor},
          .stream = stream,
          .label = label,
          .step = step,
          .posted = sim::Time{posted},
          .begun = sim::Time{begun},
          .ended = sim::Time{ended}};
}

// In picoseconds: rank 0 works 0 to 10,500; the message takes until 20,400; rank 1 works to 20,900 and waits for the sum, which takes 1,000
// to 22,900, rank 0 being 400 late; its answer is there at 31,999. Rank 0's first step is of three kernels, 2 is the send (1 is the event).
sim::Timeline by_hand() {
  sim::Timeline timeline;
  timeline.end = sim::Time{31'999};
  timeline.spans = {span_of(0, 0, 0, 0, 0, 0, 10'500),           span_of(0, 0, 1, 2, 10'500, 10'500, 20'400),
                    span_of(1, 0, 1, 0, 0, 10'500, 20'400),      span_of(1, 0, 0, 1, 20'400, 20'400, 20'900),
                    span_of(0, 1, 2, 0, 1000, 1000, 22'900),     span_of(1, 1, 2, 0, 600, 1000, 22'900),
                    span_of(0, 0, 1, 3, 20'400, 22'900, 31'999), span_of(1, 0, 1, 3, 22'900, 22'900, 31'999)};
  return timeline;
}

topology::Cluster one_node() { return topology::Cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}}); }

std::string line_of(const ReadSlice& slice) {
  return slice.process.substr(0, 6) + " " + slice.thread + " " + slice.name + " " + std::to_string(slice.begun) + "-" +
         std::to_string(slice.ended);
}

TEST(PerfettoTrace, IsTheTimelineSolvedByHand) {
  const sim::Program program = there_and_back();
  const sim::Timeline timeline = by_hand();
  const topology::Cluster cluster = one_node();
  const workloads::Placement placement = workloads::packed_placement(2, topology::GpuId{3});
  const PerfettoReader trace(perfetto_trace({program, timeline, cluster, placement, {0, 1}, [](const sim::Collect&) { return "ring"; }}));
  std::vector<std::string> lines;
  for (const ReadSlice& slice : trace.slices) lines.push_back(line_of(slice));
  // Times are rounded to nanoseconds, halves up.
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "rank 0 main compute 0-11",
                       "rank 1 main waiting (transfer) 0-11",
                       "rank 0 side data: all_reduce 1-23",
                       "rank 1 side data: all_reduce 1-23",
                       "rank 0 main transfer: send 11-20",
                       "rank 1 main transfer: receive 11-20",
                       "rank 1 main compute 20-21",
                       "rank 0 main waiting (transfer) 20-23",
                       "rank 1 main waiting for another stream 21-23",
                       "rank 1 main transfer: send 23-32",
                       "rank 0 main transfer: receive 23-32",
                   }));
  EXPECT_EQ(trace.slices[0].process, "rank 0 (asks): node 0, GPU 3");
  EXPECT_EQ(trace.slices[1].process, "rank 1 (answers): node 0, GPU 4");
}

TEST(PerfettoTrace, TellsWhatASliceDoes) {
  const sim::Program program = there_and_back();
  const sim::Timeline timeline = by_hand();
  const topology::Cluster cluster = one_node();
  const workloads::Placement placement = workloads::packed_placement(2);
  const PerfettoReader trace(perfetto_trace({program, timeline, cluster, placement, {0, 1}, [](const sim::Collect&) { return "ring"; }}));
  using Annotations = std::map<std::string, std::string>;
  // 2 * 2 * 8^3 + 2 * 16^3 operations.
  EXPECT_EQ(trace.slices[0].annotations,
            (Annotations{{"operations", "2 x gemm fp16 m=8 n=8 k=8 batch=1, gemm fp16 m=16 n=16 k=16 batch=1"}, {"flops", "10240"}}));
  EXPECT_EQ(trace.slices[2].annotations, (Annotations{{"operations", "all_reduce fp32 4 both"}, {"way", "ring"}, {"bytes", "16"}}));
  EXPECT_EQ(trace.slices[4].annotations, (Annotations{{"operations", "send 1000 to +1 tag 7"}, {"bytes", "1000"}}));
  EXPECT_EQ(trace.slices[0].category, "compute");
  EXPECT_EQ(trace.slices[1].category, "transfer");
}

// An arrow begins in the slice that comes first in the file, at one time too.
TEST(PerfettoTrace, ArrowsLeadFromSendsToReceives) {
  const sim::Program program = there_and_back();
  const sim::Timeline timeline = by_hand();
  const topology::Cluster cluster = one_node();
  const workloads::Placement placement = workloads::packed_placement(2);
  const auto arrows = [&](std::vector<std::int32_t> ranks) {
    const PerfettoReader trace(perfetto_trace({program, timeline, cluster, placement, std::move(ranks)}));
    std::vector<std::string> found;
    std::map<std::uint64_t, std::string> from;
    for (const ReadSlice& slice : trace.slices) {
      if (slice.flow_out != 0) from[slice.flow_out] = line_of(slice);
      if (slice.flow_in != 0) found.push_back(from.at(slice.flow_in) + " to " + line_of(slice));
    }
    return found;
  };
  EXPECT_EQ(arrows({0, 1}), (std::vector<std::string>{"rank 0 main transfer: send 11-20 to rank 1 main transfer: receive 11-20",
                                                      "rank 1 main transfer: send 23-32 to rank 0 main transfer: receive 23-32"}));
  EXPECT_TRUE(arrows({0}).empty()) << "the other end is not told of";
}

TEST(PerfettoTrace, ThreadsAreToldApart) {
  const sim::Program program = there_and_back();
  const sim::Timeline timeline = by_hand();
  const topology::Cluster cluster = one_node();
  const workloads::Placement placement = workloads::packed_placement(2);
  const PerfettoReader trace(perfetto_trace({program, timeline, cluster, placement, {0, 1}}));
  std::set<std::int32_t> tids;
  for (const auto& [track, tid] : trace.tids) {
    EXPECT_TRUE(tids.insert(tid).second) << tid;
    EXPECT_GT(trace.pids.at(track), 0) << "0 is the idle process";
    if (trace.threads.at(track) == "main") {
      EXPECT_EQ(tid, trace.pids.at(track)) << "a process's main thread";
    }
  }
  EXPECT_EQ(tids.size(), 4U);
}

// What the first stream of a rank spent by label. It waits for another stream of its own for pipeline transfers alone.
TEST(PerfettoTrace, SlicesSumToTheAccounts) {
  const scenarios::Scenario scenario =
      scenarios::read_scenario(std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples/gpt3-175b.json",
                               {"cluster.nodes=1", "workload.model=gpt-1.7b", "workload.global_batch=16", "workload.micro_batch=1",
                                "workload.recompute=none", R"(workload.parallelism={"tensor": 2, "pipeline": 2, "data": 2})"},
                               committed::library());
  const std::vector<std::int32_t> ranks = {0, 5};
  const auto engine = sim::make_fluid_engine();
  const topology::Cluster cluster(scenario.cluster);
  const workloads::TrainingRun run = workloads::run_training(*scenario.training, {scenario.software, *scenario.calibration, scenario.nccl},
                                                             cluster, *engine, {.recorded = [&](const sim::Program&) { return ranks; }});
  const workloads::Placement placement = workloads::packed_placement(run.program.ranks);
  const PerfettoReader trace(perfetto_trace({run.program, run.timeline, cluster, placement, ranks}));
  for (const std::int32_t rank : ranks) {
    std::map<std::string, std::int64_t> running;  // nanoseconds by label
    std::map<std::string, std::int64_t> waiting;
    for (const ReadSlice& slice : trace.slices) {
      if (!slice.process.starts_with("rank " + std::to_string(rank) + " ") || slice.thread != "main") continue;
      auto& sums = slice.name.starts_with("waiting") ? waiting : running;
      sums[slice.name == "waiting for another stream" ? "pipeline_transfer" : slice.category] += slice.ended - slice.begun;
    }
    const auto rounding = static_cast<double>(trace.slices.size());
    for (std::uint8_t label = 0; label < run.program.labels.size(); ++label) {
      const std::string& name = run.program.labels[label];
      const sim::Account account = run.timeline.account(sim::ActorId{static_cast<std::uint32_t>(rank)}, label);
      const auto spent = [&](sim::Duration duration) { return static_cast<double>(duration.ticks) / 1e3; };
      EXPECT_NEAR(static_cast<double>(running[name] + waiting[name]), spent(account.running + account.waiting), rounding) << name;
      if (name != "pipeline_transfer") {
        EXPECT_NEAR(static_cast<double>(running[name]), spent(account.running), rounding) << name;
      }
    }
  }
}

TEST(PerfettoTrace, OperationsAreCountedWithTheirCalls) {
  const sim::Program program = there_and_back();
  EXPECT_EQ(traced_operations(program, {0}), 7) << "a block of two, a kernel, an event, two messages, a sum";
  EXPECT_EQ(traced_operations(program, {0, 1}), 13);
}

}  // namespace
}  // namespace orrery::report
