#include "topology/fabric.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "sim/error.h"
#include "topology/fat_tree_router.h"
#include "topology/fat_tree_shape.h"

namespace orrery::topology {
namespace {

constexpr std::string_view arrow = " -> ";

/// All of them where they are few.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t few = 8;
  if (names.size() <= few) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} others, such as {} and {}", names.size(), names.front(), names.back());
}

}  // namespace

Fabric::Fabric(const FatTreeSpec& spec) : routing_(spec.routing) {
  const auto tree = std::make_shared<const FatTreeShape>(spec);
  shape_ = tree;
  router_ = std::make_unique<FatTreeRouter>(*tree, spec.routing, 1);
}

Fabric::Fabric(std::shared_ptr<const Shape> shape, std::unique_ptr<Router> router, Routing routing)
    : shape_(std::move(shape)), router_(std::move(router)), routing_(routing) {}

Fabric::Fabric(const Fabric& other) : shape_(other.shape_), router_(other.router_->clone()), routing_(other.routing_), dead_(other.dead_) {}

Fabric& Fabric::operator=(Fabric other) {
  shape_.swap(other.shape_);
  router_.swap(other.router_);
  std::swap(routing_, other.routing_);
  dead_.swap(other.dead_);
  return *this;
}

VertexId Fabric::checked(Port port) const {
  sim::check(port.node >= 0 && port.node < nodes() && port.rail >= 0 && port.rail < rails(), "a port of the fabric");
  return shape_->serving(vertex(port));
}

void Fabric::set_alive(LinkId link, bool alive) {
  sim::check(index(link) < links(), "a link of the fabric");
  if (alive) {
    dead_.erase(cable_of(link));
  } else {
    dead_.insert(cable_of(link));
  }
  router_->links_changed();
}

int Fabric::live_links(const Router::Bundle& bundle) const {
  int live = 0;
  for (int i = 0; i < bundle.links; ++i) live += alive(bundle.link(i)) ? 1 : 0;
  return live;
}

Fabric::Parallel Fabric::parallel(LinkId link) const {
  const VertexId from = shape_->end(cable_of(link), 0);
  const VertexId to = shape_->end(cable_of(link), 1);
  Parallel found{.number = 0, .of = 0};
  for (int port = 0; port < out_degree(from); ++port) {
    const LinkId other = out_link(from, port);
    if (target(other) != to) continue;
    ++found.of;
    if (cable_of(other) < cable_of(link)) ++found.number;
  }
  return found;
}

std::string Fabric::name(LinkId link) const {
  const std::string ends = fmt::format("{}{}{}", name(source(link)), arrow, name(target(link)));
  const Parallel which = parallel(link);
  return which.of == 1 ? ends : fmt::format("{} [{}]", ends, which.number);
}

VertexId Fabric::vertex(std::string_view name) const {
  if (const auto found = shape_->find(name)) return *found;
  throw sim::Error({.place = "",
                    .what = fmt::format("there is no \"{}\" in this fabric", name),
                    .remedy = fmt::format("it has {}", fmt::join(shape_->names_instead_of(name), ", "))});
}

LinkId Fabric::link(std::string_view name) const {
  const std::size_t middle = name.find(arrow);
  if (middle == std::string_view::npos) {
    throw sim::Error({.place = "",
                      .what = fmt::format("\"{}\" is no link of this fabric", name),
                      .remedy = fmt::format("write its two ends, e.g. \"{}\" or \"{}\"", this->name(LinkId{0}),
                                            this->name(LinkId{static_cast<std::uint32_t>(links() - 1)}))});
  }
  const VertexId from = vertex(name.substr(0, middle));
  const std::string_view rest = name.substr(middle + arrow.size());
  const VertexId to = vertex(rest.substr(0, rest.find(' ')));
  std::vector<std::string> between;
  std::vector<std::string> elsewhere;
  for (int port = 0; port < out_degree(from); ++port) {
    const LinkId link = out_link(from, port);
    if (target(link) == to) {
      between.push_back(this->name(link));
      if (between.back() == name) return link;
    } else if (const std::string end = this->name(target(link)); elsewhere.empty() || elsewhere.back() != end) {
      elsewhere.push_back(end);
    }
  }
  if (between.empty()) {
    throw sim::Error({.place = "",
                      .what = fmt::format("no cable joins {} and {}", this->name(from), this->name(to)),
                      .remedy = fmt::format("cables lead from {} to {}", this->name(from), listed(elsewhere))});
  }
  throw sim::Error({.place = "",
                    .what = fmt::format("there is no link \"{}\" in this fabric", name),
                    .remedy = fmt::format("between these two there is {}", listed(between))});
}

void throw_cut_off(const Fabric& fabric, VertexId from, VertexId to) {
  throw sim::Error(sim::Fault{.place = "",
                              .what = fmt::format("{} and {} are cut off from each other: every shortest way between them has a dead link",
                                                  fabric.name(from), fabric.name(to)),
                              .remedy = "revive a link, or leave out one of the nodes"});
}

}  // namespace orrery::topology
