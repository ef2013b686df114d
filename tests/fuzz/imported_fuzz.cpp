// What comes after reading: any bytes as a dump of a fabric, whichever of the formats it has, are refused or become a shape that holds
// together, whose routes lead from cable to cable, by its own tables too.
#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "tests/fuzz/cables_and_tables.h"
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "topology/fabric_spec.h"
#include "topology/imported.h"
#include "topology/read_survey.h"

namespace orrery::fuzz {
namespace {

using topology::Cabling;
using topology::Fabric;
using topology::ImportedFabric;
using topology::Routing;
using topology::Survey;
using topology::VertexId;

constexpr sim::BytesPerSecond hdr{25e9};

void check_cables(const Survey& survey, const ImportedFabric& imported, const Cabling& shape) {
  sim::check(std::ssize(imported.device_of_vertex) == shape.vertices(), "a vertex has its device");
  sim::check(std::ssize(imported.ports_of_cable) == shape.cables(), "a cable has its ports");
  for (std::uint32_t cable = 0; cable < shape.cables(); ++cable) {
    const VertexId lower = shape.end(cable, 0);
    const VertexId upper = shape.end(cable, 1);
    sim::check(lower != upper && !shape.is_port(upper), "a cable leads to another switch");
    sim::check(shape.is_port(lower) == (shape.layer(cable) == 0), "the first layer is that of NICs");
    sim::check(shape.bandwidth(cable).value >= 0, "a rate is not negative");
    const topology::Device& device = survey.devices[imported.device_of_vertex[index(lower)]];
    sim::check(shape.is_port(lower) == (device.kind != topology::DeviceKind::switch_), "a NIC is an adapter");
  }
}

void check_vertices(const ImportedFabric& imported, const Cabling& shape) {
  for (std::uint32_t v = 0; v < shape.vertices(); ++v) {
    const VertexId vertex{v};
    check_line(shape.name(vertex));
    sim::check(shape.find(shape.name(vertex)) == vertex, "a name is that of one vertex");
    if (!shape.is_port(vertex)) continue;
    const VertexId serving = shape.serving(vertex);
    sim::check(shape.is_port(serving) && shape.port(serving).node == shape.port(vertex).node, "a stand-in is of the same node");
    sim::check(shape.out_degree(serving) > 0 && shape.serving(serving) == serving, "what serves has a cable");
    sim::check((imported.device_of_vertex[v] == ImportedFabric::none) == (serving != vertex), "what is missing is stood in for");
  }
}

void check_route(const Fabric& fabric, VertexId from, VertexId to) {
  const topology::Shape& shape = fabric.shape();
  std::set<VertexId> passed = {shape.serving(from)};
  VertexId at = shape.serving(from);
  for (const topology::LinkId link : fabric.route(shape.port(from), shape.port(to), 0)) {
    sim::check(fabric.source(link) == at, "a route leads from cable to cable");
    at = fabric.target(link);
    const bool may_return = fabric.routing() == Routing::valiant || fabric.routing() == Routing::ugal;
    sim::check(passed.insert(at).second || may_return, "a route does not go round");
  }
  sim::check(at == shape.serving(to), "a route ends where it should");
}

void check_routes(const Fabric& fabric) {
  const auto ports = static_cast<std::uint32_t>(std::min<std::int64_t>(fabric.ports(), 12));
  for (std::uint32_t from = 0; from < ports; ++from) {
    for (std::uint32_t to = 0; to < ports; ++to) {
      try {
        check_route(fabric, VertexId{from}, VertexId{to});
      } catch (const sim::Error& error) {  // cut off, or the tables lead in a circle
        for (const sim::Fault& fault : error.faults()) check_line(fault.what);
      }
    }
  }
}

void check_import(const std::shared_ptr<const Survey>& survey, int rails) {
  const int nodes = topology::nodes_in(*survey, rails);
  const auto spec = [&](std::optional<Routing> routing) {
    return topology::FabricSpec{.topology = topology::Topology::imported, .routing = routing, .survey = survey};
  };
  const topology::FabricPorts more{.nodes = nodes + 1, .rails = rails, .link = hdr};
  sim::check(!read_or_refused([&] { return make_fabric(spec(Routing::minhop), more); }), "there are no more nodes than there are");
  if (nodes == 0) return;
  const ImportedFabric imported = topology::import_fabric(*survey, nodes, rails, hdr);
  for (const std::string& note : imported.notes) check_line(note);
  const Cabling shape(imported.plan);
  check_cables(*survey, imported, shape);
  check_vertices(imported, shape);
  constexpr int few = 60;  // ways are looked for in small fabrics alone
  if (shape.vertices() > few) return;
  const topology::FabricPorts all{.nodes = nodes, .rails = rails, .link = hdr};
  for (const std::optional<Routing> routing : {std::optional<Routing>(), std::optional(Routing::minhop), std::optional(Routing::updown),
                                               std::optional(Routing::ecmp), std::optional(Routing::ugal)}) {
    if (const auto fabric = read_or_refused([&] { return make_fabric(spec(routing), all); })) check_routes(*fabric);
  }
}

void check_imports(const Survey& survey) {
  constexpr std::size_t many = 2000;  // of which names alone take long
  if (survey.devices.size() > many || survey.cables.size() > many) return;
  const auto shared = std::make_shared<const Survey>(survey);
  for (const int rails : {1, 2, 8}) check_import(shared, rails);
}

}  // namespace

void read(std::string_view text) {
  if (const auto survey = read_or_refused([&] { return topology::read_survey(text, "x"); })) check_imports(*survey);
  if (const auto both = cables_and_tables(text)) check_imports(*both);
}

}  // namespace orrery::fuzz
