#include "topology/export_simgrid.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "topology/attributed_graph.h"
#include "topology/graph_quantity.h"
#include "topology/xml_document.h"

namespace orrery::topology {
namespace {

class SimgridWriter {
 public:
  explicit SimgridWriter(const Survey& survey) : survey_(survey), cables_at_(survey.devices.size()) {
    for (const GraphNode& node : graph_of(survey).nodes) ids_.push_back(xml_escaped(node.id));
    for (std::uint32_t i = 0; i < survey.devices.size(); ++i) {
      if (survey.devices[i].kind == DeviceKind::adapter) adapters_.push_back(i);
    }
    for (std::size_t i = 0; i < survey.cables.size(); ++i) {
      const SurveyCable& cable = survey.cables[i];
      if (is_aggregator(cable.a) || is_aggregator(cable.b)) continue;
      cables_at_[cable.a.device].push_back(i);
      cables_at_[cable.b.device].push_back(i);
      cables_.push_back(i);
    }
  }

  std::string platform() {
    const bool is_small = adapters_.size() <= most_adapters_with_routes;
    text_ = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<platform version=\"4.1\">\n";
    put("<zone id=\"fabric\" routing=\"{}\">\n", is_small ? "Full" : "DijkstraCache");
    write_devices();
    if (is_small) {
      for (const std::size_t i : cables_) write_link(i, survey_.cables[i].bandwidth);
      for (std::size_t i = 0; i < adapters_.size(); ++i) write_routes_to(i);
    } else {
      write_neighbours();
    }
    text_ += "</zone>\n</platform>\n";
    return std::move(text_);
  }

 private:
  bool is_aggregator(const DevicePort& end) const { return survey_.devices[end.device].kind == DeviceKind::aggregator; }
  bool is_adapter(std::uint32_t device) const { return survey_.devices[device].kind == DeviceKind::adapter; }
  static std::uint32_t far_end(const SurveyCable& cable, std::uint32_t device) {
    return cable.a.device == device ? cable.b.device : cable.a.device;
  }

  template <class... Parts>
  void put(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
  }

  void write_devices() {
    for (std::uint32_t i = 0; i < ids_.size(); ++i) {
      if (is_adapter(i)) {
        put("  <host id=\"{}\" speed=\"1Gf\"/>\n", ids_[i]);
      } else if (survey_.devices[i].kind != DeviceKind::aggregator) {
        put("  <router id=\"{}\"/>\n", ids_[i]);
      }
    }
  }

  void write_link(std::size_t index, sim::BytesPerSecond bandwidth) {
    const SurveyCable& cable = survey_.cables[index];
    if (!(cable.bandwidth.value > 0)) {
      throw sim::Error({.place = fmt::format("{}:{}", survey_.file, cable.line),
                        .what = "the bandwidth of this cable is unknown",
                        .remedy = "SimGrid needs it: give it in the file that the survey is read from"});
    }
    put("  <link id=\"cable{}\" bandwidth=\"{}\" latency=\"{}\" sharing_policy=\"SPLITDUPLEX\"/>\n", index, graph_text(bandwidth),
        graph_text(cable.latency.value_or(sim::Duration{})));
  }

  /// Cables between the same two devices as one link and one route of one hop.
  void write_neighbours() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::size_t>> parallel;
    for (const std::size_t i : cables_) {
      const SurveyCable& cable = survey_.cables[i];
      if (cable.a.device != cable.b.device) parallel[std::minmax(cable.a.device, cable.b.device)].push_back(i);
    }
    for (const auto& [ends, cables] : parallel) {
      sim::BytesPerSecond sum;
      for (const std::size_t i : cables) sum.value += survey_.cables[i].bandwidth.value;
      write_link(cables.front(), sum);
    }
    for (const auto& [ends, cables] : parallel) {
      const SurveyCable& cable = survey_.cables[cables.front()];
      put("  <route src=\"{}\" dst=\"{}\"><link_ctn id=\"cable{}\" direction=\"UP\"/></route>\n", ids_[cable.a.device],
          ids_[cable.b.device], cables.front());
    }
  }

  /// Cables from each device to that one on a shortest way; -1 where there is none. No way leads through an adapter.
  std::vector<int> distances_to(std::uint32_t receiver) const {
    std::vector<int> distance(ids_.size(), -1);
    distance[receiver] = 0;
    std::deque<std::uint32_t> reached{receiver};
    for (; !reached.empty(); reached.pop_front()) {
      const std::uint32_t device = reached.front();
      if (device != receiver && is_adapter(device)) continue;
      for (const std::size_t i : cables_at_[device]) {
        const std::uint32_t next = far_end(survey_.cables[i], device);
        if (distance[next] >= 0) continue;
        distance[next] = distance[device] + 1;
        reached.push_back(next);
      }
    }
    return distance;
  }

  void write_routes_to(std::size_t number) {
    const std::uint32_t receiver = adapters_[number];
    const std::vector<int> distance = distances_to(receiver);
    for (const std::uint32_t sender : adapters_) {
      if (sender == receiver || distance[sender] < 0) continue;
      put("  <route src=\"{}\" dst=\"{}\" symmetrical=\"NO\">", ids_[sender], ids_[receiver]);
      for (std::uint32_t at = sender; at != receiver;) {
        std::vector<std::size_t> nearer;
        for (const std::size_t i : cables_at_[at]) {
          const std::uint32_t next = far_end(survey_.cables[i], at);
          if (distance[next] == distance[at] - 1 && (next == receiver || !is_adapter(next))) nearer.push_back(i);
        }
        const std::size_t chosen = nearer[number % nearer.size()];
        const SurveyCable& cable = survey_.cables[chosen];
        put("<link_ctn id=\"cable{}\" direction=\"{}\"/>", chosen, cable.a.device == at ? "UP" : "DOWN");
        at = far_end(cable, at);
      }
      text_ += "</route>\n";
    }
  }

  const Survey& survey_;
  std::vector<std::string> ids_;                     // by device, escaped
  std::vector<std::uint32_t> adapters_;              // devices
  std::vector<std::vector<std::size_t>> cables_at_;  // by device
  std::vector<std::size_t> cables_;                  // but those of aggregators
  std::string text_;
};

}  // namespace

std::string simgrid_platform(const Survey& survey) { return SimgridWriter(survey).platform(); }

}  // namespace orrery::topology
