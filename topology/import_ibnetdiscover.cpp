#include "topology/import_ibnetdiscover.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "topology/dump_lines.h"
#include "topology/survey_builder.h"

namespace orrery::topology {
namespace {

std::optional<DeviceKind> kind_of_letter(std::string_view id) {
  if (id == "S-") return DeviceKind::switch_;
  if (id == "H-") return DeviceKind::adapter;
  if (id == "R-") return DeviceKind::router;
  return std::nullopt;
}

/// What stands between the first and the last quote, which descriptions may hold themselves; the scan goes on behind it.
std::optional<std::string_view> description(LineScan& scan) {
  const std::string_view rest = scan.rest();
  const std::size_t first = rest.find('"');
  const std::size_t last = rest.rfind('"');
  if (first == last) return std::nullopt;
  scan = LineScan(rest.substr(last + 1));
  return rest.substr(first + 1, last - first - 1);
}

/// "S-b83fd20300100200"[1](b83fd20300100201); an external port number "[ext 3]" may follow the port.
struct FarEnd {
  DeviceKind kind;
  std::uint64_t guid;
  int port;
};

void pass_external_port_and_guid(LineScan& scan) {
  if (scan.accept("[ext")) scan.until("]");
  if (scan.accept("(")) scan.until(")");
}

std::optional<DeviceKind> device_id(LineScan& scan, std::uint64_t& guid) {
  if (!scan.accept("\"") || scan.rest().size() < 2) return std::nullopt;
  const auto kind = kind_of_letter(scan.rest().substr(0, 2));
  scan = LineScan(scan.rest().substr(2));
  const auto found = scan.guid();
  if (!kind || !found || *found == 0 || !scan.accept("\"")) return std::nullopt;
  guid = *found;
  return kind;
}

std::optional<FarEnd> far_end(LineScan& scan) {
  std::uint64_t guid = 0;
  const auto kind = device_id(scan, guid);
  if (!kind || !scan.accept("[")) return std::nullopt;
  const auto port = scan.number();
  if (!port || !scan.accept("]")) return std::nullopt;
  pass_external_port_and_guid(scan);
  return FarEnd{*kind, guid, *port};
}

/// The file in blocks: attributes, a header, a line a port.
class Blocks {
 public:
  explicit Blocks(std::string_view file) : survey_(file) {}

  void line(int number, std::string_view text) {
    line_ = number;
    if (is_block(text)) {
      survey_.knows_line();
    } else {
      survey_.skips_line();
    }
  }

  Survey finish() {
    if (attributes_since_ > 0) {
      survey_.fault(attributes_since_, "a block without its device: the file ends here", "the file is cut off: take the whole dump");
    }
    for (const NamedCable& cable : cables_) {
      const std::uint32_t other = survey_.device(cable.to.guid, cable.line);
      if (!survey_.has_lines(other)) survey_.at(other).kind = cable.to.kind;
      survey_.names(cable.from, {other, cable.to.port}, {.bandwidth = cable.bandwidth}, cable.line);
    }
    survey_.expect_all_listed();
    return survey_.finish();
  }

 private:
  bool is_block(std::string_view text) {
    LineScan scan(text);
    scan.skip_blanks();
    if (scan.rest().empty() || scan.rest().starts_with('#')) return true;
    if (scan.accept("[")) return port(scan, text), true;
    for (const std::string_view word : {"Switch", "Ca", "Rt"}) {
      if (LineScan header = scan; header.accept(word) && is_count(header)) return device(header, text), true;
    }
    return is_attribute(scan) || text.starts_with("Chassis ") || text.starts_with("Non-Chassis Nodes");
  }

  static bool is_count(LineScan scan) {
    return scan.rest().starts_with(' ') || scan.rest().starts_with('\t') ? scan.number().has_value() : false;
  }

  bool is_attribute(LineScan& scan) {
    constexpr std::array<std::string_view, 6> names{"vendid=", "devid=", "sysimgguid=", "switchguid=", "caguid=", "rtguid="};
    for (const std::string_view name : names) {
      if (!scan.accept(name)) continue;
      const auto value = scan.guid();
      if (!value) break;
      if (name == "sysimgguid=") system_ = *value;
      if (attributes_since_ == 0) attributes_since_ = line_;
      return true;
    }
    return false;
  }

  /// Switch	41 "S-b83fd20300100000"		# "MF0;leaf-r0:MQM8700/U1" enhanced port 0 lid 1 lmc 0
  void device(LineScan scan, std::string_view text) {
    const int ports = scan.number().value_or(0);
    std::uint64_t guid = 0;
    const auto kind = device_id(scan, guid);
    if (!kind) return refuse(text, "a device has a number of ports and an id, as in: Switch 41 \"S-b83fd20300100000\"");
    block_ = survey_.device(guid, line_);
    survey_.is_listed(*block_);
    Device& found = survey_.at(*block_);
    found.kind = *kind;
    found.ports = ports;
    found.system_guid = system_;
    system_ = 0;
    attributes_since_ = 0;
    if (const auto name = description(scan)) found.name = *name;
    if (*kind == DeviceKind::switch_ && scan.until(" lid ")) own_lid({*block_, 0}, scan);
  }

  /// A switch's: [21]	"S-b83fd20300100200"[1]		# "MF0;spine-0:MQM8700/U1" lid 9 4xHDR
  /// An adapter's: [1](b83fd20300800001) 	"S-b83fd20300100000"[1]		# lid 13 lmc 0 "MF0;leaf-r0:MQM8700/U1" lid 1 4xHDR
  void port(LineScan scan, std::string_view text) {
    constexpr auto form = "a port looks like: [21] \"S-b83fd20300100200\"[1] # \"spine-0\" lid 9 4xHDR";
    const auto number = scan.number();
    if (!number || !scan.accept("]")) return refuse(text, form);
    pass_external_port_and_guid(scan);
    const auto to = far_end(scan);
    if (!to) return refuse(text, form);
    if (!block_) {
      return survey_.fault(line_, "a port before the device that has it", "the file begins in the middle of a block: take the whole dump");
    }
    const DevicePort from{*block_, *number};
    const auto rate = comment(from, scan);
    if (!rate) return;
    cables_.push_back({from, *to, *rate, line_});
  }

  /// Without a comment, as in nets written by hand for ibsim, there is no rate.
  std::optional<sim::BytesPerSecond> comment(DevicePort from, LineScan& scan) {
    if (!scan.accept("#")) return sim::BytesPerSecond{};
    if (scan.accept("lid ")) own_lid(from, scan);
    description(scan);
    if (scan.accept("lid")) scan.number();
    const std::string_view rate = scan.word();
    LineScan words(rate);
    const auto width = words.number();
    const auto found = width && words.accept("x") ? port_rate(*width, words.rest()) : std::nullopt;
    if (!found) {
      survey_.fault(line_, rate.empty() ? "a port without width and speed" : fmt::format("\"{}\" is no width and speed", rate),
                    rate.empty() ? "the file is cut off or edited: take the whole dump" : "they look like 4xHDR, from 1xSDR to 12xXDR");
    }
    return found;
  }

  void own_lid(DevicePort port, LineScan& scan) {
    const auto lid = scan.number();
    const int lmc = scan.accept("lmc") ? scan.number().value_or(0) : 0;
    if (lid) survey_.lid(port, *lid, lmc, line_);
  }

  void refuse(std::string_view text, std::string remedy) {
    survey_.fault(line_, fmt::format("\"{}\" is cut off or damaged", trimmed(text)), std::move(remedy));
  }

  struct NamedCable {
    DevicePort from;
    FarEnd to;
    sim::BytesPerSecond bandwidth;
    int line;
  };

  SurveyBuilder survey_;
  int line_ = 0;
  std::vector<NamedCable> cables_;  // joined in the end: devices stand in the order of their blocks
  std::uint64_t system_ = 0;
  int attributes_since_ = 0;  // a line; 0 where the block's header has come
  std::optional<std::uint32_t> block_;
};

/// SW  1719 10 0x7cfe9003009ce5b0 4x EDR - CA   134  1 0x7cfe9003003b4bde ( 'leaf-1' - 'o0001 HCA-1' )
/// SW  2052 37 0x506b4b03005c2740 4x ???                                    'leaf-2'
class Report {
 public:
  explicit Report(std::string_view file) : survey_(file) {}

  void line(int number, std::string_view text) {
    line_ = number;
    LineScan scan(text);
    if (scan.skip_blanks().rest().empty() || scan.rest().starts_with('#')) return;
    if (const auto from = end(scan)) {
      survey_.knows_line();
      port(*from, scan);
    } else if (node(scan)) {
      survey_.knows_line();
    } else {
      survey_.skips_line();
    }
  }

  Survey finish() { return survey_.finish(); }

 private:
  struct End {
    DeviceKind kind;
    std::uint64_t guid;
    DevicePort port;
    int lid;
  };

  static std::optional<DeviceKind> kind_of(std::string_view word) {
    if (word == "SW" || word == "Switch") return DeviceKind::switch_;
    if (word == "CA" || word == "Ca") return DeviceKind::adapter;
    if (word == "RT" || word == "Rt") return DeviceKind::router;
    return std::nullopt;
  }

  std::optional<End> end(LineScan& scan) {
    LineScan words = scan;
    const auto kind = kind_of(words.word());
    const auto lid = kind ? words.number() : std::nullopt;
    const auto port = lid ? words.number() : std::nullopt;
    const auto guid = port && words.accept("0x") ? words.guid() : std::nullopt;
    if (!guid || *guid == 0) return std::nullopt;
    scan = words;
    const std::uint32_t device = device_of(*kind, *guid, *lid);
    return End{*kind, *guid, {device, *port}, *lid};
  }

  /// A port has one address, and a port of an adapter a GUID of its own: another address is another port, though boards were given one
  /// GUID.
  std::uint32_t device_of(DeviceKind kind, std::uint64_t guid, int lid) {
    std::uint32_t device = survey_.device(guid, line_);
    Device* found = &survey_.at(device);
    if (kind != DeviceKind::switch_ && found->lid != 0 && lid != 0 && found->lid != lid) {
      const auto [other, is_new] = twins_.try_emplace({guid, lid}, 0);
      if (is_new) {
        survey_.remark(line_, fmt::format("GUID 0x{:016x} has lid {} and lid {}: two devices", guid, found->lid, lid));
        other->second = survey_.new_device(line_);
      }
      device = other->second;
      found = &survey_.at(device);
    }
    found->kind = kind;
    return device;
  }

  void port(const End& from, LineScan& scan) {
    survey_.is_listed(from.port.device);
    own_lid(from);
    const auto width = scan.number();
    const bool has_lanes = width && scan.accept("x");
    const std::string_view speed = scan.word();
    const auto rate = has_lanes ? port_rate(*width, speed) : std::nullopt;
    if (!rate)
      return survey_.fault(line_, fmt::format("\"{}\" is no speed", speed), "width and speed look like 4x HDR, from 1x SDR to 12x XDR");
    if (!scan.accept("-")) {
      name(from, scan.skip_blanks().rest());
      return survey_.is_down(from.port);
    }
    const auto to = end(scan);
    if (!to) return survey_.fault(line_, "a cable without its other end", "the line is cut off or damaged: take the whole dump");
    own_lid(*to);
    const auto own = scan.accept("(") ? scan.until("' - '") : std::nullopt;
    if (!own) return survey_.fault(line_, "a cable without the names of its ends", "the line is cut off or damaged: take the whole dump");
    name(from, *own);
    name(*to, scan.rest().substr(0, scan.rest().rfind(')')));
    survey_.names(from.port, to->port, {.bandwidth = *rate}, line_);
  }

  void own_lid(const End& end) {
    const bool is_switch = end.kind == DeviceKind::switch_;
    survey_.lid({end.port.device, is_switch ? 0 : end.port.port}, end.lid, 0, line_);
  }

  /// Without the quotes and blanks about it.
  void name(const End& end, std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('\'')) text.remove_prefix(1);
    if (text.ends_with('\'')) text.remove_suffix(1);
    if (survey_.at(end.port.device).name.empty()) survey_.at(end.port.device).name = text;
  }

  /// Switch	 : 0xf4521403005764b0 ports 12 devid 0xc738 vendid 0x2c9 "MF0;switch-de779e:SX6012/U1"
  bool node(LineScan& scan) {
    const auto kind = kind_of(scan.word());
    const auto guid = kind && scan.accept(":") && scan.accept("0x") ? scan.guid() : std::nullopt;
    if (!guid || *guid == 0 || !scan.accept("ports")) return false;
    const std::uint32_t device = survey_.device(*guid, line_);
    survey_.is_listed(device);
    survey_.at(device).kind = *kind;
    survey_.at(device).ports = scan.number().value_or(0);
    if (const auto text = description(scan)) survey_.at(device).name = *text;
    return true;
  }

  SurveyBuilder survey_;
  int line_ = 0;
  std::map<std::pair<std::uint64_t, int>, std::uint32_t> twins_;  // by GUID and address: devices beside the first of a GUID
};

template <class Form>
Survey read_as(std::string_view text, std::string_view file) {
  Form form(file);
  for_each_line(text, [&](int line, std::string_view words) { form.line(line, words); });
  return form.finish();
}

}  // namespace

IbnetdiscoverForm ibnetdiscover_form(std::string_view line) {
  LineScan scan(line);
  for (const std::string_view word : {"vendid=0x", "sysimgguid=0x", "switchguid=0x", "caguid=0x", "rtguid=0x"}) {
    if (scan.accept(word)) return IbnetdiscoverForm::blocks;
  }
  const std::string_view word = scan.word();
  const bool is_header = word == "Switch" || word == "Ca" || word == "Rt";
  if (is_header && scan.accept(":") && scan.accept("0x")) return IbnetdiscoverForm::report;
  if (is_header && scan.number() && scan.accept("\"")) return IbnetdiscoverForm::blocks;
  const bool is_port = word == "SW" || word == "CA" || word == "RT";
  if (is_port && scan.number() && scan.number() && scan.accept("0x")) return IbnetdiscoverForm::report;
  return IbnetdiscoverForm::none;
}

Survey read_ibnetdiscover(std::string_view text, std::string_view file) {
  auto form = IbnetdiscoverForm::none;
  for_each_line(text, [&](int, std::string_view line) {
    if (form == IbnetdiscoverForm::none) form = ibnetdiscover_form(line);
  });
  return form == IbnetdiscoverForm::report ? read_as<Report>(text, file) : read_as<Blocks>(text, file);
}

}  // namespace orrery::topology
