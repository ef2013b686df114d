// Where libFuzzer enters.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT(readability-identifier-naming)
  orrery::fuzz::read({reinterpret_cast<const char*>(data), size});
  return 0;
}
