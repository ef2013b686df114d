#include "report/page/link_loads.h"

#include <map>
#include <set>

namespace orrery::report {
namespace {

// Links of a layer by utilization.
struct Tally {
  std::map<double, std::int64_t> links;
  sim::ResourceId busiest{};
};

std::string layer_name(const topology::Cluster& cluster, sim::ResourceId id) {
  const auto link = cluster.link_of(id);
  if (!link) {
    const std::string name = cluster.name(id);  // "gpu 12 of node 1, NVLink out"
    return name.substr(name.rfind(", ") + 2);
  }
  const topology::Fabric& fabric = cluster.fabric();
  const topology::Shape& shape = fabric.shape();
  const int from = shape.level(fabric.source(*link));
  const int to = shape.level(fabric.target(*link));
  const std::string& name = shape.layers()[static_cast<std::size_t>(fabric.layer_of(*link))].name;
  if (from == to) return name + (topology::index(*link) % 2 == 0 ? ", one way" : ", other way");
  return name + (from < to ? ", up" : ", down");
}

// By nearest rank; the first is the least.
std::array<double, 11> deciles(const std::map<double, std::int64_t>& links, std::int64_t count) {
  std::array<double, 11> at{};
  auto entry = links.begin();
  std::int64_t passed = entry->second;
  for (std::int64_t tenth = 0; tenth <= 10; ++tenth) {
    const std::int64_t rank = std::max<std::int64_t>(1, (count * tenth + 9) / 10);
    while (passed < rank) passed += (++entry)->second;
    at[static_cast<std::size_t>(tenth)] = entry->first;
  }
  return at;
}

}  // namespace

std::vector<LayerLoad> link_loads(const topology::Cluster& cluster, const sim::Timeline& timeline, const topology::Condition& condition) {
  std::set<sim::ResourceId> slow;
  for (const topology::SlowLink& each : condition.slow_links) {
    for (const topology::LinkId link : {each.link, topology::reverse(each.link)}) slow.insert(cluster.carrier(link));
  }
  std::map<int, Tally> layers;
  const double seconds = timeline.end.seconds();
  for (std::uint32_t r = 0; r < cluster.resource_count(); ++r) {
    const sim::ResourceId id{r};
    const auto link = cluster.link_of(id);
    if (cluster.is_processor(id) || (link && cluster.carrier(*link) != id)) continue;
    const std::int64_t served = timeline.served_by(id);
    double load = 0;
    if (served > 0) {
      const std::int64_t capacity = slow.contains(id) ? topology::capacity_at_start(id, cluster, condition) : cluster.capacity(id);
      load = static_cast<double>(served) / static_cast<double>(capacity) / seconds;
    }
    Tally& tally = layers[cluster.layer(id)];
    if (tally.links.empty() || load > tally.links.rbegin()->first) tally.busiest = id;
    ++tally.links[load];
  }
  std::vector<LayerLoad> loads;
  for (const auto& [layer, tally] : layers) {
    if (tally.links.rbegin()->first == 0) continue;
    LayerLoad load{.name = layer_name(cluster, tally.busiest)};
    for (const auto& [use, links] : tally.links) load.links += links;
    const auto idle = tally.links.find(0);
    if (idle != tally.links.end()) load.idle = idle->second;
    load.at = deciles(tally.links, load.links);
    load.busiest = cluster.name(tally.busiest);
    load.most = {timeline.served_by(tally.busiest) / cluster.units_a_byte()};
    loads.push_back(std::move(load));
  }
  return loads;
}

}  // namespace orrery::report
