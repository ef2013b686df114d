// The rate of a network port in our files. Networks are named by bits and memory by bytes, so "200 GB/s" is a slip where "200 Gbit/s" was
// meant, eight times faster. What is faster than any port of today must therefore be said in bits.
//
//     fields.required("bandwidth", "data rate, nominal, per direction", port_rate(nic.bandwidth));
//
//     "25 GB/s"         200 Gbit/s
//     "200 GB/s"        refused, naming both readings
//     "1600 Gbit/s"     200 GB/s, since it was said so
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scenarios/fields.h"

namespace orrery::scenarios {

/// Throws sim::Error without a place where `written`, which was read as `rate`, was probably meant in bits.
void refuse_bytes_for_bits(std::string_view written, sim::BytesPerSecond rate);

/// A rate that refuse_bytes_for_bits accepts.
std::string text_of_port(sim::BytesPerSecond rate);

template <class Target>
QuantityValue port_rate(Target& target) {
  QuantityValue value = quantity(target);
  value.set = [set = std::move(value.set)](std::string_view written) {
    sim::BytesPerSecond rate;
    parse_quantity(written, rate);
    refuse_bytes_for_bits(written, rate);
    set(written);
  };
  value.value = [value = std::move(value.value)]() -> std::optional<std::string> {
    std::optional<std::string> held = value();
    if (!held) return held;
    sim::BytesPerSecond rate;
    parse_quantity(*held, rate);
    return text_of_port(rate);
  };
  return value;
}

}  // namespace orrery::scenarios
