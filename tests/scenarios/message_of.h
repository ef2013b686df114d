// What is said where an action fails, for the tests of scenarios.
#pragma once

#include <string>

#include "sim/error.h"

namespace orrery::test {

/// The words of the error that `action` throws; "no error" where it throws none.
template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace orrery::test
