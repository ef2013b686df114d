// Whole processes: `orrery run` of a GPT-3 from nothing to its result, folded, by number of GPUs; and the same unfolded. `megabytes` is the
// most that it held.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

constexpr const char* scenario = R"j({ "orrery": 1, "name": "GPT-3 at scale",
  "cluster": { "node": "a100-80gb-8xndr", "nodes": 128, "fabric": { "switch_radix": 64 } },
  "workload": { "kind": "training", "model": "gpt3-175b", "sequence_length": 2048, "global_batch": 512, "micro_batch": 1,
    "parallelism": { "tensor": 8, "pipeline": 8, "data": 16, "interleave": 3 }, "schedule": "interleaved", "recompute": "full" },
  "software": "megatron-lm-2021" })j";

void run(benchmark::State& state, const std::string& fold) {
  const std::int64_t replicas = state.range(0) / 64;
  char path[] = "/tmp/orrery-benchmark-XXXXXX";
  const int file = mkstemp(path);
  if (file < 0 || write(file, scenario, std::char_traits<char>::length(scenario)) < 0) return state.SkipWithError("no scenario in /tmp");
  close(file);
  std::vector<std::string> words = {ORRERY_BINARY, "run",
                                    path,          "--json",
                                    "--fold",      fold,
                                    "--set",       "cluster.nodes=" + std::to_string(state.range(0) / 8),
                                    "--set",       "workload.parallelism.data=" + std::to_string(replicas),
                                    "--set",       "workload.global_batch=" + std::to_string(32 * replicas)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  for (auto _ : state) {
    pid_t child = 0;
    rusage usage{};
    int status = -1;
    if (posix_spawn(&child, ORRERY_BINARY, &actions, nullptr, arguments.data(), environ) == 0) wait4(child, &status, 0, &usage);
    if (status != 0) state.SkipWithError("orrery run failed");
    state.counters["megabytes"] =
        static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;  // in KiB; of a process it spawns, no less than its own
  }
  posix_spawn_file_actions_destroy(&actions);
  unlink(path);
}

void process_folded(benchmark::State& state) { run(state, "on"); }
BENCHMARK(process_folded)
    ->Arg(1'024)
    ->Arg(8'192)
    ->Arg(65'536)
    ->Arg(131'072)
    ->Arg(262'144)
    ->Arg(524'288)
    ->Arg(1'048'576)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void process_unfolded(benchmark::State& state) { run(state, "off"); }
BENCHMARK(process_unfolded)->Arg(1'024)->Arg(8'192)->Arg(131'072)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
