// What the cases of the self-test stand on: operands that a device and a reference both have, and a bench that runs, compares and times.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/device_array.cuh"
#include "kernels/operands.h"
#include "kernels/pack.cuh"
#include "kernels/self_test.cuh"

namespace orrery::kernels {

template <class Number>
constexpr double unit_roundoff() {
  return std::is_same_v<Number, __half> ? 0x1p-11 : std::is_same_v<Number, __nv_bfloat16> ? 0x1p-8 : 0x1p-24;
}

struct Range {
  double low = -1;
  double high = 1;
};

/// An input: numbers of a range that look random, rounded to the type in memory. Long ones repeat themselves.
template <class Number>
class Given {
 public:
  explicit Given(std::int64_t count, const Range& range = {}) : device_(count) {
    std::vector<Number> numbers(static_cast<std::size_t>(std::min(count, period)));
    std::uint64_t state = static_cast<std::uint64_t>(count);
    for (Number& number : numbers) {
      state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX generator
      number = as_number<Number>(static_cast<float>(range.low + (range.high - range.low) * static_cast<double>(state >> 11U) * 0x1p-53));
    }
    for (std::int64_t first = 0; first < count; first += period) {
      const auto bytes = static_cast<std::size_t>(std::min(period, count - first)) * sizeof(Number);
      CUDA_CHECK(cudaMemcpy(device_.data() + first, numbers.data(), bytes, cudaMemcpyHostToDevice));
    }
    if (count <= period) host_.assign(numbers.begin(), numbers.end());
  }

  const Number* device() const { return device_.data(); }
  Number* device() { return device_.data(); }
  /// What the device was given, for the reference; empty where it is long.
  std::vector<double> host() const {
    std::vector<double> values;
    for (const Number number : host_) values.push_back(static_cast<double>(as_float(number)));
    return values;
  }
  std::vector<Number> now() const { return device_.to_host(); }

 private:
  static constexpr std::int64_t period = (1 << 20) + 8;
  DeviceArray<Number> device_;
  std::vector<Number> host_;
};

/// Whole numbers below `bound`.
inline std::vector<std::int32_t> given_indices(std::int64_t count, std::int64_t bound) {
  std::vector<std::int32_t> indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(static_cast<std::int32_t>((i * 7919 + i / 3) % bound));
  return indices;
}

enum class BenchMode { compare, time };

class Bench {
 public:
  explicit Bench(BenchMode mode) : mode_(mode) {}
  bool compares() const { return mode_ == BenchMode::compare; }

  /// Launches once where it compares, else times. `name` is the kernel of what follows.
  void run(const std::string& name, double bytes, const std::function<void()>& launch_it);
  /// Of what ran last: counts floating-point operations too.
  void count_flops(double flops) { verdict_.flops = flops / bytes_ * verdict_.bytes_per_second; }

  /// `roundings`: of floats, that may add up in an element.
  template <class Number>
  void compare(const std::vector<double>& expected, const std::vector<Number>& actual, double roundings) {
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::abs(value));
    const double allowed = (2 * unit_roundoff<Number>() + roundings * unit_roundoff<float>()) * largest;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double error = std::abs(static_cast<double>(as_float(actual[i])) - expected[i]);
      add_error(error == 0 ? 0 : error / allowed);
    }
  }
  void add_error(double error) { verdict_.error = error <= verdict_.error || std::isnan(verdict_.error) ? verdict_.error : error; }

  /// What was to run last cannot: not a fault of its numbers, but one all the same.
  void fail(const std::string& fault) { verdict_.fault = fault; }

  std::vector<KernelVerdict> verdicts() const;

 private:
  BenchMode mode_;
  double bytes_ = 1;
  KernelVerdict verdict_;
  std::vector<KernelVerdict> before_;
};

/// All kernels of one type in memory, on matrices of `shape` or arrays as large.
template <class Number>
void run_cases(const MatrixShape& shape, const std::string& type, Bench& bench);

}  // namespace orrery::kernels
