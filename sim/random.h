// Counter-based random numbers (Random123's Philox 4x32-10): the n-th draw of a stream depends on seed, stream and n alone, so results are
// the same on any number of threads and streams are made for free: one per GPU, per job, per request.
//
//     Random failures{seed, gpu_index};
//     const double hours = failures.exponential(mean_hours);
#pragma once

#include <array>
#include <cstdint>

namespace orrery::sim {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t bits();
  /// In [0, 1), 53 bits.
  double uniform();
  /// In [0, bound), exactly even; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Of the given mean, > 0.
  double exponential(double mean);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t block_ = 0;                // of two draws: the next one to be made
  std::array<std::uint64_t, 2> buffer_{};  // the block made last
  int left_ = 0;                           // how many of `buffer_` are not drawn yet
};

}  // namespace orrery::sim
