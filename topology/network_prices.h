// What parts of a network cost and draw, as plain data: filled from scenarios/prices/*.json (scenarios/prices.h) or by hand in tests.
//
// Prices are in US dollars before tax, a piece; power is what one draws at the wall under load, in watts. Every number has its source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/units.h"

namespace orrery::topology {

enum class NetworkProtocol : std::uint8_t { infiniband, ethernet, omni_path };
std::string to_text(NetworkProtocol protocol);

struct SwitchPrice {
  std::string name;
  NetworkProtocol protocol = NetworkProtocol::infiniband;
  int ports = 0;  // at `rate`
  sim::BytesPerSecond rate{};
  double usd = 0;
  double watts = 0;    // of the chassis, without what its cables' ends draw
  std::string source;  // where the numbers are from, with a date; "estimate: ..." where they were not read off a list
};

struct NicPrice {
  std::string name;
  NetworkProtocol protocol = NetworkProtocol::infiniband;
  sim::BytesPerSecond rate{};
  double usd = 0;
  double watts = 0;
  std::string source;
};

/// A cable with what it ends in: soldered plugs (DAC, AOC), or two transceivers and a fibre.
struct CablePrice {
  std::string name;
  NetworkProtocol protocol = NetworkProtocol::infiniband;
  sim::BytesPerSecond rate{};
  double usd = 0;
  double usd_per_metre = 0;
  double watts = 0;  // both ends
  std::string source;
};

struct NetworkPrices {
  std::vector<SwitchPrice> switches;
  std::vector<NicPrice> nics;
  std::vector<CablePrice> copper_cables;
  std::vector<CablePrice> optical_cables;
};

}  // namespace orrery::topology
