// A RunTable tells what the columns of a CSV file of measured runs mean, so that the file becomes rows of a data set where it lies:
//
//     "table": {
//       "file": "training/runs.csv",
//       "set": { "workload.model.layers": "# layers",                         // a column as it is
//                "cluster.nodes": { "column": "# GPUs", "divided_by": 8 },    // rounded up
//                "workload.reductions": { "column": "mode", "values": { "PURE": "bf16", "DEFAULT": "fp32" } } },
//       "measured": { "iteration_seconds": { "column": "time (ms)", "times": 0.001 } }
//     }
//
// The file lies beside the data set, or in the folder of measured data. A row's id is its line in the file.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/document.h"
#include "scenarios/fields.h"
#include "scenarios/presets.h"

namespace orrery::scenarios {

struct MeasuredRun {
  std::string id;
  std::vector<Override> set;               // of the data set's defaults
  std::map<std::string, double> measured;  // by key of the result, with dots for depth
  bool infeasible = false;                 // it ran out of memory, and nothing else is measured
};

struct RunTable {
  std::string file;
  nlohmann::json set = nlohmann::json::object();       // path: column
  nlohmann::json measured = nlohmann::json::object();  // key of the result: column
};
void describe(Fields& fields, RunTable& table);

/// What a path is set to, or a key of the result was measured as.
struct TableColumn {
  std::string column;
  double times = 1;
  std::optional<int> divided_by;
  nlohmann::json values;  // text in the file: what it stands for
};
void describe(Fields& fields, TableColumn& column);

/// The rows of the file. `table` was read from what stands at /table of `document`. Throws sim::Error for faults in either; of kind
/// unavailable where there is no such file.
std::vector<MeasuredRun> rows_of(const RunTable& table, const Document& document, const PresetLibrary& library);

}  // namespace orrery::scenarios
