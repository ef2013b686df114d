#include "sim/simgrid_platform.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>
#include <string>

namespace orrery::sim {
namespace {

namespace s4u = simgrid::s4u;

// Latencies are 0, so that all flows weigh the same and no window bounds them (gamma): sharing is max-min.
void start_simgrid() {
  std::vector<std::string> settings{"orrery",
                                    "--log=root.threshold:critical",
                                    "--cfg=network/model:CM02",
                                    "--cfg=network/crosstraffic:0",  // no acknowledgements, which would take 5 % of the way back
                                    "--cfg=network/TCP-gamma:0",
                                    "--cfg=surf/precision:1e-12",     // s; what ends closer together ends together. By default 1e-9
                                    "--cfg=maxmin/precision:1e-12"};  // of a capacity; less left over counts as none. By default 1e-5
  std::vector<char*> arguments;
  for (std::string& setting : settings) arguments.push_back(setting.data());
  auto count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  new s4u::Engine(&count, arguments.data());  // goes with the process: taking it down in order takes time and serves nobody
  std::signal(SIGINT, SIG_DFL);               // SimGrid's own handler would leave by exit(), into the handlers of the parent
}

}  // namespace

SimGridPlatform::SimGridPlatform(const Model& model) : model_(model), processors_(model.resources.size()), links_(model.resources.size()) {
  start_simgrid();
  s4u::NetZone* const root = s4u::create_floyd_zone("root");
  s4u::NetZone* const processors = s4u::create_star_zone("processors")->set_parent(root);
  s4u::NetZone* const flows = s4u::create_full_zone("flows")->set_parent(root);
  make_processors(*processors);
  make_routes(*flows);
  for (s4u::NetZone* const zone : {processors, flows, root}) zone->seal();
}

void SimGridPlatform::make_processors(s4u::NetZone& zone) {
  for (const Actor& actor : model_.actors) {
    s4u::Host*& host = processors_[index(actor.processor)];
    if (host == nullptr) host = zone.create_host("processor " + std::to_string(index(actor.processor)), capacity(actor.processor));
  }
}

void SimGridPlatform::make_routes(s4u::NetZone& zone) {
  const auto side = static_cast<std::uint32_t>(std::ceil(std::sqrt(static_cast<double>(model_.flows.size()))));
  for (std::uint32_t i = 0; i < side; ++i) {
    sources_.push_back(zone.create_host("source " + std::to_string(i), 1.0));
    destinations_.push_back(zone.create_host("destination " + std::to_string(i), 1.0));
  }
  for (std::uint32_t flow = 0; flow < model_.flows.size(); ++flow) {
    zone.add_route(sources_[flow / side]->get_netpoint(), destinations_[flow % side]->get_netpoint(), nullptr, nullptr, route(zone, flow),
                   false);
  }
}

s4u::Link* SimGridPlatform::link(s4u::NetZone& zone, ResourceId resource) {
  s4u::Link*& known = links_[index(resource)];
  if (known == nullptr) known = zone.create_link("link " + std::to_string(index(resource)), capacity(resource))->seal();
  return known;
}

std::vector<s4u::LinkInRoute> SimGridPlatform::route(s4u::NetZone& zone, std::uint32_t flow) {
  const Flow& what = model_.flows[flow];
  std::vector<s4u::LinkInRoute> links;
  double without_cap = std::numeric_limits<double>::infinity();
  for (std::uint32_t d = what.first_demand; d < what.first_demand + what.demand_count; ++d) {
    const Demand& demand = model_.demands[d];
    without_cap = std::min(without_cap, capacity(demand.resource) / demand.multiplicity);
    links.insert(links.end(), demand.multiplicity, s4u::LinkInRoute(link(zone, demand.resource)));
  }
  if (what.rate_cap < without_cap) links.emplace_back(zone.create_link("cap of flow " + std::to_string(flow), what.rate_cap)->seal());
  return links;
}

s4u::ActivityPtr SimGridPlatform::start_flow(std::uint32_t flow, void* tag) const {
  const s4u::CommPtr transfer = s4u::Comm::sendto_init(sources_[flow / sources_.size()], destinations_[flow % sources_.size()]);
  transfer->set_payload_size(static_cast<std::uint64_t>(model_.flows[flow].amount));
  transfer->set_data(tag);
  transfer->start();
  return transfer;
}

s4u::ActivityPtr SimGridPlatform::start_work(ResourceId processor, std::int64_t amount, void* tag) const {
  const s4u::ExecPtr work = s4u::Exec::init();
  work->set_host(processors_[index(processor)])->set_flops_amount(static_cast<double>(amount));
  work->set_data(tag);
  work->start();
  return work;
}

}  // namespace orrery::sim
