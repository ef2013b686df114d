#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/chakra_file.h"

namespace orrery::workloads {
namespace {

using nlohmann::json;

/// Of the names that writers use for one thing, the value of the first that is there and not null.
const json* found(const json& node, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto value = node.find(name);
    if (value != node.end() && !value->is_null()) return &*value;
  }
  return nullptr;
}

class JsonNodes {
 public:
  explicit JsonNodes(const std::string& name) : name_(name) {}

  ChakraFile read(const json& nodes) {
    if (!nodes.is_array()) fail("\"workload_graph\" is no list");
    for (const json& node : nodes) {
      if (!node.is_object()) fail("a node is no object");
      read_node(node);
    }
    return std::move(file_);
  }

 private:
  std::string place() const { return name_ + ": node " + std::to_string(file_.nodes.size() + 1) + " of the file"; }
  [[noreturn]] void fail(const std::string& what) const { throw sim::Error({.place = place(), .what = what, .remedy = "correct it"}); }

  ChakraNumber number(const json* value) const {
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>() ? 1 : 0;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) fail("a number beyond 64 bits");
    if (value->is_number_integer()) return value->get<std::int64_t>();
    if (!value->is_number_float()) fail("a value that should be a number is none");
    constexpr double most = 9e18;
    const double real = value->get<double>();
    if (!(std::abs(real) < most)) fail("a number beyond 64 bits");
    return static_cast<std::int64_t>(real);
  }

  double microseconds(const json* value) const {
    if (value == nullptr) return 0;
    if (!value->is_number()) fail("a time is no number");
    return value->get<double>();
  }

  std::string_view text(const json* value) {
    if (value == nullptr) return {};
    file_.texts.push_back(value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, json::error_handler_t::replace));
    return file_.texts.back();
  }

  std::size_t take_ids(const json* ids) {
    if (ids == nullptr) return 0;
    if (!ids->is_array()) fail("a list of dependencies is no list");
    for (const json& id : *ids) file_.dependencies.push_back(static_cast<std::uint64_t>(number(&id).value_or(0)));
    return ids->size();
  }

  void read_node(const json& from) {
    ChakraNode node{.first_dependency = file_.dependencies.size()};
    const json* const id = found(from, {"Id", "id"});
    if (id == nullptr) fail("has no \"Id\"");
    node.id = static_cast<std::uint64_t>(number(id).value_or(0));
    node.name = text(found(from, {"Name", "name"}));
    node.type = chakra_type(number(found(from, {"NodeType", "type"})).value_or(0), place());
    node.data_count = take_ids(found(from, {"data_deps", "dataDeps"}));
    node.control_count = take_ids(found(from, {"ctrlDeps", "ctrl_deps"}));
    if (const json* const start = found(from, {"start_time_micros", "startTime"}))
      node.start = chakra_duration(microseconds(start), place());
    node.duration = chakra_duration(microseconds(found(from, {"runtime", "duration_micros"})), place());
    node.on_host = number(found(from, {"is_cpu_op"})).value_or(0) != 0;
    node.operations = number(found(from, {"num_ops"}));
    node.tensor_bytes = number(found(from, {"tensor_size"}));
    node.comm_type = number(found(from, {"comm_type"}));
    node.comm_bytes = number(found(from, {"comm_size"}));
    node.source = number(found(from, {"comm_src"}));
    node.destination = number(found(from, {"comm_dst"}));
    node.tag = number(found(from, {"comm_tag"}));
    node.stream = number(found(from, {"stream"}));
    node.thread = number(found(from, {"tid"}));
    node.group = text(found(from, {"pg_name"}));
    file_.nodes.push_back(node);
  }

  const std::string& name_;
  ChakraFile file_;
};

[[noreturn]] void refuse(std::string_view text, const std::string& name) {
  const auto has = [&](std::string_view key) { return text.find(key) != std::string_view::npos; };
  if (has("\"traceEvents\"")) {
    throw sim::Error({.place = name,
                      .what = "is a trace of Kineto: times without dependencies",
                      .remedy = "merge it with PyTorch's host trace (chakra_trace_link, then chakra_converter) and give the .et"},
                     sim::ErrorKind::unavailable);
  }
  if (has("\"nodes\"") && has("\"schema\"")) {
    throw sim::Error({.place = name,
                      .what = "is a host trace of PyTorch: what was called, without times and kernels",
                      .remedy = "merge it with Kineto's trace (chakra_trace_link, then chakra_converter) and give the .et"},
                     sim::ErrorKind::unavailable);
  }
  throw sim::Error({.place = name, .what = "has no \"workload_graph\"", .remedy = "give a Chakra trace, binary or in JSON"});
}

}  // namespace

ChakraFile read_chakra_json(std::string_view text, const std::string& name) {
  if (text.find("\"workload_graph\"") == std::string_view::npos) refuse(text, name);
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {
    throw sim::Error({.place = name, .what = sim::printable(error.what()), .remedy = "correct the JSON"});
  }
  const auto graph = document.find("workload_graph");
  if (graph == document.end()) refuse("", name);
  return JsonNodes(name).read(*graph);
}

}  // namespace orrery::workloads
