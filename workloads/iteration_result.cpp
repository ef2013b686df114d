#include "workloads/iteration_result.h"

#include <algorithm>
#include <map>
#include <optional>

#include "sim/error.h"
#include "workloads/labels.h"
#include "workloads/roofline.h"

namespace orrery::workloads {

using sim::Duration;

namespace {

// The least time that a rank's kernels take: all at peak rate, or all at full memory bandwidth.
struct LeastTime {
  double compute_seconds = 0;
  double memory_seconds = 0;
};

LeastTime least_time(const std::vector<sim::Operation>& operations, const std::vector<LeastTime>& blocks, const topology::GpuSpec& gpu) {
  LeastTime sum;
  for (const sim::Operation& operation : operations) {
    if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
      sum.compute_seconds += least_compute_seconds(compute->kernel, gpu);
      sum.memory_seconds += least_memory_seconds(compute->kernel, gpu);
    } else if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
      const LeastTime& body = blocks[static_cast<std::size_t>(call->block)];
      sum.compute_seconds += body.compute_seconds * call->times;
      sum.memory_seconds += body.memory_seconds * call->times;
    }
  }
  return sum;
}

// Rounded down: a bound must hold to the picosecond.
Duration floor_seconds(double seconds) { return Duration::from_seconds(seconds * (1 - 1e-12)); }

// Calls `use` with every link that served, in order of number. Processors are none.
template <class Use>
void for_each_used_link(const topology::Cluster& cluster, const sim::Timeline& timeline, const Use& use) {
  const auto resources = static_cast<std::uint32_t>(cluster.resource_count());
  for (std::uint32_t r = 0; r < resources; ++r) {
    const sim::ResourceId id{r};
    if (timeline.served_by(id) > 0 && !cluster.is_processor(id)) use(id);
  }
}

// What links served, as seconds at the capacity that they had at the start: by class, as the Timeline has it.
std::vector<double> link_seconds(const topology::Cluster& cluster, const topology::Condition& condition, const sim::Timeline& timeline) {
  std::vector<double> seconds(timeline.served.size(), 0);
  const auto set = [&](sim::ResourceId link, std::int64_t capacity) {
    seconds[timeline.class_of(link)] = static_cast<double>(timeline.served_by(link)) / static_cast<double>(capacity);
  };
  for_each_used_link(cluster, timeline, [&](sim::ResourceId link) {
    if (seconds[timeline.class_of(link)] == 0) set(link, cluster.capacity(link));
  });
  for (const topology::SlowLink& slow : condition.slow_links) {
    for (const topology::LinkId link : {slow.link, topology::reverse(slow.link)}) {
      const sim::ResourceId carrier = cluster.carrier(link);
      set(carrier, topology::capacity_at_start(carrier, cluster, condition));
    }
  }
  return seconds;
}

Bounds bounds_of(const sim::Program& program, const topology::GpuSpec& gpu, const std::vector<double>& link_loads) {
  std::vector<LeastTime> blocks;
  for (const sim::Block& block : program.blocks) blocks.push_back(least_time(block.operations, blocks, gpu));
  Bounds bounds;
  for (const sim::Role& role : program.roles) {
    LeastTime sum;
    for (const sim::Stream& stream : role.streams) {
      const LeastTime part = least_time(stream.operations, blocks, gpu);
      sum.compute_seconds += part.compute_seconds;
      sum.memory_seconds += part.memory_seconds;
    }
    bounds.compute = std::max(bounds.compute, floor_seconds(sum.compute_seconds));
    bounds.memory = std::max(bounds.memory, floor_seconds(sum.memory_seconds));
  }
  if (!link_loads.empty()) bounds.network = floor_seconds(*std::max_element(link_loads.begin(), link_loads.end()));
  return bounds;
}

using Breakdown = std::vector<std::pair<std::string, Duration>>;

// The part of that name, made where there is none.
Duration& part(Breakdown& parts, std::string_view name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const auto& each) { return each.first == name; });
  return found != parts.end() ? found->second : parts.emplace_back(name, Duration{}).second;
}

// A part's running time, and what it waited for. Where the wait was for another pipeline rank, it is the bubble's.
Breakdown breakdown_of(const sim::Program& program, const sim::Timeline& timeline, sim::ActorId actor) {
  Breakdown parts;
  Duration bubble{};
  Duration across_stages{};
  for (std::size_t label = 0; label < program.labels.size(); ++label) {
    const sim::Account& account = timeline.account(actor, static_cast<std::uint8_t>(label));
    if (program.labels[label] == name_of(Label::cross_stage)) {
      bubble += account.waiting;
      across_stages += account.running;
    } else if (program.labels[label] == name_of(Label::pipeline_transfer)) {
      bubble += account.waiting;
      parts.emplace_back("pipeline_bubble", Duration{});
      parts.emplace_back(program.labels[label], account.running);
    } else {
      parts.emplace_back(program.labels[label], account.running + account.waiting);
    }
  }
  if (bubble > Duration{}) part(parts, "pipeline_bubble") += bubble;
  if (across_stages > Duration{}) part(parts, name_of(Label::data)) += across_stages;
  return parts;
}

// The busiest of each layer of the machine, so that a busy layer of thousands of equal links does not hide the others.
std::vector<LinkUse> busiest_links_of(const topology::Cluster& cluster, const sim::Timeline& timeline, const std::vector<double>& loads) {
  constexpr std::size_t shown = 8;
  const auto load = [&](sim::ResourceId link) { return loads[timeline.class_of(link)]; };
  std::map<int, sim::ResourceId> busiest;  // by layer
  for_each_used_link(cluster, timeline, [&](sim::ResourceId link) {
    const auto [entry, is_new] = busiest.try_emplace(cluster.layer(link), link);
    if (!is_new && load(link) > load(entry->second)) entry->second = link;
  });
  std::vector<sim::ResourceId> chosen;
  for (const auto& [layer, link] : busiest) chosen.push_back(link);
  std::sort(chosen.begin(), chosen.end(),
            [&](sim::ResourceId a, sim::ResourceId b) { return load(a) != load(b) ? load(a) > load(b) : a < b; });
  chosen.resize(std::min(shown, chosen.size()));
  std::vector<LinkUse> links;
  links.reserve(chosen.size());
  for (const sim::ResourceId link : chosen) {
    links.push_back({link, cluster.name(link), load(link) / timeline.end.seconds(), {timeline.served_by(link) / cluster.units_a_byte()}});
  }
  return links;
}

// The rail of most NICs on a switch; none where there are no NICs.
std::optional<int> rail_of(const topology::Fabric& fabric, topology::VertexId a_switch) {
  std::map<int, int> nics;
  for (int port = 0; port < fabric.out_degree(a_switch); ++port) {
    const topology::VertexId there = fabric.target(fabric.out_link(a_switch, port));
    if (fabric.shape().is_port(there)) ++nics[fabric.shape().port(there).rail];
  }
  const auto most = std::max_element(nics.begin(), nics.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == nics.end() ? std::nullopt : std::optional(most->first);
}

std::optional<WorstRail> worst_rail_of(const topology::Cluster& cluster, const sim::Timeline& timeline, const std::vector<double>& loads) {
  if (cluster.spec().fabric.topology != topology::Topology::imported) return std::nullopt;
  const topology::Fabric& fabric = cluster.fabric();
  std::map<int, topology::LinkId> busiest;  // by rail
  const auto load = [&](topology::LinkId link) { return loads[timeline.class_of(cluster.resource(link))]; };
  for (std::uint32_t number = 0; number < fabric.links(); ++number) {
    const topology::LinkId link{number};
    if (fabric.layer_of(link) == 0 || timeline.served_by(cluster.resource(link)) == 0) continue;
    for (const topology::VertexId end : {fabric.source(link), fabric.target(link)}) {
      const std::optional<int> rail = rail_of(fabric, end);
      if (!rail) continue;
      const auto [known, is_new] = busiest.try_emplace(*rail, link);
      if (!is_new && load(link) > load(known->second)) known->second = link;
    }
  }
  if (busiest.size() < 2) return std::nullopt;
  std::vector<std::pair<double, int>> rails;
  for (const auto& [rail, link] : busiest) rails.emplace_back(-load(link), rail);
  std::sort(rails.begin(), rails.end());
  const double seconds = timeline.end.seconds();
  const int worst = rails[0].second;
  const sim::ResourceId link = cluster.resource(busiest.at(worst));
  const sim::Bytes bytes{timeline.served_by(link) / cluster.units_a_byte()};
  return WorstRail{worst, {link, cluster.name(link), -rails[0].first / seconds, bytes}, -rails[1].first / seconds};
}

// The lowest number of those that ended last.
sim::ActorId last_actor(const sim::Timeline& timeline) {
  const auto last =
      static_cast<std::uint32_t>(std::max_element(timeline.actor_ends.begin(), timeline.actor_ends.end()) - timeline.actor_ends.begin());
  const std::vector<std::uint32_t>& classes = timeline.classes.of_actor;
  if (classes.empty()) return sim::ActorId{last};
  return sim::ActorId{static_cast<std::uint32_t>(std::find(classes.begin(), classes.end(), last) - classes.begin())};
}

}  // namespace

IterationResult iteration_result(const sim::Program& program, const topology::Cluster& cluster, const sim::Timeline& timeline,
                                 const topology::Condition& condition, topology::GpuId first) {
  const auto loads = link_seconds(cluster, condition, timeline);
  IterationResult result;
  result.iteration = timeline.end - sim::Time{};
  result.bounds = bounds_of(program, cluster.node(first).gpu, loads);
  result.breakdown = breakdown_of(program, timeline, last_actor(timeline));
  Duration sum{};
  for (const auto& [name, part] : result.breakdown) sum += part;
  sim::check(sum <= result.iteration, "the breakdown does not exceed the iteration");
  if (sum < result.iteration) {  // other streams of the rank went on after its main stream
    part(result.breakdown, name_of(Label::other)) += result.iteration - sum;
  }
  result.bottleneck = std::max_element(result.breakdown.begin(), result.breakdown.end(), [](const auto& a, const auto& b) {
                        return a.second < b.second;
                      })->first;
  result.busiest_links = busiest_links_of(cluster, timeline, loads);
  result.worst_rail = worst_rail_of(cluster, timeline, loads);
  return result;
}

}  // namespace orrery::workloads
