#include "topology/export_ibnetdiscover.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "topology/dump_lines.h"

namespace orrery::topology {
namespace {

class Writer {
 public:
  explicit Writer(const Survey& survey) : survey_(&survey), guids_(survey.devices.size()), lines_(survey.devices.size()) {
    give_guids();
    for (const auto& [lid, port] : survey.ports_by_lid) lids_.emplace(port, lid);
    for (const SurveyCable& cable : survey.cables) {
      lines_[cable.a.device].emplace_back(&cable, cable.a, cable.b);
      lines_[cable.b.device].emplace_back(&cable, cable.b, cable.a);
    }
  }

  std::string text() {
    add("#\n# Topology file: written by Orrery\n#\n");
    for (std::uint32_t device = 0; device < survey_->devices.size(); ++device) block(device);
    return std::move(text_);
  }

 private:
  struct Line {
    Line(const SurveyCable* of, DevicePort own, DevicePort far) : cable(of), from(own), to(far) {}
    const SurveyCable* cable;
    DevicePort from;
    DevicePort to;
  };

  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }

  void give_guids() {
    std::set<std::uint64_t> taken;
    for (const Device& device : survey_->devices) taken.insert(device.guid);
    std::uint64_t free = 0x0002c9ff00000000;
    for (std::size_t device = 0; device < guids_.size(); ++device) {
      guids_[device] = survey_->devices[device].guid;
      if (guids_[device] != 0) continue;
      while (!taken.insert(free).second) ++free;
      guids_[device] = free;
    }
  }

  static std::string_view attribute(DeviceKind kind) {
    return kind == DeviceKind::switch_ ? "switchguid" : kind == DeviceKind::router ? "rtguid" : "caguid";
  }
  static std::string_view word(DeviceKind kind) {
    return kind == DeviceKind::switch_ ? "Switch" : kind == DeviceKind::router ? "Rt" : "Ca";
  }
  static char letter(DeviceKind kind) { return kind == DeviceKind::switch_ ? 'S' : kind == DeviceKind::router ? 'R' : 'H'; }

  /// One line of text, whatever a name of another format holds.
  static std::string name(const Device& device) {
    std::string shown = device.name;
    std::replace_if(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return shown;
  }

  std::string id(std::uint32_t device) const { return fmt::format("{}-{:016x}", letter(survey_->devices[device].kind), guids_[device]); }

  int lid(DevicePort port) const {
    const auto found = lids_.find(port);
    return found == lids_.end() ? 0 : found->second;
  }

  bool is_switch(std::uint32_t device) const { return survey_->devices[device].kind == DeviceKind::switch_; }
  int address(DevicePort port) const { return is_switch(port.device) ? lid({port.device, 0}) : lid(port); }

  void block(std::uint32_t device) {
    const Device& found = survey_->devices[device];
    int ports = found.ports;
    for (const Line& line : lines_[device]) ports = std::max(ports, line.from.port);
    add("\n");
    if (found.system_guid != 0) add("sysimgguid=0x{:x}\n", found.system_guid);
    add("{}=0x{:x}", attribute(found.kind), guids_[device]);
    if (is_switch(device)) add("({:x})", guids_[device]);
    add("\n{}\t{} \"{}\"\t\t# \"{}\"", word(found.kind), ports, id(device), name(found));
    if (is_switch(device)) add(" enhanced port 0 lid {} lmc {}", lid({device, 0}), found.lmc);
    add("\n");
    for (const Line& line : lines_[device]) port(line);
  }

  /// The GUID of an adapter's port is the node's with the port's number added, as boards have it that give their ports GUIDs of their own.
  std::string port_guid(DevicePort port) const {
    return is_switch(port.device) ? std::string() : fmt::format("({:x})", guids_[port.device] + static_cast<std::uint64_t>(port.port));
  }

  void port(const Line& line) {
    const DevicePort from = line.from;
    const DevicePort to = line.to;
    add("[{}]{}\t\"{}\"[{}]{}\t\t# ", from.port, port_guid(from), id(to.device), to.port, port_guid(to));
    if (!is_switch(from.device)) add("lid {} lmc {} ", lid(from), survey_->devices[from.device].lmc);
    add("\"{}\" lid {} {}\n", name(survey_->devices[to.device]), address(to), rate_name(line.cable->bandwidth));
  }

  const Survey* survey_;
  std::vector<std::uint64_t> guids_;      // by device
  std::vector<std::vector<Line>> lines_;  // by device
  std::map<DevicePort, int> lids_;
  std::string text_;
};

}  // namespace

std::string ibnetdiscover_text(const Survey& survey) { return Writer(survey).text(); }

}  // namespace orrery::topology
