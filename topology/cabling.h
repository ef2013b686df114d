// A Shape that keeps a list of its cables: every topology but the fat-tree, and whatever stands in a hall. 16 bytes a cable, 4 for each of
// its ends, and the switches' names: a dragonfly of a million ports takes some 60 MB.
//
//     CablingPlan plan{.nodes = 2, .rails = 1};
//     const VertexId hub = plan.add_switch("hub", 1);
//     const int nics = plan.add_layer("NIC to switch", 5);
//     plan.join(plan.port({0, 0}), hub, nics);
//     plan.join(plan.port({1, 0}), hub, nics);
//     const auto shape = std::make_shared<const Cabling>(std::move(plan));
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "topology/shape.h"

namespace orrery::topology {

/// What to build, filled by the builders (topology/dragonfly.h and the like) and by importers.
struct CablingPlan {
  struct Cable {
    VertexId ends[2];
    std::uint32_t layer = 0;
    std::uint32_t rate = 0;  // into rates
  };
  struct Switch {
    std::string name;
    int level = 1;
  };

  int nodes = 1;
  int rails = 1;
  std::vector<Switch> switches{};
  std::vector<Cable> cables{};
  std::vector<CableLayer> layers{};
  std::map<double, std::uint32_t> number_of_rate{{0, 0}};
  std::vector<sim::BytesPerSecond> rates{{}};               // the first is that of the fabric's links
  std::vector<std::string> node_names{};                    // empty: "node0", "node1", ...
  std::unordered_map<std::uint32_t, VertexId> stand_ins{};  // by NIC that is not there: the one of its node that serves for it

  VertexId port(Port port) const { return VertexId{static_cast<std::uint32_t>(port.node * rails + port.rail)}; }
  VertexId switch_vertex(std::int64_t number) const {
    return VertexId{static_cast<std::uint32_t>(nodes * rails + static_cast<int>(number))};
  }
  VertexId add_switch(std::string name, int level);
  /// Gives its number. The first layer is that of NICs. `metres`: of a cable, estimates of halls (NIC to leaf 5, within a row 10, between
  /// rows 20, to the core 50).
  int add_layer(std::string name, double metres);
  /// Cables NIC ports to switches in order of both, so many to each.
  void join_nics(int ports_per_switch, int layer);
  void join(VertexId a, VertexId b, int layer, sim::BytesPerSecond bandwidth = {});
  /// Cables of slow NICs get the NIC's rate, divided among its cables, where they are faster. `link` is that of the fabric's links.
  void limit_nics(const std::vector<NicRun>& nics, sim::BytesPerSecond link);
};

class Cabling final : public Shape {
 public:
  /// Throws sim::Error (bad input, no place) where two switches have one name or there are more than 2^31 cables.
  explicit Cabling(CablingPlan plan);

  std::int64_t vertices() const override { return ports() + static_cast<std::int64_t>(plan_.switches.size()); }
  std::int64_t cables() const override { return static_cast<std::int64_t>(plan_.cables.size()); }
  VertexId end(std::uint32_t cable, int which) const override { return plan_.cables[cable].ends[which]; }
  int out_degree(VertexId vertex) const override;
  LinkId out_link(VertexId vertex, int port) const override;  // in order of cables
  int level(VertexId vertex) const override;
  int levels() const override { return static_cast<int>(switches_of_level_.size()) - 1; }
  std::int64_t switches(int level) const override { return switches_of_level_.at(static_cast<std::size_t>(level)); }
  const std::vector<CableLayer>& layers() const override { return plan_.layers; }
  int layer(std::uint32_t cable) const override { return plan_.cables[cable].layer; }
  std::int64_t cables(int layer) const override { return cables_of_layer_.at(static_cast<std::size_t>(layer)); }
  sim::BytesPerSecond bandwidth(std::uint32_t cable) const override { return plan_.rates[plan_.cables[cable].rate]; }
  bool is_uniform() const override { return plan_.rates.size() == 1; }
  VertexId serving(VertexId port) const override;
  bool joins_rails() const override { return joins_rails_; }
  /// "node12/nic3" or "HOST/nic3"; switches as the plan names them.
  std::string name(VertexId vertex) const override;
  std::optional<VertexId> find(std::string_view name) const override;
  std::vector<std::string> names_instead_of(std::string_view name) const override;

 private:
  bool find_whether_rails_are_joined() const;

  CablingPlan plan_;
  std::vector<std::uint32_t> first_out_;  // by vertex, and one past the last: into out_
  std::vector<LinkId> out_;
  bool joins_rails_ = true;
  std::vector<std::int64_t> switches_of_level_;
  std::vector<std::int64_t> cables_of_layer_;
  std::unordered_map<std::string, VertexId> switch_of_name_;
  std::unordered_map<std::string, int> node_of_name_;  // where nodes have names
};

}  // namespace orrery::topology
