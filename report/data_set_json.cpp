#include "report/data_set_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "scenarios/field_writer.h"

namespace orrery::report {
namespace {

using Object = nlohmann::json;

scenarios::DataSetSpec::Row row_of(const scenarios::MeasuredRun& run) {
  scenarios::DataSetSpec::Row row{.id = run.id, .set = Object::object(), .measured = Object::object()};
  for (const scenarios::Override& change : run.set) row.set[fmt::format("{}", fmt::join(change.steps, "."))] = change.value;
  for (const auto& [key, value] : run.measured) row.measured[key] = value;
  if (run.infeasible) row.measured["infeasible"] = true;
  return row;
}

}  // namespace

std::string data_set_json(const scenarios::DataSet& set) {
  scenarios::DataSetSpec spec;
  spec.name = set.name;
  spec.source = set.source;
  spec.published_errors = set.published_errors;
  spec.defaults = set.defaults.root;
  for (const scenarios::MeasuredRun& run : set.rows) spec.rows.push_back(row_of(run));
  return scenarios::to_json(spec).dump(2) + "\n";
}

}  // namespace orrery::report
