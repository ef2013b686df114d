#include "workloads/paths.h"

#include <algorithm>
#include <set>

namespace orrery::workloads {

int Paths::append(const topology::Cluster& cluster, const Edge& edge) {
  const std::size_t begin = resources_.size();
  const int hops = edge.rails ? cluster.append_path(edge.from, edge.to, *edge.rails, edge.flow, resources_)
                              : cluster.append_path(edge.from, edge.to, edge.flow, resources_);
  if (edge.in_network) join_tree(cluster, edge.flow, begin);
  ends_.push_back(static_cast<std::uint32_t>(resources_.size()));
  times_.push_back(edge.times);
  in_shares_ = cluster.units_a_byte() > 1;
  return hops;
}

// From where a path meets the tree of those before it, it goes on as they did, whatever its own route would be. All shares go along the
// first one's.
void Paths::join_tree(const topology::Cluster& cluster, std::uint64_t flow, std::size_t begin) {
  const std::vector<sim::ResourceId> path(resources_.begin() + static_cast<std::ptrdiff_t>(begin), resources_.end());
  resources_.resize(begin);
  std::set<topology::VertexId>& tree = trees_[flow];
  const topology::Fabric& fabric = cluster.fabric();
  for (const sim::ResourceId resource : path) {
    if (const auto link = cluster.link_of(resource); link && !tree.insert(fabric.source(*link)).second) return;
    const auto shares = static_cast<std::size_t>(cluster.units_a_byte());
    resources_.insert(resources_.end(), shares, resource);
    resources_.insert(resources_.end(), shares, cluster.opposite(resource));
    if (resource == path.back()) return;
  }
}

void Paths::clear() {
  resources_.clear();
  ends_.clear();
  times_.clear();
  trees_.clear();
}

std::span<const sim::ResourceId> Paths::operator[](std::size_t path) const {
  const std::uint32_t begin = path == 0 ? 0 : ends_[path - 1];
  return std::span(resources_).subspan(begin, ends_[path] - begin);
}

namespace {

void append_merged(const Paths& paths, std::size_t begin, std::size_t end, Tally& tally, std::vector<sim::Demand>& demands) {
  for (std::size_t path = begin; path < end; ++path) {
    for (const sim::ResourceId resource : paths[path]) tally.add(resource, paths.times(path));
  }
  tally.take(demands);
}

}  // namespace

std::vector<sim::Demand> merged(const Paths& paths) {
  const auto last = std::max_element(paths.resources().begin(), paths.resources().end());
  if (last == paths.resources().end()) return {};
  Tally tally(index(*last) + std::size_t{1});
  std::vector<sim::Demand> demands;
  append_merged(paths, 0, paths.count(), tally, demands);
  return demands;
}

void append_demands(Granularity granularity, const Paths& paths, Tally& tally, std::vector<sim::Demand>& demands,
                    std::vector<std::uint32_t>& ends) {
  const auto end_flow = [&] { ends.push_back(static_cast<std::uint32_t>(demands.size())); };
  if (granularity == Granularity::hyperflow && paths.count() > 1) {
    append_merged(paths, 0, paths.count(), tally, demands);
    return end_flow();
  }
  for (std::size_t path = 0; path < paths.count(); ++path) {
    if (paths.in_shares()) {
      append_merged(paths, path, path + 1, tally, demands);
    } else {
      for (const sim::ResourceId resource : paths[path]) demands.push_back({resource, paths.times(path)});
    }
    end_flow();
  }
}

}  // namespace orrery::workloads
