// How `orrery collective` is to do it: --algo, --proto, --pxn, --cross-nic, --aggregate and --slices; and who sends how much: --matrix and
// --imbalance.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "workloads/collective_job.h"

namespace orrery::cli {

struct CollectiveWayOptions {
  std::string algorithms;  // NCCL's to choose from, one of the literature, or a file of MSCCL's
  std::string protocols;
  std::string pxn = "on";
  std::string cross_nic = "on";
  bool slices = false;
  int calls = 1;          // in one group
  std::string matrix;     // a CSV file
  std::string imbalance;  // a number from 1 on
};

void add_way_options(CLI::App& command, CollectiveWayOptions& options);

/// Sets the job's way, and what NCCL may choose from. Reads the file where there is one; a matrix also sets the size.
void choose_way(const CollectiveWayOptions& options, workloads::CollectiveJob& job);

}  // namespace orrery::cli
