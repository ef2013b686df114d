#include <cmath>
#include <cstdio>
#include <map>

#include "kernels/self_test.cuh"
#include "kernels/self_test_bench.cuh"

namespace orrery::kernels {
namespace {

constexpr int warm_ups = 5;
constexpr int repeats = 20;

class Event {
 public:
  Event() { CUDA_CHECK(cudaEventCreate(&event_)); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record() const { CUDA_CHECK(cudaEventRecord(event_, nullptr)); }
  double seconds_since(const Event& start) const {
    float milliseconds = 0;
    CUDA_CHECK(cudaEventSynchronize(event_));
    CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start.event_, event_));
    return static_cast<double>(milliseconds) * 1e-3;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

void run_types(const MatrixShape& shape, Bench& bench) {
  run_cases<float>(shape, "fp32", bench);
  run_cases<__half>(shape, "fp16", bench);
  run_cases<__nv_bfloat16>(shape, "bf16", bench);
}

}  // namespace

bool is_right(const KernelVerdict& verdict) { return verdict.error <= 1 && verdict.fault.empty(); }

std::string line_of(const KernelVerdict& verdict) {
  if (!verdict.fault.empty()) return "WRONG  " + verdict.kernel + "  " + verdict.fault;
  char text[160];
  std::snprintf(text, sizeof(text), "%s  %-32s error %.2f of allowed  %6.0f GB/s  %.2f of copy", is_right(verdict) ? "right" : "WRONG",
                verdict.kernel.c_str(), verdict.error, verdict.bytes_per_second * 1e-9, verdict.share_of_copy);
  std::string line = text;
  if (verdict.flops <= 0) return line;
  std::snprintf(text, sizeof(text), "  %.1f TFLOP/s", verdict.flops * 1e-12);
  return line + text;
}

void Bench::run(const std::string& name, double bytes, const std::function<void()>& launch_it) {
  if (!verdict_.kernel.empty()) before_.push_back(verdict_);
  verdict_ = {.kernel = name};
  bytes_ = bytes;
  launch_it();
  CUDA_CHECK(cudaDeviceSynchronize());
  if (compares()) return;
  for (int i = 0; i < warm_ups; ++i) launch_it();
  const Event start;
  const Event stop;
  start.record();
  for (int i = 0; i < repeats; ++i) launch_it();
  stop.record();
  verdict_.bytes_per_second = bytes * repeats / stop.seconds_since(start);
}

std::vector<KernelVerdict> Bench::verdicts() const {
  std::vector<KernelVerdict> all = before_;
  if (!verdict_.kernel.empty()) all.push_back(verdict_);
  return all;
}

// Rows of 264 elements leave lanes without a pack, those of 4616 give the threads of a block more than one.
std::vector<KernelVerdict> self_test(std::int64_t bytes) {
  Bench compared(BenchMode::compare);
  for (const MatrixShape& shape : {MatrixShape{38, 264}, MatrixShape{8, 4616}}) run_types(shape, compared);
  Bench timed(BenchMode::time);
  constexpr std::int64_t columns = 4096;
  run_types({bytes / 3 / 4 / columns, columns}, timed);  // a usual kernel has three arrays, the largest elements have 4 bytes

  std::map<std::string, KernelVerdict> worst;
  for (const KernelVerdict& verdict : compared.verdicts()) {
    KernelVerdict& kept = worst.try_emplace(verdict.kernel, verdict).first->second;
    if (is_right(kept) && !(verdict.error <= kept.error && verdict.fault.empty())) kept = verdict;
  }
  std::vector<KernelVerdict> verdicts = timed.verdicts();
  double copied = 0;
  for (const KernelVerdict& verdict : verdicts) {
    if (verdict.kernel.starts_with("copy ")) copied = std::max(copied, verdict.bytes_per_second);
  }
  for (KernelVerdict& verdict : verdicts) {
    verdict.error = worst.at(verdict.kernel).error;
    if (verdict.fault.empty()) verdict.fault = worst.at(verdict.kernel).fault;
    verdict.share_of_copy = verdict.bytes_per_second / copied;
  }
  return verdicts;
}

}  // namespace orrery::kernels
