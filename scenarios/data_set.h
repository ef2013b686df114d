// A DataSet is what somebody measured: runs, each a scenario and what came of it. `orrery validate` puts predictions beside them.
//
//     { "orrery": 1, "name": "my cluster", "source": "measured in May",
//       "defaults": { "cluster": { "node": "dgx-a100-80gb" }, ... },         // a scenario, perhaps with gaps
//       "rows": [
//         { "id": "tp8", "set": { "cluster.nodes": 4, "workload.parallelism.tensor": 8 }, "measured": { "iteration_seconds": 3.57 } },
//         { "id": "tp1", "set": { "cluster.nodes": 4 }, "measured": { "infeasible": true } } ] }
//
//     const DataSet set = read_data_set("my.json", library);
//     const Scenario scenario = scenario_of(set, set.rows[0], {}, library);
//
// `set` takes the paths of --set. Measurements in a CSV file stay there: "table" tells what its columns mean (scenarios/run_table.h), and
// its rows come before those written out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/document.h"
#include "scenarios/fields.h"
#include "scenarios/presets.h"
#include "scenarios/run_table.h"
#include "scenarios/scenario.h"

namespace orrery::scenarios {

/// What another model's authors or judges say of its errors on the same kind of runs, as fractions.
struct PublishedErrors {
  std::string of;  // "Calculon"
  std::string source;
  std::optional<int> rows;
  std::optional<double> mape;
  std::optional<double> median;
  std::optional<double> max;
  std::optional<double> regret;
};

struct DataSet {
  std::string name;
  std::string source;
  std::vector<PublishedErrors> published_errors;
  Document defaults;  // a scenario that the rows complete
  std::vector<MeasuredRun> rows;
};

/// `path` may be the name of a preset of kind published or measured. Throws sim::Error with every fault of the file; of kind unavailable
/// where it has a table that is not here (library.data).
DataSet read_data_set(const std::filesystem::path& path, const PresetLibrary& library);
/// The same of a text; `name` stands for the file in messages.
DataSet parse_data_set(const std::string& name, std::string_view text, const PresetLibrary& library);

/// The scenario of a row, changed by `overrides` ("path=value") after what the row sets. Throws sim::Error as read_scenario does.
Scenario scenario_of(const DataSet& set, const MeasuredRun& row, const std::vector<std::string>& overrides, const PresetLibrary& library);

/// A data set as a file has it.
struct DataSetSpec {
  int format = format_version;
  std::string name;
  std::string source;
  std::vector<PublishedErrors> published_errors;
  nlohmann::json defaults;
  struct Row {
    std::string id;
    nlohmann::json set;
    nlohmann::json measured;
  };
  std::optional<RunTable> table;
  std::vector<Row> rows;
};
void describe(Fields& fields, DataSetSpec& set);
void describe(Fields& fields, DataSetSpec::Row& row);
void describe(Fields& fields, PublishedErrors& errors);

}  // namespace orrery::scenarios
