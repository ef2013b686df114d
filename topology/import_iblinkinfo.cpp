#include "topology/import_iblinkinfo.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "topology/dump_lines.h"
#include "topology/survey_builder.h"

namespace orrery::topology {
namespace {

constexpr std::string_view arrow_tail = "==(";
constexpr std::string_view arrow_head = ")==>";

/// What is known of a cable's other end: its GUID in line mode, else its LID.
struct OtherEnd {
  std::uint64_t guid = 0;
  int lid = 0;
  int port = 0;
  std::string_view name{};
};

struct OpenCable {
  DevicePort from;
  OtherEnd to;
  PortRate rate;
  int line;
};

/// 4X        53.125 Gbps Active/  LinkUp
struct LinkState {
  int width = 0;
  std::string_view speed{};
  bool is_down = false;
};

std::optional<LinkState> link_state(std::string_view text) {
  LineScan scan(text);
  LinkState found;
  const auto width = scan.number();
  if (width && scan.accept("X")) {
    found.width = *width;
    found.speed = scan.word();
    scan.accept("Gbps");
    scan.accept("(FDR10)");
  }
  const auto state = scan.skip_blanks().until("/");
  if (!state) return std::nullopt;
  found.is_down = trimmed(*state) == "Down";
  if (!found.is_down && found.width == 0) return std::nullopt;
  return found;
}

class LinkInfo {
 public:
  explicit LinkInfo(std::string_view file) : survey_(file) {}

  void line(int number, std::string_view text) {
    line_ = number;
    if (trimmed(text).empty() || text.starts_with('#')) return;
    LineScan scan(text);
    if (const auto own = scan.until(arrow_tail)) {
      survey_.knows_line();
      port(*own, scan, text);
    } else if (header(text)) {
      survey_.knows_line();
    } else {
      survey_.skips_line();
    }
  }

  Survey finish() {
    for (const OpenCable& cable : open_) {
      if (const auto to = device_of(cable)) survey_.names(cable.from, {*to, cable.to.port}, cable.rate, cable.line);
    }
    for (std::uint32_t device = 0; device < ports_.size(); ++device) {
      if (!has_header_[device] && ports_[device].has_several) survey_.at(device).kind = DeviceKind::switch_;
    }
    keep_addresses();
    return survey_.finish();
  }

 private:
  /// Of a device: enough to see whether it has more than one.
  struct Ports {
    int first = 0;
    bool has_several = false;
  };

  struct Address {
    DevicePort port;
    int lid;
    int line;
  };

  /// Switch: 0xf4521403005764b0 MF0;switch-de779e:SX6012/U1:
  /// CA: r-ufm101 HCA-2:
  bool header(std::string_view text) {
    LineScan scan(text);
    std::optional<DeviceKind> kind;
    if (scan.accept("Switch:")) kind = DeviceKind::switch_;
    if (!kind && scan.accept("CA:")) kind = DeviceKind::adapter;
    if (!kind && (scan.accept("Router:") || scan.accept("RT:"))) kind = DeviceKind::router;
    if (!kind) return false;
    const auto guid = scan.accept("0x") ? scan.guid() : std::nullopt;
    std::string_view name = trimmed(scan.rest());
    if (name.ends_with(':')) name.remove_suffix(1);
    block_ = guid && *guid != 0 ? survey_.device(*guid, line_) : survey_.new_device(line_);
    note(*block_);
    has_header_[*block_] = true;
    survey_.is_listed(*block_);
    survey_.at(*block_).kind = *kind;
    survey_.at(*block_).name = name;
    return true;
  }

  void port(std::string_view own, LineScan scan, std::string_view text) {
    const auto from = own_port(own);
    if (!from) return refuse(text);
    const auto state_text = scan.until(arrow_head);
    const auto state = state_text ? link_state(*state_text) : std::nullopt;
    if (!state) return refuse(text);
    if (state->is_down) return survey_.is_down(*from);
    const auto to = other_end(scan);
    if (!to) return refuse(text);
    const auto bandwidth = port_rate(state->width, state->speed);
    if (!bandwidth) {
      return survey_.fault(line_, fmt::format("\"{}X {}\" is no width and speed", state->width, state->speed),
                           "they look like 4X 53.125 Gbps, from 1X 2.5 Gbps to 12X 212.5 Gbps");
    }
    open_.push_back({*from, *to, {.bandwidth = *bandwidth, .capability = capability(*state, scan)}, line_});
  }

  /// 0xf4521403005764b0 "   MF0;switch-de779e:SX6012/U1"    174    1[  ]
  std::optional<DevicePort> own_port(std::string_view text) {
    LineScan scan(text);
    const auto guid = scan.accept("0x") ? scan.guid() : std::nullopt;
    std::optional<std::string_view> name;
    if (guid && scan.accept("\"")) {
      const std::size_t last = scan.rest().rfind('"');
      if (last == std::string_view::npos) return std::nullopt;
      name = scan.rest().substr(0, last);
      scan = LineScan(scan.rest().substr(last + 1));
    }
    const auto lid = scan.number();
    const auto number = scan.number();
    if (!lid || !number || (guid && *guid == 0)) return std::nullopt;
    const auto device = own_device(guid, name.has_value());
    if (!device) return std::nullopt;
    Device& found = survey_.at(*device);
    if (name && found.name.empty()) found.name = *name;
    note({*device, *number});
    addresses_.push_back({{*device, *number}, *lid, line_});
    by_lid_.try_emplace(*lid, *device);
    return DevicePort{*device, *number};
  }

  /// A line with a name stands for itself; one without belongs to the header above, whose GUID an adapter's first port gives.
  std::optional<std::uint32_t> own_device(std::optional<std::uint64_t> guid, bool has_name) {
    if (!has_name) {
      if (block_ && guid && survey_.at(*block_).guid == 0) survey_.give_guid(*block_, *guid, line_);
      return block_;
    }
    if (!guid) return std::nullopt;
    const std::uint32_t device = survey_.device(*guid, line_);
    survey_.is_listed(device);
    return device;
  }

  /// 0xe41d2d030003e470    268    3[  ] "SwitchIB Mellanox Technologies" (Could be 12X )
  static std::optional<OtherEnd> other_end(LineScan& scan) {
    OtherEnd found;
    if (scan.accept("0x")) found.guid = scan.guid().value_or(0);
    const auto lid = scan.number();
    const auto port = scan.number();
    if (!lid || !port || !scan.accept("[") || !scan.until("]") || !scan.accept("\"")) return std::nullopt;
    const std::size_t last = scan.rest().rfind('"');
    if (last == std::string_view::npos) return std::nullopt;
    found.lid = *lid;
    found.port = *port;
    found.name = trimmed(scan.rest().substr(0, last));
    scan = LineScan(scan.rest().substr(last + 1));
    return found;
  }

  /// (Could be 12X Could be 53.125 Gbps)
  static std::optional<sim::BytesPerSecond> capability(const LinkState& state, LineScan scan) {
    int width = state.width;
    std::string_view speed = state.speed;
    bool is_more = false;
    while (scan.until("ould be ")) {
      LineScan what = scan;
      if (const auto lanes = what.number(); lanes && what.accept("X")) {
        width = *lanes;
      } else {
        std::string_view word = scan.word();
        if (word.ends_with(')')) word.remove_suffix(1);
        speed = word;
      }
      is_more = true;
    }
    return is_more ? port_rate(width, speed) : std::nullopt;
  }

  std::optional<std::uint32_t> device_of(const OpenCable& cable) {
    std::optional<std::uint32_t> found;
    if (cable.to.guid != 0) {
      found = survey_.device(cable.to.guid, cable.line);
    } else if (cable.to.lid == 0 || cable.to.lid > SurveyBuilder::last_lid) {
      survey_.fault(cable.line, "the other end has neither GUID nor LID", "dump a fabric without a subnet manager with iblinkinfo -l");
      return std::nullopt;
    } else {
      const auto [known, is_new] = by_lid_.try_emplace(cable.to.lid, 0);
      if (is_new) known->second = survey_.new_device(cable.line);
      found = known->second;
    }
    note({*found, cable.to.port});
    if (survey_.at(*found).name.empty()) survey_.at(*found).name = cable.to.name;
    addresses_.push_back({{*found, cable.to.port}, cable.to.lid, cable.line});
    return found;
  }

  /// Only now it is known what is a switch, whose ports have one address.
  void keep_addresses() {
    for (const Address& address : addresses_) {
      const bool is_switch = survey_.at(address.port.device).kind == DeviceKind::switch_;
      survey_.lid({address.port.device, is_switch ? 0 : address.port.port}, address.lid, 0, address.line);
    }
  }

  void note(std::uint32_t device) {
    if (ports_.size() > device) return;
    ports_.resize(device + std::size_t{1});
    has_header_.resize(device + std::size_t{1});
  }
  void note(DevicePort port) {
    note(port.device);
    Ports& ports = ports_[port.device];
    if (ports.first == 0) ports.first = port.port;
    ports.has_several = ports.has_several || ports.first != port.port;
  }

  void refuse(std::string_view text) {
    survey_.fault(line_, fmt::format("\"{}\" is cut off or damaged", trimmed(text)), "take the whole dump");
  }

  SurveyBuilder survey_;
  int line_ = 0;
  std::optional<std::uint32_t> block_;
  std::vector<OpenCable> open_;
  std::vector<Address> addresses_;
  std::vector<Ports> ports_;      // by device
  std::vector<bool> has_header_;  // by device
  std::unordered_map<int, std::uint32_t> by_lid_;
};

}  // namespace

bool is_iblinkinfo(std::string_view line) { return line.find(arrow_tail) != line.npos && line.find(arrow_head) != line.npos; }

Survey read_iblinkinfo(std::string_view text, std::string_view file) {
  LinkInfo info(file);
  for_each_line(text, [&](int line, std::string_view words) { info.line(line, words); });
  return info.finish();
}

}  // namespace orrery::topology
