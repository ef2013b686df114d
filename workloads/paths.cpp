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

/// Appends a resource's demand to those in order of resources; to the last of them where that is of the same resource. Nothing before
/// `first` is touched.
void add_in_order(const sim::Demand& demand, std::size_t first, std::vector<sim::Demand>& demands) {
  if (demands.size() > first && demands.back().resource == demand.resource) {
    demands.back().multiplicity += demand.multiplicity;
  } else {
    demands.push_back(demand);
  }
}

/// What the paths from `begin` to `end` put on resources, each once, in order. Paths that count alike, nearly all, are sorted together, as
/// resources, which are half as long as demands.
void append_merged(const Paths& paths, std::size_t begin, std::size_t end, std::vector<sim::Demand>& demands) {
  std::set<std::uint32_t> counts;
  for (std::size_t path = begin; path < end; ++path) counts.insert(paths.times(path));
  std::vector<sim::Demand> all;
  std::vector<sim::ResourceId> crossed;
  for (const std::uint32_t times : counts) {
    crossed.clear();
    for (std::size_t path = begin; path < end; ++path) {
      if (paths.times(path) == times) crossed.insert(crossed.end(), paths[path].begin(), paths[path].end());
    }
    std::sort(crossed.begin(), crossed.end());
    std::vector<sim::Demand>& of_these = counts.size() == 1 ? demands : all;
    const std::size_t first = of_these.size();
    for (const sim::ResourceId resource : crossed) add_in_order({resource, times}, first, of_these);
  }
  std::sort(all.begin(), all.end(), [](const sim::Demand& a, const sim::Demand& b) { return a.resource < b.resource; });
  const std::size_t first = demands.size();
  for (const sim::Demand& demand : all) add_in_order(demand, first, demands);
}

}  // namespace

std::vector<sim::Demand> merged(const Paths& paths) {
  std::vector<sim::Demand> demands;
  append_merged(paths, 0, paths.count(), demands);
  return demands;
}

void append_demands(Granularity granularity, const Paths& paths, std::vector<sim::Demand>& demands, std::vector<std::uint32_t>& ends) {
  const auto end_flow = [&] { ends.push_back(static_cast<std::uint32_t>(demands.size())); };
  if (granularity == Granularity::hyperflow && paths.count() > 1) {
    append_merged(paths, 0, paths.count(), demands);
    return end_flow();
  }
  for (std::size_t path = 0; path < paths.count(); ++path) {
    if (paths.in_shares()) {
      append_merged(paths, path, path + 1, demands);
    } else {
      for (const sim::ResourceId resource : paths[path]) demands.push_back({resource, paths.times(path)});
    }
    end_flow();
  }
}

}  // namespace orrery::workloads
