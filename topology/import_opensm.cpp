#include "topology/import_opensm.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "topology/dump_lines.h"
#include "topology/survey_builder.h"

namespace orrery::topology {
namespace {

struct ListedPort {
  DeviceKind kind;
  int ports;
  std::uint64_t system_guid;
  std::uint64_t node_guid;
  std::string_view name;
  int lid;
  int number;
};

/// "SW", "CA-SM": the suffix says that a subnet manager runs there.
std::optional<DeviceKind> kind_of_token(std::string_view token) {
  token = token.substr(0, token.find('-'));
  if (token == "SW") return DeviceKind::switch_;
  if (token == "CA") return DeviceKind::adapter;
  if (token == "Rt" || token == "RT") return DeviceKind::router;
  return std::nullopt;
}

std::optional<std::uint64_t> hexadecimal(LineScan& scan, std::string_view key) {
  if (!scan.accept(key)) return std::nullopt;
  return scan.guid();
}

/// A number of at most 16 bits.
std::optional<int> small(std::optional<std::uint64_t> number) {
  constexpr std::uint64_t most = 0xffff;
  if (!number || *number > most) return std::nullopt;
  return static_cast<int>(*number);
}

/// { SW Ports:29 SystemGUID:... NodeGUID:... PortGUID:... VenID:0002C9 DevID:D2F0 Rev:000000A0 {leaf-0} LID:0001 PN:01 }
std::optional<ListedPort> listed_port(LineScan& scan) {
  if (!scan.accept("{")) return std::nullopt;
  const auto kind = kind_of_token(scan.word());
  const auto ports = small(hexadecimal(scan, "Ports:"));
  const auto system = hexadecimal(scan, "SystemGUID:");
  const auto node = hexadecimal(scan, "NodeGUID:");
  if (!kind || !ports || !system || !node || *node == 0 || !scan.until("{")) return std::nullopt;
  const auto name = scan.until("} LID:");
  const auto lid = name ? small(scan.guid()) : std::nullopt;
  const auto number = small(hexadecimal(scan, "PN:"));
  if (!lid || !number || !scan.accept("}")) return std::nullopt;
  return ListedPort{*kind, *ports, *system, *node, *name, *lid, *number};
}

class Subnet {
 public:
  explicit Subnet(std::string_view file) : survey_(file) {}

  void line(int number, std::string_view text) {
    line_ = number;
    LineScan scan(text);
    if (scan.skip_blanks().rest().empty() || text.starts_with('#')) return;
    if (!scan.rest().starts_with('{')) return survey_.skips_line();
    survey_.knows_line();
    const auto from = listed_port(scan);
    const auto to = from ? listed_port(scan) : std::nullopt;
    if (!to) {
      return survey_.fault(line_, "a link without its two ends in full", "the line is cut off or damaged: take the file that OpenSM wrote");
    }
    const DevicePort own = port(*from);
    survey_.is_listed(own.device);
    const auto bandwidth = rate(scan);
    if (!bandwidth) return;
    if (scan.accept("LOG=DWN")) return survey_.is_down(own);
    survey_.names(own, port(*to), {.bandwidth = *bandwidth}, line_);
  }

  Survey finish() { return survey_.finish(); }

 private:
  DevicePort port(const ListedPort& listed) {
    const std::uint32_t device = survey_.device(listed.node_guid, line_);
    Device& found = survey_.at(device);
    found.kind = listed.kind;
    found.ports = listed.ports;
    found.system_guid = listed.system_guid;
    if (found.name.empty()) found.name = listed.name;
    survey_.lid({device, listed.kind == DeviceKind::switch_ ? 0 : listed.number}, listed.lid, 0, line_);
    return {device, listed.number};
  }

  /// PHY=4x LOG=ACT SPD=50; the scan stays before LOG.
  std::optional<sim::BytesPerSecond> rate(LineScan& scan) {
    const auto width = scan.accept("PHY=") ? scan.number() : std::nullopt;
    const bool has_lanes = width && scan.accept("x");
    scan.skip_blanks();
    LineScan speed = scan;
    const bool has_speed = has_lanes && speed.until("SPD=");
    const std::string_view word = has_speed ? speed.word() : std::string_view{};
    const auto found = has_speed ? port_rate(*width, word) : std::nullopt;
    if (found) return found;
    survey_.fault(line_,
                  has_speed ? fmt::format("\"{}x\" at \"{}\" is no width and speed", *width, word) : "a link without width and speed",
                  "they look like PHY=4x LOG=ACT SPD=50, with 2.5, 5, 10, FDR10, 14, 25, 50, 100, 200 or ?? for the speed");
    return std::nullopt;
  }

  SurveyBuilder survey_;
  int line_ = 0;
};

}  // namespace

bool is_opensm_subnet(std::string_view line) { return line.starts_with("{ ") && line.find(" NodeGUID:") != line.npos; }

Survey read_opensm_subnet(std::string_view text, std::string_view file) {
  Subnet subnet(file);
  for_each_line(text, [&](int line, std::string_view words) { subnet.line(line, words); });
  return subnet.finish();
}

}  // namespace orrery::topology
