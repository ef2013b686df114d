#include "topology/import_slurm.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "sim/error.h"
#include "topology/slurm_groups.h"

namespace orrery::topology {
namespace {

/// Lines joined where one ends with a backslash; comments cut off. `line` is the first.
struct SlurmLine {
  int line = 0;
  std::string text;
};

std::vector<SlurmLine> slurm_lines(std::string_view text) {
  std::vector<SlurmLine> lines;
  bool continues = false;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line = line.substr(0, line.find('#'));
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
    if (!continues) lines.push_back({.line = number, .text = ""});
    continues = line.ends_with('\\');
    if (continues) line.remove_suffix(1);
    lines.back().text += line;
    if (continues) lines.back().text += ' ';
  }
  return lines;
}

std::string slurm_key(std::string_view text) {
  std::string key(text);
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
}

/// "SwitchName=su1 Nodes=su1-n[001-020]" by lower-case key.
std::map<std::string, std::string> slurm_fields(const SlurmLine& line, const SlurmGroups& groups) {
  constexpr std::string_view blanks = " \t";
  const std::vector<std::string> known = {"switchname", "blockname", "nodes", "switches", "linkspeed", "blocksizes"};
  std::map<std::string, std::string> fields;
  std::string_view rest = line.text;
  for (rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size())); !rest.empty();
       rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()))) {
    const std::string_view field = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(field.size());
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos || equals + 1 == field.size()) {
      groups.fail(line.line, fmt::format("\"{}\" is no key with a value", field.substr(0, 80)),
                  "write e.g. SwitchName=leaf1 Nodes=n[01-20]");
    }
    const std::string key = slurm_key(field.substr(0, equals));
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      const std::string meant = sim::nearest_name(key, known);
      groups.fail(
          line.line, fmt::format("the key \"{}\" is unknown", field.substr(0, equals)),
          meant.empty() ? "write SwitchName, BlockName, Nodes, Switches, LinkSpeed or BlockSizes" : fmt::format("do you mean {}?", meant));
    }
    if (!fields.emplace(key, field.substr(equals + 1)).second) groups.fail(line.line, fmt::format("{} stands twice", key), "leave one out");
  }
  return fields;
}

std::string of_key(const std::map<std::string, std::string>& fields, const char* key) {
  const auto found = fields.find(key);
  return found == fields.end() ? "" : found->second;
}

class SlurmYamlReader {
 public:
  SlurmYamlReader(std::string_view text, std::string_view file) : groups_(file) {
    survey_.file = file;
    try {
      root_ = YAML::Load(std::string(text));
    } catch (const YAML::Exception& error) {
      groups_.fail(std::max(error.mark.line, 0) + 1, fmt::format("is no YAML: {}", error.msg), "the file may be cut off: write it anew");
    }
  }

  Survey read() {
    if (!root_.IsSequence() || root_.size() == 0)
      fail(root_, "is no list of topologies", "write \"- topology: name\", then tree, block or flat");
    const YAML::Node chosen = chosen_topology();
    read_topology(chosen);
    survey_.groups = groups_.finished();
    return std::move(survey_);
  }

 private:
  [[noreturn]] void fail(const YAML::Node& at, const std::string& what, const std::string& remedy) const {
    groups_.fail(line(at), what, remedy);
  }
  static int line(const YAML::Node& at) { return std::max(at.Mark().line, 0) + 1; }

  /// Throws for entries other than those named.
  void check_keys(const YAML::Node& map, const std::vector<std::string>& known) const {
    if (!map.IsMap()) fail(map, "is no map", fmt::format("write \"{}: ...\"", known.front()));
    for (const auto& entry : map) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::string meant = sim::nearest_name(key, known);
      fail(entry.first, fmt::format("the key \"{}\" is unknown", key),
           meant.empty() ? "leave it out" : fmt::format("do you mean \"{}\"?", meant));
    }
  }

  std::string text(const YAML::Node& map, const char* key) const {
    const YAML::Node value = map[key];
    if (!value) return "";
    if (!value.IsScalar()) fail(value, fmt::format("{} is no text", key), "write e.g. node[001-020]");
    return value.Scalar();
  }

  YAML::Node chosen_topology() {
    std::optional<YAML::Node> chosen;
    std::vector<std::string> names;
    for (const auto& topology : root_) {
      check_keys(topology, {"topology", "cluster_default", "tree", "block", "flat"});
      names.push_back(text(topology, "topology"));
      const std::string is_default = slurm_key(text(topology, "cluster_default"));
      if (!chosen && (is_default == "true" || is_default == "yes")) chosen.emplace(topology);
    }
    const YAML::Node taken = chosen ? *chosen : root_[0];
    const std::string name = text(taken, "topology");
    if (names.size() > 1) {
      survey_.remarks.push_back({line(taken), fmt::format("of {} topologies \"{}\" is taken", names.size(), name)});
    }
    return taken;
  }

  void read_topology(const YAML::Node& topology) {
    const YAML::Node tree = topology["tree"], block = topology["block"], flat = topology["flat"];
    if ((tree ? 1 : 0) + (block ? 1 : 0) + (flat ? 1 : 0) != 1) fail(topology, "is not one of tree, block and flat", "write one of them");
    if (tree) {
      check_keys(tree, {"switches"});
      read_list(tree, "switches", "switch");
    } else if (block) {
      check_keys(block, {"blocks", "block_sizes"});
      if (block["block_sizes"]) survey_.remarks.push_back({line(block["block_sizes"]), "sizes of blocks are not kept"});
      read_list(block, "blocks", "block");
    } else {
      survey_.remarks.push_back({line(flat), "a flat topology groups nothing"});
    }
  }

  void read_list(const YAML::Node& holder, const char* list_key, const char* name_key) {
    const YAML::Node list = holder[list_key];
    if (!list || !list.IsSequence())
      fail(holder, fmt::format("has no list of {}", list_key), fmt::format("write \"- {}: name\"", name_key));
    for (const auto& entry : list) {
      check_keys(entry, {name_key, "nodes", "children", "link_speed"});
      const SlurmGroup group{
          .name = text(entry, name_key), .line = line(entry), .hosts = text(entry, "nodes"), .children = text(entry, "children")};
      if (group.name.empty()) fail(entry, fmt::format("has no {}", name_key), fmt::format("write \"- {}: name\"", name_key));
      groups_.add(group);
    }
  }

  SlurmGroups groups_;
  Survey survey_;
  YAML::Node root_;
};

}  // namespace

Survey read_slurm_conf(std::string_view text, std::string_view file) {
  Survey survey;
  survey.file = file;
  SlurmGroups groups(file);
  for (const SlurmLine& line : slurm_lines(text)) {
    const std::map<std::string, std::string> fields = slurm_fields(line, groups);
    if (fields.empty()) continue;
    const bool is_switch = fields.contains("switchname"), is_block = fields.contains("blockname");
    if (fields.contains("blocksizes")) survey.remarks.push_back({line.line, "sizes of blocks are not kept"});
    if (!is_switch && !is_block && fields.contains("blocksizes") && fields.size() == 1) continue;
    if (is_switch == is_block) groups.fail(line.line, "names no switch and no block, or both", "begin with SwitchName= or BlockName=");
    if (is_block && fields.contains("switches")) groups.fail(line.line, "a block has switches", "write Nodes=");
    groups.add({.name = of_key(fields, is_switch ? "switchname" : "blockname"),
                .line = line.line,
                .hosts = of_key(fields, "nodes"),
                .children = of_key(fields, "switches")});
  }
  survey.groups = groups.finished();
  if (survey.groups.empty()) groups.fail(1, "names no switch and no block", "write e.g. SwitchName=leaf1 Nodes=n[01-20]");
  return survey;
}

Survey read_slurm_yaml(std::string_view text, std::string_view file) {
  try {
    return SlurmYamlReader(text, file).read();
  } catch (const YAML::Exception& error) {  // what the walk runs into: keys that are no text
    throw sim::Error({.place = fmt::format("{}:{}", file, std::max(error.mark.line, 0) + 1),
                      .what = fmt::format("is no topology of SLURM's: {}", error.msg),
                      .remedy = "see https://slurm.schedmd.com/topology.yaml.html"});
  }
}

Survey read_slurm(std::string_view text, std::string_view file) {
  std::string_view rest = text;
  while (!rest.empty() && (rest.front() == '#' || rest.front() == '\n' || rest.front() == ' ' || rest.front() == '\r')) {
    rest.remove_prefix(rest.front() == '#' ? std::min(rest.find('\n'), rest.size()) : 1);
  }
  const bool is_yaml = file.ends_with(".yaml") || file.ends_with(".yml") || rest.starts_with('-');
  return is_yaml ? read_slurm_yaml(text, file) : read_slurm_conf(text, file);
}

}  // namespace orrery::topology
