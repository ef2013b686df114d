#include "topology/import_forwarding.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>
#include <utility>

#include "topology/dump_lines.h"
#include "topology/survey_builder.h"

namespace orrery::topology {
namespace {

constexpr std::string_view unicast = "Unicast lids ";

class Tables {
 public:
  explicit Tables(std::string_view file) : survey_(file) {}

  void line(int number, std::string_view text) {
    line_ = number;
    text = trimmed(text);
    if (is_known(text)) {
      survey_.knows_line();
    } else {
      survey_.skips_line();
    }
  }

  Survey finish() {
    expect_end("the file");
    return survey_.finish();
  }

 private:
  bool is_known(std::string_view text) {
    if (text.empty() || text.starts_with('#')) return true;
    if (text.starts_with(unicast)) return header(text), true;
    if (text.starts_with("Multicast mlids ")) return expect_end("this table of groups"), is_multicast_ = true;
    if (is_multicast_) return true;
    if (text.starts_with("0x")) return entry(text), true;
    if (text.ends_with(" lids dumped")) return end(text), true;
    return text.starts_with("Lid ") || text.starts_with("Port ");
  }

  /// Unicast lids [0x0-0xac] of switch Lid 1 guid 0xb83fd20300100000 (MF0;su1-leaf-r0:MQM8700/U1):
  /// Unicast lids [0x0-0xac] of switch DR path slid 0; dlid 0; 0,3 guid 0xf4521403005764b0 (switch-de779e):
  void header(std::string_view text) {
    expect_end("the next table");
    is_multicast_ = false;
    LineScan scan(text);
    const bool has_switch = scan.until(" of switch ").has_value();
    const auto lid = scan.accept("Lid ") ? scan.number() : std::optional<int>(0);
    const auto guid = has_switch && scan.until("guid 0x") ? scan.guid() : std::nullopt;
    if (!lid || !guid || *guid == 0) return refuse(text);
    const std::uint32_t device = survey_.device(*guid, line_);
    survey_.is_listed(device);
    Device& found = survey_.at(device);
    found.kind = DeviceKind::switch_;
    if (scan.accept("(")) found.name = unquoted(scan.rest().substr(0, scan.rest().rfind(')')));
    const auto [first, is_new] = first_line_.emplace(device, line_);
    if (!is_new) {
      survey_.fault(line_, fmt::format("a second table of {} (the first is in line {})", survey_.name_of(device), first->second),
                    "give one dump of one moment");
    }
    open_ = OpenTable{.device = device, .line = line_, .table = {.switch_guid = *guid, .switch_lid = *lid, .out_port = {}}};
  }

  static std::string_view unquoted(std::string_view name) {
    if (name.size() > 1 && name.starts_with('\'') && name.ends_with('\'')) name = name.substr(1, name.size() - 2);
    return name;
  }

  /// 0x0001 021 : (Switch portguid 0xb83fd20300100000: 'MF0;su1-leaf-r0:MQM8700/U1')
  /// 0x0001 021 # Switch portguid 0xb83fd20300100000: 'MF0;su1-leaf-r0:MQM8700/U1'
  /// 0x0002 No path
  void entry(std::string_view text) {
    LineScan scan(text);
    const auto lid = scan.accept("0x") ? scan.guid() : std::nullopt;
    int out = ForwardingTable::nowhere;
    if (const auto port = scan.number()) {
      out = *port;
    } else if (!scan.accept("No path") && !scan.accept("UNREACHABLE")) {
      return refuse(text);
    }
    if (!lid || *lid > SurveyBuilder::last_lid || out > ForwardingTable::nowhere) return refuse(text);
    if (!open_) {
      return survey_.fault(line_, "an entry before the header of its table",
                           "the file begins in the middle of a table: take the whole dump");
    }
    std::vector<std::uint8_t>& table = open_->table.out_port;
    if (table.size() <= *lid) table.resize(*lid + 1, ForwardingTable::nowhere);
    table[*lid] = static_cast<std::uint8_t>(out);
    if (out == ForwardingTable::itself && open_->table.switch_lid == 0) open_->table.switch_lid = static_cast<int>(*lid);
    ++open_->entries;
  }

  /// "172 valid lids dumped" counts the lines; OpenSM's "172 lids dumped" is the highest address.
  void end(std::string_view text) {
    if (!open_) return;
    const auto valid = LineScan(text).number();
    if (text.find(" valid ") != text.npos && valid && *valid != open_->entries) {
      survey_.fault(line_, fmt::format("{} addresses announced, {} listed since line {}", *valid, open_->entries, open_->line),
                    "the table is damaged: take the dump again");
    }
    survey_.lid({open_->device, 0}, open_->table.switch_lid, 0, open_->line);
    survey_.table(std::move(open_->table));
    open_.reset();
  }

  void expect_end(std::string_view what) {
    if (!open_) return;
    survey_.fault(open_->line,
                  fmt::format("the table of {} is cut off: {} {} before \"lids dumped\"", survey_.name_of(open_->device), what,
                              what == "the file" ? "ends" : "begins"),
                  "take the whole dump");
    open_.reset();
  }

  void refuse(std::string_view text) { survey_.fault(line_, fmt::format("\"{}\" is cut off or damaged", text), "take the whole dump"); }

  struct OpenTable {
    std::uint32_t device;
    int line;
    ForwardingTable table;
    int entries = 0;
  };

  SurveyBuilder survey_;
  int line_ = 0;
  bool is_multicast_ = false;
  std::optional<OpenTable> open_;
  std::unordered_map<std::uint32_t, int> first_line_;  // by device
};

}  // namespace

bool is_forwarding_table(std::string_view line) { return line.starts_with(unicast); }

Survey read_forwarding(std::string_view text, std::string_view file) {
  Tables tables(file);
  for_each_line(text, [&](int line, std::string_view words) { tables.line(line, words); });
  return tables.finish();
}

}  // namespace orrery::topology
