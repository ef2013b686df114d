#include "scenarios/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "scenarios/hardware.h"
#include "scenarios/port_rate.h"
#include "scenarios/read_file.h"
#include "sim/error.h"
#include "topology/import_forwarding.h"
#include "topology/read_survey.h"

namespace orrery::scenarios {

using topology::Routing;
using topology::Topology;

namespace {

/// All up to the last, by the names that scenarios write.
template <class Choice>
std::vector<std::pair<std::string, Choice>> named(Choice last) {
  std::vector<std::pair<std::string, Choice>> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.emplace_back(to_text(static_cast<Choice>(i)), static_cast<Choice>(i));
  return names;
}

/// "8x4x4" or "4,4" as numbers from 1 to 1,048,576; empty where it is none.
std::vector<int> numbers_between(std::string_view text, char separator) {
  std::vector<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    while (at != end && *at == ' ') ++at;
    int number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || number < 1 || number > 1 << 20) return {};
    numbers.push_back(number);
    at = after;
    while (at != end && *at == ' ') ++at;
    if (at == end) return numbers;
    if (*at++ != separator) return {};
  }
}

TextValue dimensions_text(std::vector<int>& dimensions) {
  return {
      [&dimensions](const std::string& written) {
        dimensions = numbers_between(written, 'x');
        if (!dimensions.empty() && dimensions.size() <= 8) return;
        throw sim::Error({.place = "", .what = fmt::format("\"{}\" is no grid", written), .remedy = "write 1 to 8 sides, e.g. \"8x4x4\""});
      },
      [&dimensions] { return fmt::format("{}", fmt::join(dimensions, "x")); }, Integers::refused,
      R"(^ *[1-9][0-9]* *(x *[1-9][0-9]* *){0,7}$)", "8x4x4"};
}

TextValue pgft_text(std::optional<topology::PgftSpec>& pgft) {
  return {[&pgft](const std::string& written) {
            std::vector<std::vector<int>> parts;
            std::string_view rest = written;
            for (std::size_t semicolon = 0; semicolon != std::string_view::npos;) {
              semicolon = rest.find(';');
              parts.push_back(numbers_between(rest.substr(0, semicolon), ','));
              rest.remove_prefix(semicolon == std::string_view::npos ? rest.size() : semicolon + 1);
            }
            const bool is_one = parts.size() == 4 && parts[0].size() == 1 && parts[1].size() == static_cast<std::size_t>(parts[0][0]);
            if (!is_one) {
              throw sim::Error({.place = "",
                                .what = fmt::format("\"{}\" is no PGFT", written),
                                .remedy = "write levels; children; parents; parallel cables, leaves first, e.g. \"2; 4,4; 1,2; 1,2\""});
            }
            pgft = topology::PgftSpec{parts[1], parts[2], parts[3]};
          },
          [&pgft]() -> std::string {
            if (!pgft) return "";
            return fmt::format("{}; {}; {}; {}", pgft->children.size(), fmt::join(pgft->children, ","), fmt::join(pgft->parents, ","),
                               fmt::join(pgft->parallel, ","));
          },
          Integers::refused, R"(^ *[1-4] *(;( *[1-9][0-9]* *,){0,3} *[1-9][0-9]* *){3}$)", "1; 16; 1; 1"};
}

std::vector<std::pair<std::string, Routing>> routings(Topology topology) {
  std::vector<Routing> there_are = {Routing::minhop, Routing::updown, Routing::ecmp, Routing::adaptive};
  if (topology == Topology::fat_tree || topology == Topology::rail_only) {
    there_are.insert(there_are.begin(), {Routing::d_mod_k, Routing::s_mod_k});
  } else if (topology != Topology::single_switch) {
    there_are.insert(there_are.end(), {Routing::valiant, Routing::ugal});
  }
  if (topology == Topology::imported) there_are.push_back(Routing::lft);
  std::vector<std::pair<std::string, Routing>> names;
  for (const Routing routing : there_are) names.emplace_back(to_text(routing), routing);
  return names;
}

/// The keys of one topology.
void describe(Fields& fields, topology::FabricSpec& fabric, Topology topology) {
  using enum Topology;
  const auto is = [topology](std::initializer_list<Topology> some) { return std::find(some.begin(), some.end(), topology) != some.end(); };
  fabric.topology = topology;
  if (is({imported})) {
    fields.required("file", "a dump of it: of ibnetdiscover, iblinkinfo, OpenSM (.lst), GraphML or DOT", text(fabric.file));
    fields.optional("tables", "forwarding tables, where they are in a file of their own", text(fabric.tables));
  }
  if (!is({single_switch, imported}))
    fields.optional("switch_radix", "ports of a switch; default: of the node's fabric_switch", integer(fabric.switch_radix, 2, 1'024));
  if (is({fat_tree, rail_only, dual_plane})) {
    fields.optional("oversubscription", "ports down over ports up at the leaf", real(fabric.oversubscription, 1, 1'024));
  }
  fields.optional("routing", "how ways are chosen", choice(fabric.routing, routings(topology)));
  fields.optional("queue_pairs", "in so many a flow is cut, each with a hash of its own (routing ecmp)",
                  integer(fabric.queue_pairs, 1, 64));
  fields.optional("efficiency", "of links between switches (routings adaptive and ugal)", real(fabric.efficiency, 0.01, 1));
  fields.optional("sharp", "whether switches add up all-reduces and NCCL's CollNet makes use of it", flag(fabric.sharp));
  if (is({fat_tree, rail_only})) fields.optional("levels", "of switches; default: the fewest that fit", integer(fabric.levels, 1, 4));
  if (is({fat_tree})) {
    fields.optional("planes", "whether each rail is a tree of its own", flag(fabric.planes));
    fields.optional("pgft", "levels; children; parents; parallel cables, if given level by level", pgft_text(fabric.pgft));
  }
  if (is({torus, hyperx})) {
    fields.optional("dimensions", "switches in each; default: what fits", dimensions_text(fabric.dimensions));
    fields.optional("parallel", "cables between neighbours; default: 1", integer(fabric.parallel, 1, 64));
  }
  if (is({dragonfly, hyperx, torus}))
    fields.optional("ports_per_switch", "NICs on a switch; default: what fits", integer(fabric.ports_per_switch, 1, 1'024));
  if (is({dragonfly})) {
    fields.optional("group_switches", "switches of a group; default: twice the NICs on a switch", integer(fabric.group_switches, 1, 1'024));
    fields.optional("global_links", "of a switch, to other groups; default: as many as NICs", integer(fabric.global_links, 1, 1'024));
  }
  if (is({dual_plane})) {
    fields.optional("segment_nodes", "nodes of a segment; default: as many as a switch has ports",
                    integer(fabric.segment_nodes, 1, 1 << 20));
  }
  fields.optional("rails", "must be the node's nics, which is the default", integer(fabric.rails, 1, 1'024));
  fields.optional("link", "of cables between switches: the bandwidth of a node's NIC; default: of the first", port_rate(fabric.link));
}

KindValue by_topology(topology::FabricSpec& fabric) {
  KindValue value{.kinds = {}, .later = {}, .member = "topology", .meaning = "the shape of the network", .need = Need::optional};
  for (const auto& named_one : named<Topology>(Topology::imported)) {
    const Topology topology = named_one.second;
    value.kinds.push_back({named_one.first,
                           {[&fabric, topology](Fields& fields) { describe(fields, fabric, topology); },
                            [&fabric, topology] { return fabric.topology == topology; }}});
  }
  return value;
}

}  // namespace

void describe(Fields& fields, topology::NodeGroup& group) {
  fields.required("node", "what each is, with as many GPUs and NICs as the cluster's first nodes",
                  preset(PresetKind::hardware, group.node));
  fields.required("nodes", "how many", integer(group.nodes, 1, 1 << 20));
}

void describe(Fields& fields, topology::ClusterSpec& cluster) {
  fields.required("node", "what each node is", preset(PresetKind::hardware, cluster.node));
  fields.required("nodes", "how many", integer(cluster.nodes, 1, 1 << 20));
  fields.optional("others", R"(nodes of other kinds, numbered after those, e.g. [{ "node": "dgx-h100", "nodes": 4 }])",
                  list(cluster.others));
  fields.optional("fabric", "the network between nodes", by_topology(cluster.fabric));
  fields.derive([&cluster] {
    topology::FabricSpec& fabric = cluster.fabric;
    if (!fabric.switch_radix && fabric.topology != Topology::single_switch && fabric.topology != Topology::imported)
      fabric.switch_radix = node_of_switches(cluster).fabric_switch.ports;
    if (!fabric.oversubscription) fabric.oversubscription = 1;
    if (!fabric.routing && fabric.topology != Topology::imported) fabric.routing = topology::default_routing(fabric.topology);
    const bool hashes = fabric.routing == topology::Routing::ecmp;
    if (!fabric.queue_pairs) fabric.queue_pairs = hashes ? topology::default_queue_pairs(fabric.topology) : 1;
    if (!fabric.efficiency) fabric.efficiency = topology::default_efficiency;
    if (!fabric.rails) fabric.rails = cluster.node.nics;
    if (!fabric.link) fabric.link = cluster.node.nic.bandwidth;
  });
}

void load_imported(topology::FabricSpec& fabric, const std::filesystem::path& scenario) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30;
  const auto read = [&](const std::string& file) {
    const std::filesystem::path path = scenario.parent_path() / file;
    return topology::read_survey(file_text(path, most_bytes), path.string());
  };
  auto survey = std::make_shared<topology::Survey>(read(fabric.file));
  if (!fabric.tables.empty()) {
    const std::filesystem::path path = scenario.parent_path() / fabric.tables;
    survey->tables = topology::read_forwarding(file_text(path, most_bytes), path.string()).tables;
  }
  fabric.survey = std::move(survey);
  if (!fabric.routing) fabric.routing = topology::default_routing(fabric);
}

}  // namespace orrery::scenarios
