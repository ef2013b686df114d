#include "scenarios/port_rate.h"

#include <fmt/format.h>

#include "sim/error.h"

namespace orrery::scenarios {
namespace {

/// 800 Gbit/s (InfiniBand XDR): the fastest port sold in 2025.
constexpr double fastest_port = 100e9;

double gigabits(sim::BytesPerSecond rate) { return rate.value * 8 / 1e9; }

}  // namespace

void refuse_bytes_for_bits(std::string_view written, sim::BytesPerSecond rate) {
  if (rate.value <= fastest_port || written.find("bit") != written.npos) return;
  throw sim::Error({"", fmt::format("\"{}\" is {:g} Gbit/s, more than ports have", written, gigabits(rate)),
                    fmt::format("did you mean \"{0:g} Gbit/s\" ({1:g} GB/s)? If not, write \"{2:g} Gbit/s\"", rate.value / 1e9,
                                rate.value / 8e9, gigabits(rate))});
}

std::string text_of_port(sim::BytesPerSecond rate) { return rate.value <= fastest_port ? exact_text(rate) : exact_text_in_bits(rate); }

}  // namespace orrery::scenarios
