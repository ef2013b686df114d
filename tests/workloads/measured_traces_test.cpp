// The traces that others publish, replayed: those of ORRERY_DATA, where they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/temporary_folder.h"
#include "workloads/gunzip.h"
#include "workloads/import_chakra.h"
#include "workloads/trace_program.h"
#include "workloads/training_run.h"

namespace orrery::workloads {
namespace {

namespace fs = std::filesystem;

class MeasuredTraces : public testing::Test {
 protected:
  void SetUp() override {
    const auto data = committed::measured_data();
    if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no traces of others";
    traces = fs::path(*data) / "workload-traces" / "chakra";
  }

  static ChakraSource source(const fs::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return {path.string(), gunzipped(bytes.str(), path.string(), std::size_t{1} << 30U)};
  }
  static ImportedProgram imported(const std::vector<fs::path>& files, const ChakraOptions& options = {}) {
    std::vector<ChakraSource> sources;
    sources.reserve(files.size());
    for (const fs::path& file : files) sources.push_back(source(file));
    return program_of_trace(read_chakra(sources, options));
  }
  static sim::Duration time_of(const sim::Program& program, topology::FabricSpec fabric = {}) {
    const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 8, .fabric = fabric});
    const Stack stack{committed::software("megatron-lm-2022"), committed::a100(), committed::nccl()};
    const auto engine = sim::make_fluid_engine();
    return play_program(program, stack, cluster, *engine, {}).end - sim::Time{};
  }
  static std::int64_t timed_operations(const sim::Program& program) {
    std::int64_t count = 0;
    for (const sim::Stream& stream : program.roles.front().streams) {
      for (const sim::Operation& operation : stream.operations) count += sim::takes_time(operation) ? 1 : 0;
    }
    return count;
  }

  fs::path traces;
};

TEST_F(MeasuredTraces, TheResNetThatOthersRefuseReplays) {
  const auto made = imported({traces / "mlcommons_tests" / "resnet_pytorch_rank0.chakra.0.et"});
  EXPECT_EQ(timed_operations(made.program), 3664);
  EXPECT_EQ(made.tolerated, (std::vector<std::string>{
                                "7 collectives of one rank (their duration)",
                                "14 collectives on the host (their duration)",
                                "3664 control dependencies on PyTorch's callers (left out)",
                                "3664 nodes without a start time (what is ready first runs first)",
                                "157 operations of no duration",
                            }));
  // All durations sum to 381.795 ms, on two threads and two streams; the busiest of these alone takes 219 ms and more.
  const sim::Duration took = time_of(made.program);
  EXPECT_LT(took.seconds(), 0.381795);
  std::int64_t busiest = 0;
  for (const sim::Stream& stream : made.program.roles.front().streams) {
    std::int64_t sum = 0;
    for (const sim::Operation& operation : stream.operations) {
      if (const auto* pause = std::get_if<sim::Pause>(&operation.action)) sum += pause->duration.ticks;
    }
    busiest = std::max(busiest, sum);
  }
  EXPECT_GE(took.ticks, busiest);
}

TEST_F(MeasuredTraces, TheResNetTrainsOnEightGpusOfItsKind) {
  const auto made = imported({traces / "mlcommons_tests" / "resnet_pytorch_rank0.chakra.0.et"}, {.ranks = 8});
  EXPECT_EQ(made.program.roles.size(), 1U);
  EXPECT_EQ(timed_operations(made.program), 3664);
  EXPECT_GT(time_of(made.program).seconds(), 0.2);
}

TEST_F(MeasuredTraces, TheLlamaOf64RanksReplaysOnAnyFabric) {
  const orrery::test::TemporaryFolder folder;
  const std::string archive = (traces / "llama7b_16L_64npu" / "stg_generated_llama7b_16L_64npu_all.tgz").string();
  ASSERT_EQ(std::system(("tar xzf '" + archive + "' -C '" + folder.path().string() + "'").c_str()), 0);
  std::vector<fs::path> files;
  for (int rank = 0; rank < 64; ++rank) files.push_back(folder.path() / "t64" / ("wl." + std::to_string(rank) + ".et"));
  const std::string groups = source(traces / "llama7b_16L_64npu" / "wl.json").bytes;
  const auto made = imported(files, {.groups = groups, .groups_name = "wl.json"});
  EXPECT_EQ(made.program.ranks, 64);
  EXPECT_EQ(made.program.roles.size(), 1U) << "the ranks differ in their groups alone";
  EXPECT_EQ(made.program.communicators.size(), 2U);
  EXPECT_EQ(timed_operations(made.program), 688);
  const sim::Duration full = time_of(made.program);
  // Links of the upper layers that are fewer cannot make it faster; one switch, without upper layers, is no slower.
  EXPECT_LE(full, time_of(made.program, {.topology = topology::Topology::fat_tree, .oversubscription = 4}));
  EXPECT_GE(full, time_of(made.program, {.topology = topology::Topology::single_switch}));
}

TEST_F(MeasuredTraces, TheExamplesOfAstraSimReplay) {
  const auto of_eight = [&](const std::string& prefix) {
    std::vector<fs::path> files;
    for (int rank = 0; rank < 8; ++rank) files.push_back(traces / "astra_sim_examples" / (prefix + "." + std::to_string(rank) + ".et"));
    return imported(files).program;
  };
  // 14 steps of 128 KiB a rank by NVLink; as one collective NCCL pipelines them.
  const sim::Duration one = time_of(of_eight("8npus_1MB/all_reduce"));
  const sim::Duration steps = time_of(of_eight("custom_ring_allreduce_8npus_1MB/custom_allreduce"));
  EXPECT_GT(one, sim::Duration{});
  EXPECT_GT(steps, one);
}

TEST_F(MeasuredTraces, EveryOtherSampleIsReadOrSaysWhyNot) {
  EXPECT_NO_THROW(imported({traces / "mlcommons_tests" / "small_chakra.0.json"}));
  int refused = 0;
  for (const char* const folder : {"mlcommons_tests", "param_et"}) {
    for (const auto& entry : fs::directory_iterator(traces / folder)) {
      const std::string name = entry.path().filename();
      if (name == "resnet_pytorch_rank0.chakra.0.et" || name == "small_chakra.0.json") continue;  // read above
      try {
        imported({entry.path()});
        FAIL() << entry.path();
      } catch (const sim::Error& error) {
        const std::string what = error.what();
        const bool known = what.find("is an archive of files") != what.npos || what.find("is a host trace of PyTorch") != what.npos ||
                           what.find("is a trace of Kineto") != what.npos;
        EXPECT_TRUE(known) << what;
        ++refused;
      }
    }
  }
  EXPECT_GE(refused, 13);
}

}  // namespace
}  // namespace orrery::workloads
