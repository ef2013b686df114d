#include "topology/nccl_capacity.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace orrery::topology {
namespace {

std::size_t link_place(int index) { return static_cast<std::size_t>(index); }

}  // namespace

NcclCapacity::NcclCapacity(const NcclPaths& paths) : paths_(paths) {
  for (const NcclLink& link : paths.graph().links) link_left_.push_back(link.bandwidth);
  for (int net = 0; net < paths.nets(); ++net) net_left_.push_back(net_bandwidth(paths.net(net)));
}

void NcclCapacity::take_net(int net, MegabytesPerSecond speed) {
  for (int other = 0; other < paths_.nets(); ++other) {
    if (paths_.is_same_port(net, other)) net_left_[link_place(other)] -= speed;
  }
}

bool NcclCapacity::take(const NcclPath& path, double speed) {
  for (std::size_t step = 0; step < path.links.size(); ++step) {
    const int link = path.links[step];
    const Demand needed = demand(path, link, speed);
    const bool fits = static_cast<double>(link_left_[link_place(link)]) >= needed.forward &&
                      (needed.reverse < 0 || static_cast<double>(link_left_[link_place(needed.reverse)]) >= needed.back);
    if (!fits) {
      for (std::size_t taken = 0; taken < step; ++taken) change(path.links[taken], demand(path, path.links[taken], speed), 1);
      return false;
    }
    change(link, needed, -1);
  }
  return true;
}

void NcclCapacity::give_back(const NcclPath& path, double speed) {
  for (const int link : path.links) change(link, demand(path, link, speed), 1);
}

void NcclCapacity::change(int link, const Demand& demand, int sign) {
  link_left_[link_place(link)] += sign * std::llround(demand.forward);
  if (demand.reverse >= 0) link_left_[link_place(demand.reverse)] += sign * std::llround(demand.back);
}

NcclCapacity::Demand NcclCapacity::demand(const NcclPath& path, int link, double speed) const {
  const NcclLinks& graph = paths_.graph();
  const NcclLink& passed = graph.links[link_place(link)];
  const NcclVertex& end = graph.vertices[link_place(passed.to)];
  const NcclVertex& start = graph.vertices[link_place(graph.links[link_place(path.links.front())].from)];
  Demand found{.forward = passed.kind == NcclLinkKind::pci && path.through_intel ? speed * 6 / 5 : speed};
  constexpr int first_without_acknowledgements = 80;  // older GPUs answer writes of NICs with an eighth of their size
  if (end.kind == NcclVertexKind::gpu && start.kind != NcclVertexKind::gpu &&
      compute_capability(paths_.node().gpus[link_place(end.index)]) < first_without_acknowledgements) {
    found.back += found.forward / 8;
  }
  if (end.kind == NcclVertexKind::cpu && passed.kind == NcclLinkKind::nvlink && paths_.node().cpus[link_place(end.index)].arch == "ppc64") {
    found.back += found.forward;
  }
  if (found.back > 0) found.reverse = reverse_of(link);
  return found;
}

int NcclCapacity::reverse_of(int link) const {
  const NcclLink& passed = paths_.graph().links[link_place(link)];
  const std::vector<int>& back = paths_.graph().vertices[link_place(passed.to)].links;
  const auto found = std::find_if(back.begin(), back.end(), [&](int other) {
    return paths_.graph().links[link_place(other)].to == passed.from && paths_.graph().links[link_place(other)].kind == passed.kind;
  });
  sim::check(found != back.end(), "a link that data pass leads back too");
  return *found;
}

}  // namespace orrery::topology
