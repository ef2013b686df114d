// Memory of a device, given back when the array goes.
//
//     DeviceArray<float> x(host_values);
//     kernel(..., x.data(), ...);
//     std::vector<float> after = x.to_host();      // waits for all that was launched on the default stream
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/cuda_error.cuh"

namespace orrery::kernels {

template <class Element>
class DeviceArray {
 public:
  /// Of unknown values.
  explicit DeviceArray(std::int64_t count) : count_(count) {
    CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), static_cast<std::size_t>(count) * sizeof(Element)));
  }
  explicit DeviceArray(const std::vector<Element>& values) : DeviceArray(std::ssize(values)) {
    CUDA_CHECK(cudaMemcpy(data_, values.data(), values.size() * sizeof(Element), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(DeviceArray&& other) noexcept : count_(other.count_), data_(std::exchange(other.data_, nullptr)) {}
  DeviceArray& operator=(DeviceArray&&) = delete;

  Element* data() const { return data_; }
  std::int64_t size() const { return count_; }
  std::vector<Element> to_host() const {
    std::vector<Element> values(static_cast<std::size_t>(count_));
    CUDA_CHECK(cudaMemcpy(values.data(), data_, values.size() * sizeof(Element), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  std::int64_t count_ = 0;
  Element* data_ = nullptr;
};

}  // namespace orrery::kernels
