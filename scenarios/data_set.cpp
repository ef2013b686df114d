#include "scenarios/data_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "scenarios/field_reader.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

/// Reads the rows that are written out in the file.
class RowReader {
 public:
  explicit RowReader(const Document& document) : places_(&document.places) {}

  MeasuredRun run(const DataSetSpec::Row& row, const std::string& pointer) {
    take_id(row.id, pointer);
    MeasuredRun run{.id = row.id, .set = {}, .measured = {}};
    for (const auto& [path, value] : row.set.items()) {
      const std::string at = below(below(pointer, "set"), path);
      try {
        run.set.push_back(override_of(places_->placed(at, "", "").place, path, value));
      } catch (const sim::Error& error) {
        for (const sim::Fault& f : error.faults()) fault(at, f.what, f.remedy);
      }
    }
    const std::string at = below(pointer, "measured");
    for (const auto& [key, value] : row.measured.items()) read_measured(key, value, below(at, key), run);
    if (row.measured.empty() || (run.infeasible && !run.measured.empty())) {
      fault(at, run.infeasible ? "a run that is infeasible has no other measurement" : "nothing is measured",
            R"(write e.g. {"iteration_seconds": 3.57}, or {"infeasible": true})");
    }
    return run;
  }
  /// Rows of a table have ids too.
  void refuse_ids_of(const std::vector<MeasuredRun>& table) {
    for (const MeasuredRun& run : table) {
      if (const auto it = ids_.find(run.id); it != ids_.end()) refuse_id(run.id, it->second, "a row of the table");
    }
  }
  void throw_if_any() { scenarios::throw_if_any(std::exchange(faults_, {})); }

 private:
  void take_id(const std::string& id, const std::string& pointer) {
    if (id.empty()) return fault(below(pointer, "id"), "the id is empty", "name the run");
    const auto [it, is_new] = ids_.emplace(id, pointer);
    if (!is_new) refuse_id(id, pointer, it->second);
  }
  void refuse_id(const std::string& id, const std::string& pointer, std::string_view other) {
    fault(below(pointer, "id"), fmt::format("{} is the id of {}, too", shown(id), other), "give each run an id of its own");
  }
  void read_measured(const std::string& key, const json& value, const std::string& pointer, MeasuredRun& run) {
    if (key == "infeasible") {
      if (value != json(true)) fault(pointer, fmt::format("{} is not true", shown(value)), "leave it out where the run was feasible");
      run.infeasible = true;
    } else if (!value.is_number() || value.get<double>() <= 0) {
      fault(pointer, fmt::format("{} is not a positive number", shown(value)), "write what was measured, in the unit that the key names");
    } else {
      run.measured[key] = value.get<double>();
    }
  }
  void fault(const std::string& pointer, std::string what, std::string remedy) {
    faults_.push_back({places_->order(pointer), places_->placed(pointer, std::move(what), std::move(remedy))});
  }

  const Places* places_;
  std::map<std::string, std::string> ids_;  // and the pointers of their rows
  std::vector<PlacedFault> faults_;
};

/// A scenario is no faulty data set, but a file for other commands.
void refuse_scenario(const Document& document) {
  const json& root = document.root;
  if (!root.contains("cluster") || root.contains("defaults") || root.contains("rows") || root.contains("table")) return;
  throw sim::Error(document.places.placed("", "the file is a scenario, not a data set of measured runs",
                                          "give it to orrery run; a data set holds scenarios as \"defaults\" and \"rows\""));
}

DataSet data_set_from(Document document, const PresetLibrary& library) {
  refuse_scenario(document);
  DataSetSpec spec;
  throw_if_any(read(document, library, spec));
  if (!document.root["defaults"].contains("orrery")) document.root["defaults"]["orrery"] = spec.format;  // the file has said it
  DataSet set{.name = spec.name,
              .source = spec.source,
              .published_errors = spec.published_errors,
              .defaults = part_of(document, "/defaults"),
              .rows = {}};
  RowReader reader(document);
  int index = 0;
  for (const DataSetSpec::Row& row : spec.rows) set.rows.push_back(reader.run(row, fmt::format("/rows/{}", index++)));
  reader.throw_if_any();
  if (spec.table) {
    std::vector<MeasuredRun> rows = rows_of(*spec.table, document, library);
    reader.refuse_ids_of(rows);
    reader.throw_if_any();
    set.rows.insert(set.rows.begin(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  }
  if (set.rows.empty()) throw sim::Error(document.places.placed("", "there are no rows", "add what was measured"));
  return set;
}

}  // namespace

void describe(Fields& fields, DataSetSpec& set) {
  fields.required("orrery", "version of this format: 1", integer(set.format, format_version, format_version));
  fields.required("name", "what was measured, in a line", text(set.name));
  fields.optional("source", "by whom, where it is published", text(set.source));
  fields.optional("published_errors", "how far other models are from such runs", list(set.published_errors));
  fields.required("defaults", "a scenario; what every row sets may be missing", raw(set.defaults, Content::scenario));
  fields.optional("table", "rows that stand in a CSV file", object(set.table));
  fields.optional("rows", "the runs", list(set.rows));
}

void describe(Fields& fields, DataSetSpec::Row& row) {
  fields.required("id", "a name for the run", text(row.id, Integers::as_text));
  fields.optional("set", "paths of the scenario, as --set takes them, and their values", raw(row.set, Content::changes));
  fields.required("measured", "keys of the result (dots for depth) and their values, or {\"infeasible\": true}",
                  raw(row.measured, Content::figures));
}

void describe(Fields& fields, PublishedErrors& errors) {
  fields.required("of", "the model", text(errors.of));
  fields.required("source", "who says so", text(errors.source));
  fields.optional("rows", "runs that were compared", integer(errors.rows, 1, 1'000'000));
  fields.optional("mape", "mean of the errors' magnitude, as a fraction", real(errors.mape, 0, 100));
  fields.optional("median", "of the errors' magnitude", real(errors.median, 0, 100));
  fields.optional("max", "largest error", real(errors.max, 0, 100));
  fields.optional("regret", "how much slower the layout that it picks is than the best", real(errors.regret, 0, 100));
}

DataSet read_data_set(const std::filesystem::path& path, const PresetLibrary& library) {
  return data_set_from(open_file_or_preset(path, library, {PresetKind::published, PresetKind::measured}, "a data set"), library);
}

DataSet parse_data_set(const std::string& name, std::string_view text, const PresetLibrary& library) {
  Document document = parse_document(name, text);
  document.directory = std::filesystem::path(name).parent_path();
  return data_set_from(std::move(document), library);
}

Scenario scenario_of(const DataSet& set, const MeasuredRun& row, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  Document document = set.defaults;
  for (const Override& change : row.set) apply(document, change);
  return read_scenario(std::move(document), overrides, library);
}

}  // namespace orrery::scenarios
