// What must hold of a Survey that a graph was read from: its cables join its devices, each port takes one, and what is written of it reads
// back as the same.
#pragma once

#include <set>
#include <string_view>

#include "sim/error.h"
#include "tests/topology/described_survey.h"

namespace orrery::fuzz {

template <class Write, class Read>
void check_survey(const topology::Survey& survey, const Write& write, const Read& read) {
  constexpr std::size_t many = 5000;  // comparing in words takes its time
  if (survey.cables.size() > many || survey.devices.size() > many) return;
  std::set<topology::DevicePort> ports;
  for (const topology::SurveyCable& cable : survey.cables) {
    sim::check(cable.a.device < survey.devices.size() && cable.b.device < survey.devices.size(), "a cable joins devices of its survey");
    sim::check(ports.insert(cable.a).second && ports.insert(cable.b).second, "a port takes one cable");
    sim::check(cable.line > 0, "a cable has a line");
  }
  const topology::Survey again = read(write(survey));
  sim::check(topology::test::described(again) == topology::test::described(survey), "what is written reads back");
}

}  // namespace orrery::fuzz
