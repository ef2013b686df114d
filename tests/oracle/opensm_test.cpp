// Our routing tables beside those that OpenSM computes of the same fabric, which ibsim simulates. Skipped where one of the two is missing.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "sim/error.h"
#include "tests/temporary_folder.h"
#include "topology/export_ibnetdiscover.h"
#include "topology/fabric_spec.h"
#include "topology/forwarding_tables.h"
#include "topology/import_forwarding.h"
#include "topology/survey_of_fabric.h"

namespace orrery::topology {
namespace {

struct RoutedFabric {
  std::string name;
  FabricSpec spec;
  FabricPorts ports;
  bool is_full_tree = false;
  int dead = 0;  // cables between switches
};

void PrintTo(const RoutedFabric& fabric, std::ostream* out) { *out << fabric.name; }

/// Each whole and with three dead cables.
std::vector<RoutedFabric> routed_fabrics() {
  const auto machine = [](int nodes, int rails, int radix) {
    return FabricPorts{.nodes = nodes, .rails = rails, .radix = radix, .link = {}};
  };
  std::vector<RoutedFabric> all{
      {"TwoLevels", {}, machine(32, 1, 8), true},
      {"SuperPodUnit", {}, machine(20, 8, 40), true},
      {"ThreeLevels", {}, machine(128, 1, 8), true},
      {"ParallelCables", {.pgft = PgftSpec{{4, 4, 2}, {1, 2, 2}, {1, 2, 1}}}, machine(32, 1, 16), true},
      {"Oversubscribed", {.oversubscription = 3}, machine(48, 1, 16), true},
      {"UnevenRails", {}, machine(60, 3, 8)},
      {"Torus", {.topology = Topology::torus, .dimensions = {4, 4, 3}, .ports_per_switch = 2}, machine(96, 1, 16)},
      {"Dragonfly", {.topology = Topology::dragonfly}, machine(72, 1, 7)},
  };
  const std::size_t whole = all.size();
  for (std::size_t i = 0; i < whole; ++i) {
    all.push_back(all[i]);
    all.back().name += "Damaged";
    all.back().is_full_tree = false;
    all.back().dead = 3;
  }
  return all;
}

LinkId link_at(std::int64_t number) { return LinkId{static_cast<std::uint32_t>(number)}; }
VertexId vertex_at(std::int64_t number) { return VertexId{static_cast<std::uint32_t>(number)}; }

/// Some cables between switches, far from each other.
std::vector<LinkId> some_cables(const Fabric& fabric, int count) {
  std::vector<LinkId> inner;
  for (std::int64_t link = 0; link < fabric.links(); link += 2) {
    if (fabric.layer_of(link_at(link)) > 0) inner.push_back(link_at(link));
  }
  std::vector<LinkId> chosen;
  for (int i = 0; i < count; ++i)
    chosen.push_back(inner[inner.size() * static_cast<std::size_t>(2 * i + 1) / static_cast<std::size_t>(2 * count)]);
  return chosen;
}

Fabric made(RoutedFabric of, Routing routing) {
  of.spec.routing = routing;
  Fabric fabric = make_fabric(of.spec, of.ports);
  for (const LinkId link : some_cables(fabric, of.dead)) fabric.set_alive(link, false);
  return fabric;
}

/// What is alike OpenSM takes in order of GUIDs, with their bytes reversed; with these that is the order of vertices.
void give_guids_in_opensms_order(Survey& survey) {
  for (std::uint32_t device = 0; device < survey.devices.size(); ++device) {
    const std::uint64_t number = device + 1;
    survey.devices[device].guid = (std::uint64_t{2} << 56) | (number & 255) << 24 | (number >> 8 & 255) << 16 | (number >> 16 & 255) << 8;
  }
}

ForwardingTables tables_of(const Fabric& fabric, const Survey& survey, const Survey& dump) {
  std::map<std::uint64_t, VertexId> switches;
  for (std::uint32_t device = 0; device < survey.devices.size(); ++device) switches[survey.devices[device].guid] = VertexId{device};
  ForwardingTables tables(fabric.shape());
  for (const ForwardingTable& table : dump.tables) {
    for (const auto& [lid, port] : survey.ports_by_lid) {
      const int out = table.towards(lid);
      if (survey.devices[port.device].kind != DeviceKind::adapter || out == ForwardingTable::nowhere) continue;
      tables.set(switches.at(table.switch_guid), VertexId{port.device}, static_cast<std::uint16_t>(out - 1));
    }
  }
  return tables;
}

enum class Answer : std::uint8_t { routed, refused, missing };

struct OpensmRun {
  Answer answer = Answer::routed;
  std::string output;
  ForwardingTables tables;
};

/// `roots`: that OpenSM is told of; none: it looks for them. `cut`: cables that are pulled out while it runs, one after the other.
OpensmRun run_opensm(const Fabric& fabric, const std::string& engine, const std::vector<VertexId>& roots, const std::vector<LinkId>& cut) {
  const orrery::test::TemporaryFolder folder;
  const std::string path = folder.path().string();
  Survey survey = survey_of_fabric(fabric, sim::BytesPerSecond{25e9});
  give_guids_in_opensms_order(survey);
  std::ofstream(path + "/hall.net") << ibnetdiscover_text(survey);
  if (!roots.empty()) {
    std::ofstream file(path + "/roots");
    for (const VertexId root : roots) file << fmt::format("0x{:016x}\n", survey.devices[index(root)].guid);
  }
  std::string command = fmt::format("'{}/tests/oracle/opensm_on_ibsim' {} {}", ORRERY_SOURCE_DIR, path, engine);
  for (const LinkId link : cut) {
    int port = 0;
    while (fabric.out_link(fabric.source(link), port) != link) ++port;
    command += fmt::format(" 'S-{:016x} {}'", survey.devices[index(fabric.source(link))].guid, port + 1);
  }
  const int status = std::system((command + " >" + path + "/output 2>&1").c_str());
  const auto text = [&](const char* name) {
    std::ifstream file(path + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 77) return {Answer::missing, text("output"), ForwardingTables(fabric.shape())};
  if (code != 0 && code != 3) throw sim::Error({.place = "", .what = text("output"), .remedy = "see whether OpenSM runs on ibsim"});
  return {code == 3 ? Answer::refused : Answer::routed, text("output"),
          tables_of(fabric, survey, read_forwarding(text("opensm-lfts.dump"), "opensm-lfts.dump"))};
}

/// Where our tables and OpenSM's differ: "leaf0.0 to node3/nic0: leaf0.0 -> spine0, OpenSM leaf0.0 -> spine1".
std::vector<std::string> differences(const Fabric& fabric, const ForwardingTables& ours, const ForwardingTables& theirs) {
  const auto named = [&](VertexId at, std::uint16_t port) {
    return port == ForwardingTables::nowhere ? "nowhere" : fabric.name(fabric.out_link(at, port));
  };
  std::vector<std::string> found;
  for (std::int64_t at = fabric.ports(); at < fabric.vertices(); ++at) {
    for (std::int64_t to = 0; to < fabric.ports(); ++to) {
      const std::uint16_t own = ours.port(vertex_at(at), vertex_at(to));
      const std::uint16_t other = theirs.port(vertex_at(at), vertex_at(to));
      if (own == other) continue;
      found.push_back(fmt::format("{} to {}: {}, OpenSM {}", fabric.name(vertex_at(at)), fabric.name(vertex_at(to)),
                                  named(vertex_at(at), own), named(vertex_at(at), other)));
    }
  }
  return found;
}

std::vector<VertexId> leaves(const Fabric& fabric) {
  std::set<VertexId> found;
  for (std::int64_t nic = 0; nic < fabric.ports(); ++nic) found.insert(fabric.target(fabric.out_link(vertex_at(nic), 0)));
  return {found.begin(), found.end()};
}

using Way = std::vector<LinkId>;

Way way_by(const Fabric& fabric, const ForwardingTables& tables, VertexId from, VertexId to) {
  Way way;
  for (VertexId here = from; here != to; here = fabric.target(way.back())) {
    sim::check(tables.port(here, to) != ForwardingTables::nowhere && way.size() < 100, "a way");
    way.push_back(fabric.out_link(here, tables.port(here, to)));
  }
  return way;
}

struct Loads {
  std::map<std::pair<VertexId, VertexId>, std::size_t> hops;            // of leaf and destination
  std::map<std::pair<int, std::uint32_t>, std::multiset<int>> by_kind;  // of layer and direction: destinations a link, from all leaves
};

/// `way_to(leaf, destination)`.
template <class WayTo>
Loads loads(const Fabric& fabric, WayTo way_to) {
  Loads found;
  std::map<LinkId, int> load;
  for (std::int64_t link = 0; link < fabric.links(); ++link) load[link_at(link)] = 0;
  for (const VertexId leaf : leaves(fabric)) {
    for (std::int64_t to = 0; to < fabric.ports(); ++to) {
      const Way way = way_to(leaf, vertex_at(to));
      found.hops[{leaf, vertex_at(to)}] = way.size();
      for (const LinkId link : way) ++load[link];
    }
  }
  for (const auto& [link, destinations] : load) found.by_kind[{fabric.layer_of(link), index(link) % 2}].insert(destinations);
  return found;
}

/// By d-mod-k, from any NIC of the leaf.
Way straight_way(const Fabric& fabric, VertexId leaf, VertexId to) {
  for (int port = 0; port < fabric.out_degree(leaf); ++port) {
    const VertexId from = fabric.target(fabric.out_link(leaf, port));
    if (from == to) return {fabric.out_link(leaf, port)};
  }
  VertexId from = to;
  for (int port = 0; port < fabric.out_degree(leaf) && from == to; ++port) {
    const VertexId there = fabric.target(fabric.out_link(leaf, port));
    if (fabric.shape().is_port(there)) from = there;
  }
  const Route route = fabric.route(fabric.shape().port(from), fabric.shape().port(to), 0);
  return {route.begin() + 1, route.end()};
}

/// The most flows on a link between switches in any of the patterns "every NIC sends to the one so many places on", places counted leaf by
/// leaf.
template <class WayTo>
int worst_of_shifts(const Fabric& fabric, WayTo way_to) {
  std::vector<std::pair<VertexId, VertexId>> places;  // NICs, and their leaves before them
  for (std::int64_t nic = 0; nic < fabric.ports(); ++nic) {
    places.emplace_back(fabric.target(fabric.out_link(vertex_at(nic), 0)), vertex_at(nic));
  }
  std::sort(places.begin(), places.end());
  int worst = 0;
  for (std::size_t shift = 1; shift < places.size(); ++shift) {
    std::map<LinkId, int> flows;
    for (std::size_t place = 0; place < places.size(); ++place) {
      for (const LinkId link : way_to(places[place].first, places[(place + shift) % places.size()].second)) ++flows[link];
    }
    for (const auto& [link, count] : flows) worst = std::max(worst, count);
  }
  return worst;
}

/// Ways on which a step down is followed by one up, which up*/down* forbids lest packets wait for each other in a circle. Up is nearer to
/// the root, which is the first switch; of equal distances to the lower number.
int forbidden_ways(const Fabric& fabric, const ForwardingTables& tables) {
  const VertexId root = vertex_at(fabric.ports());
  std::map<VertexId, int> rank{{root, 0}};
  std::vector<VertexId> reached{root};
  for (std::size_t at = 0; at < reached.size(); ++at) {
    for (int port = 0; port < fabric.out_degree(reached[at]); ++port) {
      const LinkId out = fabric.out_link(reached[at], port);
      if (fabric.shape().is_port(fabric.target(out)) || !fabric.alive(out)) continue;
      if (rank.emplace(fabric.target(out), rank[reached[at]] + 1).second) reached.push_back(fabric.target(out));
    }
  }
  int forbidden = 0;
  for (const VertexId leaf : leaves(fabric)) {
    for (std::int64_t to = 0; to < fabric.ports(); ++to) {
      bool was_down = false;
      bool is_forbidden = false;
      Way way = way_by(fabric, tables, leaf, vertex_at(to));
      way.pop_back();
      for (const LinkId link : way) {
        const VertexId from = fabric.source(link);
        const VertexId next = fabric.target(link);
        const bool is_up = std::pair(rank[next], next) < std::pair(rank[from], from);
        is_forbidden = is_forbidden || (was_down && is_up);
        was_down = was_down || !is_up;
      }
      forbidden += is_forbidden ? 1 : 0;
    }
  }
  return forbidden;
}

/// The switches that updown starts from.
std::vector<VertexId> roots_of(const Fabric& fabric) {
  if (fabric.levels() == 1) return {vertex_at(fabric.ports())};  // of those that are all alike the first
  std::vector<VertexId> roots;
  for (std::int64_t at = fabric.ports(); at < fabric.vertices(); ++at) {
    if (fabric.level_of(vertex_at(at)) == fabric.levels()) roots.push_back(vertex_at(at));
  }
  return roots;
}

template <class Which>
std::vector<RoutedFabric> those(Which which) {
  std::vector<RoutedFabric> chosen;
  for (const RoutedFabric& each : routed_fabrics()) {
    if (which(each)) chosen.push_back(each);
  }
  return chosen;
}
std::string name_of(const testing::TestParamInfo<RoutedFabric>& each) { return each.param.name; }

class OpenSm : public testing::TestWithParam<RoutedFabric> {};
INSTANTIATE_TEST_SUITE_P(Fabrics, OpenSm, testing::ValuesIn(routed_fabrics()), name_of);
class OpenSmOnWholeFabrics : public OpenSm {};
INSTANTIATE_TEST_SUITE_P(Fabrics, OpenSmOnWholeFabrics, testing::ValuesIn(those([](const auto& each) { return each.dead == 0; })), name_of);
class OpenSmOnFullTrees : public OpenSm {};
INSTANTIATE_TEST_SUITE_P(Fabrics, OpenSmOnFullTrees, testing::ValuesIn(those([](const auto& each) { return each.is_full_tree; })), name_of);
class OpenSmOnDamagedTrees : public OpenSm {};
INSTANTIATE_TEST_SUITE_P(Fabrics, OpenSmOnDamagedTrees, testing::ValuesIn(those([](const auto& each) {
                           return each.dead > 0 && each.spec.topology == Topology::fat_tree;
                         })),
                         name_of);

using Strings = std::vector<std::string>;

TEST_P(OpenSm, GivesTheMinhopTablesThatWeGive) {
  const Fabric fabric = made(GetParam(), Routing::minhop);
  const OpensmRun run = run_opensm(fabric, "minhop", {}, {});
  if (run.answer == Answer::missing) GTEST_SKIP() << run.output;
  EXPECT_EQ(differences(fabric, forwarding_tables(fabric, Routing::minhop, nullptr), run.tables), Strings{});
}

// But for dragonflies: there OpenSM prefers a way up that is shorter to one straight down, and ours never does (forwarding_tables.h).
TEST_P(OpenSm, GivesTheUpdownTablesThatWeGive) {
  const Fabric fabric = made(GetParam(), Routing::updown);
  const OpensmRun run = run_opensm(fabric, "updn", roots_of(fabric), {});
  if (run.answer == Answer::missing) GTEST_SKIP() << run.output;
  ASSERT_EQ(run.answer, Answer::routed);
  const ForwardingTables ours = forwarding_tables(fabric, Routing::updown, nullptr);
  if (fabric.levels() == 1) {
    EXPECT_EQ(forbidden_ways(fabric, ours), 0);
  }
  const std::size_t most = GetParam().spec.topology == Topology::dragonfly ? 16 : 0;  // of 2,592 entries
  const Strings found = differences(fabric, ours, run.tables);
  EXPECT_LE(found.size(), most) << testing::PrintToString(found);
}

// The same hops, the same loads on links of every kind, and no two flows on a link in any shift.
TEST_P(OpenSmOnFullTrees, RoutesByFtreeAsDModKDoes) {
  const Fabric fabric = made(GetParam(), Routing::d_mod_k);
  const OpensmRun run = run_opensm(fabric, "ftree", {}, {});
  if (run.answer == Answer::missing) GTEST_SKIP() << run.output;
  ASSERT_EQ(run.answer, Answer::routed);
  const auto ours = [&](VertexId leaf, VertexId to) { return straight_way(fabric, leaf, to); };
  const auto theirs = [&](VertexId leaf, VertexId to) { return way_by(fabric, run.tables, leaf, to); };
  const Loads own = loads(fabric, ours);
  const Loads other = loads(fabric, theirs);
  EXPECT_EQ(own.hops, other.hops);
  EXPECT_EQ(own.by_kind, other.by_kind);
  EXPECT_EQ(worst_of_shifts(fabric, ours), worst_of_shifts(fabric, theirs));
}

// So a machine that is routed by ftree is routed by minhop from its first dead cable on.
TEST_P(OpenSmOnDamagedTrees, RefusesFtree) {
  const Fabric fabric = made(GetParam(), Routing::minhop);
  const OpensmRun run = run_opensm(fabric, "ftree", {}, {});
  if (run.answer == Answer::missing) GTEST_SKIP() << run.output;
  EXPECT_EQ(run.answer, Answer::refused);
  EXPECT_EQ(differences(fabric, forwarding_tables(fabric, Routing::minhop, nullptr), run.tables), Strings{});
}

// Three cables are pulled out of a running fabric, one after the other.
TEST_P(OpenSmOnWholeFabrics, ReroutesRoundCablesThatDieAsWeDo) {
  Fabric fabric = made(GetParam(), Routing::minhop);
  const std::vector<LinkId> cut = some_cables(fabric, 3);
  const OpensmRun run = run_opensm(fabric, "minhop", {}, cut);
  if (run.answer == Answer::missing) GTEST_SKIP() << run.output;
  ForwardingTables ours = forwarding_tables(fabric, Routing::minhop, nullptr);
  for (const LinkId link : cut) {
    fabric.set_alive(link, false);
    ours = forwarding_tables(fabric, Routing::minhop, &ours);
  }
  EXPECT_EQ(differences(fabric, ours, run.tables), Strings{});
}

}  // namespace
}  // namespace orrery::topology
