// A Model's resources and flows in SimGrid's terms: a link for each resource that something flows over, a host for each processor.
//
// A flow goes between two hosts whose route is its path, a link as often as the flow crosses it: SimGrid then counts it as often. Each flow
// has two hosts to itself, chosen from a grid of 2 sqrt(flows), because a table of routes takes the square of the number of hosts. A rate
// cap is a link of the flow's own: in 3.32 Comm::set_rate does not reach communications between hosts (tried, and read in its source).
//
//     SimGridPlatform platform(model);                         // once a process
//     place = platform.start_flow(3, &place);                  // what has ended comes with its tag:
//     s4u::Activity::on_completion_cb([](const auto& what) { what.get_data<...>(); });
//     s4u::Engine::get_instance()->run();
//
// Cost: about 1 us a route and link; SimGrid looks through a flow's path for each link of it (specs: 0.7 ms for 1,024 links).
#pragma once

#include <cstdint>
#include <simgrid/s4u.hpp>
#include <vector>

#include "sim/model.h"

namespace orrery::sim {

class SimGridPlatform {
 public:
  /// Starts SimGrid. The Model must stay.
  explicit SimGridPlatform(const Model& model);

  /// Begin now. Nothing else of the same flow may run. `tag` is the activity's data.
  simgrid::s4u::ActivityPtr start_flow(std::uint32_t flow, void* tag) const;
  simgrid::s4u::ActivityPtr start_work(ResourceId processor, std::int64_t amount, void* tag) const;

 private:
  void make_processors(simgrid::s4u::NetZone& zone);
  void make_routes(simgrid::s4u::NetZone& zone);
  simgrid::s4u::Link* link(simgrid::s4u::NetZone& zone, ResourceId resource);
  std::vector<simgrid::s4u::LinkInRoute> route(simgrid::s4u::NetZone& zone, std::uint32_t flow);
  double capacity(ResourceId resource) const { return static_cast<double>(model_.resources[index(resource)].capacity); }

  const Model& model_;
  std::vector<simgrid::s4u::Host*> processors_;  // by resource; none where nobody works
  std::vector<simgrid::s4u::Link*> links_;       // by resource; none where nothing flows
  std::vector<simgrid::s4u::Host*> sources_;
  std::vector<simgrid::s4u::Host*> destinations_;
};

}  // namespace orrery::sim
