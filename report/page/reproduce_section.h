// How to have the same result again: the command, and the scenario with every default filled in.
#pragma once

#include <string>

#include "report/page/page.h"

namespace orrery::report {

struct Reproduction {
  std::string command;
  std::string version;
  std::string engine;
  std::string resolved;  // the scenario, as JSON
  std::string seed{};    // empty where there is no chance
};
/// A command line to copy.
std::string command_html(const std::string& command);

Section reproduce_section(const Reproduction& how);

}  // namespace orrery::report
