#include "workloads/paths.h"

#include <algorithm>

namespace orrery::workloads {

int Paths::append(const topology::Cluster& cluster, const Edge& edge) {
  const int hops = edge.rails ? cluster.append_path(edge.from, edge.to, *edge.rails, edge.flow, resources_)
                              : cluster.append_path(edge.from, edge.to, edge.flow, resources_);
  ends_.push_back(static_cast<std::uint32_t>(resources_.size()));
  in_shares_ = cluster.units_a_byte() > 1;
  return hops;
}

void Paths::clear() {
  resources_.clear();
  ends_.clear();
}

std::span<const sim::ResourceId> Paths::operator[](std::size_t path) const {
  const std::uint32_t begin = path == 0 ? 0 : ends_[path - 1];
  return std::span(resources_).subspan(begin, ends_[path] - begin);
}

namespace {

void append_merged(std::span<const sim::ResourceId> crossed, std::vector<sim::Demand>& demands) {
  std::vector<sim::ResourceId> resources(crossed.begin(), crossed.end());
  std::sort(resources.begin(), resources.end());
  const std::size_t first = demands.size();
  for (const sim::ResourceId resource : resources) {
    if (demands.size() > first && demands.back().resource == resource) {
      ++demands.back().multiplicity;
    } else {
      demands.push_back({resource, 1});
    }
  }
}

}  // namespace

std::vector<sim::Demand> merged(const Paths& paths) {
  std::vector<sim::Demand> demands;
  append_merged(paths.resources(), demands);
  return demands;
}

void append_demands(Granularity granularity, const Paths& paths, std::vector<sim::Demand>& demands, std::vector<std::uint32_t>& ends) {
  const auto end_flow = [&] { ends.push_back(static_cast<std::uint32_t>(demands.size())); };
  if (granularity == Granularity::hyperflow && paths.count() > 1) {
    append_merged(paths.resources(), demands);
    return end_flow();
  }
  for (std::size_t path = 0; path < paths.count(); ++path) {
    if (paths.in_shares()) {
      append_merged(paths[path], demands);
    } else {
      for (const sim::ResourceId resource : paths[path]) demands.push_back({resource, 1});
    }
    end_flow();
  }
}

}  // namespace orrery::workloads
