// A data set as a file again, every row written out: what a table of measured runs (scenarios/run_table.h) becomes.
#pragma once

#include <string>

#include "scenarios/data_set.h"

namespace orrery::report {

/// Reads as the same data set.
std::string data_set_json(const scenarios::DataSet& set);

}  // namespace orrery::report
