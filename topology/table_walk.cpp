#include "topology/table_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "sim/error.h"

namespace orrery::topology {
namespace {

constexpr std::uint32_t no_cable = UINT32_MAX;
constexpr std::size_t most_walk_faults = 20;

std::string label(const Device& device) {
  return device.name.empty() ? fmt::format("0x{:016x}", device.guid) : fmt::format("{} (0x{:016x})", device.name, device.guid);
}

class Walker {
 public:
  explicit Walker(const Survey& survey) : survey_(&survey) {
    if (survey.tables.empty()) fail("no forwarding tables", "dump them with dump_fts, or take OpenSM's opensm-lfts.dump");
    if (survey.ports_by_lid.empty()) fail("no addresses", "dump the cables when the subnet manager has given out LIDs");
    join_cables();
    join_tables();
    walk_.load.resize(survey.cables.size());
  }

  TableWalk walked() {
    for (const auto& [base, port] : survey_->ports_by_lid) {
      const Device& owner = survey_->devices[port.device];
      if (owner.kind != DeviceKind::adapter) continue;
      const int addresses = 1 << std::clamp(owner.lmc, 0, 7);
      for (int lid = base; lid < base + addresses; ++lid) {
        for (const std::uint32_t leaf : leaves_) follow(leaf, lid, port);
      }
    }
    if (!faults_.empty()) throw sim::Error(std::move(faults_));
    return std::move(walk_);
  }

 private:
  struct Way {
    std::uint32_t cable = no_cable;
    std::size_t direction = from_a;
  };

  bool is_switch(std::uint32_t device) const { return survey_->devices[device].kind == DeviceKind::switch_; }

  void join_cables() {
    ways_.resize(survey_->devices.size());
    std::set<std::uint32_t> leaves;
    for (std::uint32_t i = 0; i < survey_->cables.size(); ++i) {
      const SurveyCable& cable = survey_->cables[i];
      join(cable.a, {i, from_a});
      join(cable.b, {i, from_b});
      const bool ends_in_adapter =
          survey_->devices[cable.a.device].kind == DeviceKind::adapter || survey_->devices[cable.b.device].kind == DeviceKind::adapter;
      for (const std::uint32_t end : {cable.a.device, cable.b.device}) {
        if (ends_in_adapter && is_switch(end)) leaves.insert(end);
      }
    }
    leaves_.assign(leaves.begin(), leaves.end());
  }

  void join(DevicePort port, Way way) {
    std::vector<Way>& ways = ways_[port.device];
    if (port.port < 0) return;
    if (ways.size() <= static_cast<std::size_t>(port.port)) ways.resize(static_cast<std::size_t>(port.port) + 1);
    ways[static_cast<std::size_t>(port.port)] = way;
  }

  /// By GUID; dumps that name switches by LID alone have none.
  void join_tables() {
    std::map<std::uint64_t, const ForwardingTable*> by_guid;
    std::map<int, const ForwardingTable*> by_lid;
    for (const ForwardingTable& table : survey_->tables) {
      by_guid.emplace(table.switch_guid, &table);
      by_lid.emplace(table.switch_lid, &table);
    }
    tables_.resize(survey_->devices.size());
    for (std::size_t device = 0; device < tables_.size(); ++device) {
      const Device& owner = survey_->devices[device];
      if (const auto found = by_guid.find(owner.guid); owner.guid != 0 && found != by_guid.end()) tables_[device] = found->second;
      if (const auto found = by_lid.find(owner.lid); owner.guid == 0 && owner.lid != 0 && found != by_lid.end())
        tables_[device] = found->second;
    }
  }

  void follow(std::uint32_t leaf, int lid, DevicePort owner) {
    route_.clear();
    for (std::uint32_t at = leaf;;) {
      route_.push_back(at);
      if (route_.size() > survey_->devices.size()) return refuse_circle(lid);
      if (tables_[at] == nullptr) return refuse(at, lid, "which has no table", "dump the tables of all switches");
      const int out = tables_[at]->towards(lid);
      if (out == ForwardingTable::nowhere) return void(++walk_.unreachable);
      const Way way = static_cast<std::size_t>(out) < ways_[at].size() ? ways_[at][static_cast<std::size_t>(out)] : Way{};
      if (way.cable == no_cable) {
        return refuse(at, lid, fmt::format("which sends it out of port {}, where no cable is", out),
                      "dump cables and tables of one moment");
      }
      const SurveyCable& cable = survey_->cables[way.cable];
      ways_taken_.resize(route_.size());
      ways_taken_[route_.size() - 1] = way;
      const DevicePort next = way.direction == from_a ? cable.b : cable.a;
      if (next == owner) return arrive();
      if (!is_switch(next.device)) {
        return refuse(at, lid, fmt::format("which sends it to {}", label(survey_->devices[next.device])),
                      "dump cables and tables of one moment");
      }
      at = next.device;
    }
  }

  void arrive() {
    ++walk_.routes_by_switches[static_cast<int>(route_.size())];
    for (const Way& way : ways_taken_) ++walk_.load[way.cable][way.direction];
  }

  void refuse(std::uint32_t at, int lid, std::string_view what, std::string remedy) {
    const std::uint32_t leaf = route_.front();
    add(fmt::format("from {} to LID {}: comes to {}, {}", label(survey_->devices[leaf]), lid, label(survey_->devices[at]), what),
        std::move(remedy));
  }

  /// Once a LID, however many leaves lead into the circle.
  void refuse_circle(int lid) {
    if (!circles_.insert(lid).second) return;
    std::map<std::uint32_t, std::size_t> seen;
    std::size_t end = 0;
    while (seen.emplace(route_[end], end).second) ++end;
    std::string switches;
    for (std::size_t i = seen.at(route_[end]); i <= end; ++i) {
      switches += (switches.empty() ? "" : " -> ") + label(survey_->devices[route_[i]]);
    }
    add(fmt::format("LID {} goes round in a circle: {}", lid, switches), "the tables are broken, or of several moments: dump them again");
  }

  void add(std::string what, std::string remedy) {
    faults_.push_back({survey_->file, std::move(what), std::move(remedy)});
    if (faults_.size() == most_walk_faults) throw sim::Error(std::move(faults_));
  }

  [[noreturn]] void fail(std::string what, std::string remedy) const {
    throw sim::Error(sim::Fault{survey_->file, std::move(what), std::move(remedy)});
  }

  const Survey* survey_;
  std::vector<std::vector<Way>> ways_;          // by device and port
  std::vector<const ForwardingTable*> tables_;  // by device
  std::vector<std::uint32_t> leaves_;
  std::vector<std::uint32_t> route_;  // of the walk at hand: its switches, and the ways out of them
  std::vector<Way> ways_taken_;
  std::set<int> circles_;
  TableWalk walk_;
  std::vector<sim::Fault> faults_;
};

}  // namespace

TableWalk walk_tables(const Survey& survey) { return Walker(survey).walked(); }

}  // namespace orrery::topology
