// orrery_kernels_self_test [MIB]: a line a kernel, on the current device. Exit 0: all are right; 3: one is not; 6: there is no device.

#include <charconv>
#include <cstdio>
#include <cstring>

#include "kernels/cuda_error.cuh"
#include "kernels/self_test.cuh"

int main(int count, char** words) {
  using namespace orrery::kernels;
  std::int64_t mebibytes = 1024;
  if (count > 1) std::from_chars(words[1], words[1] + std::strlen(words[1]), mebibytes);
  if (count > 2 || mebibytes < 1) {
    std::fputs("usage: orrery_kernels_self_test [MIB]\n", stderr);
    return 2;
  }
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess || devices == 0) {
    std::fprintf(stderr, "kernels are not tested: %s\n", error != cudaSuccess ? cudaGetErrorString(error) : "there is no device");
    return 6;
  }
  try {
    bool all_right = true;
    for (const KernelVerdict& verdict : self_test(mebibytes << 20)) {
      std::puts(line_of(verdict).c_str());
      all_right = all_right && is_right(verdict);
    }
    return all_right ? 0 : 3;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
