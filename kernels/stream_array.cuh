// Device memory for what is between two kernels of one stream: taken and given back in the stream's order, so that no one waits.
//
//     StreamArray<float> partials(blocks * columns, stream);
#pragma once

#include <cstdint>

#include "kernels/cuda_error.cuh"

namespace orrery::kernels {

template <class Element>
class StreamArray {
 public:
  StreamArray(std::int64_t count, cudaStream_t stream) : stream_(stream) {
    CUDA_CHECK(cudaMallocAsync(reinterpret_cast<void**>(&data_), static_cast<std::size_t>(count) * sizeof(Element), stream));
  }
  ~StreamArray() { cudaFreeAsync(data_, stream_); }
  StreamArray(const StreamArray&) = delete;
  StreamArray& operator=(const StreamArray&) = delete;

  Element* data() const { return data_; }

 private:
  cudaStream_t stream_;
  Element* data_ = nullptr;
};

}  // namespace orrery::kernels
