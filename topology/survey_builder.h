// Puts a Survey together from what the lines of a dump say one after the other: devices by GUID, and cables that stand in it twice, once
// from each end. Collects faults, and says in the end which ends do not name each other.
//
//     SurveyBuilder survey(file);
//     const std::uint32_t leaf = survey.device(0xb83fd20300100000);
//     survey.names({leaf, 21}, {spine, 1}, {.bandwidth = *port_rate(4, "HDR")}, line);
//     return survey.finish();
//
// A constant number of look-ups a line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/error.h"
#include "sim/printable.h"
#include "topology/survey.h"

namespace orrery::topology {

/// How a port trained, and what it and the one at its other end could do where that is more.
struct PortRate {
  sim::BytesPerSecond bandwidth{};  // 0 where the dump does not say
  std::optional<sim::BytesPerSecond> capability{};
};

class SurveyBuilder {
 public:
  static constexpr int last_lid = 0xbfff;  // of a port; those above are of groups

  explicit SurveyBuilder(std::string_view file);

  /// The one with this GUID, which must not be 0; a new adapter without a name where there was none.
  std::uint32_t device(std::uint64_t guid, int line);
  /// One that has no GUID.
  std::uint32_t new_device(int line);
  /// Found out later; stays 0, with a remark, where another device has this GUID.
  void give_guid(std::uint32_t device, std::uint64_t guid, int line);
  Device& at(std::uint32_t device) { return survey_.devices[device]; }
  /// The dump holds lines of its own of this device: it must name its cables there.
  void is_listed(std::uint32_t device) { listed_[device] = true; }
  bool has_lines(std::uint32_t device) const { return listed_[device]; }

  /// A line of the device at `from`: a cable leads from there to `to`.
  void names(DevicePort from, DevicePort to, const PortRate& rate, int line);
  void is_down(DevicePort port) { survey_.down_ports.push_back(port); }
  void lid(DevicePort port, int lid, int lmc, int line);
  void table(ForwardingTable table) { survey_.tables.push_back(std::move(table)); }

  void remark(int line, std::string text) { survey_.remarks.push_back({line, sim::printable(std::move(text))}); }
  /// Throws where there are too many to read.
  void fault(int line, std::string what, std::string remedy);
  /// Lines that are part of the format, and those that are not.
  void knows_line() { ++known_lines_; }
  void skips_line() { ++survey_.skipped_lines; }

  /// A device that others name and that has no lines of its own is a fault: the dump lists every device.
  void expect_all_listed();
  /// Throws sim::Error with all faults; refuses a file of which more than a tenth was skipped, and one with no device.
  Survey finish();

  /// "S-b83fd20300100000 (leaf-3)" for messages.
  std::string name_of(std::uint32_t device) const;
  std::string name_of(DevicePort port) const;

 private:
  struct Naming {
    std::size_t cable;
    bool by_own_line;
  };

  void join(SurveyCable& cable, const PortRate& rate, int line);
  void refuse_second_cable(DevicePort port, DevicePort to, const SurveyCable& first, int line);
  void remark_on_cables();
  void name_devices();

  Survey survey_;
  std::vector<bool> listed_;     // by device
  std::vector<int> first_line_;  // by device
  std::unordered_map<std::uint64_t, std::uint32_t> by_guid_;
  std::unordered_map<std::uint64_t, Naming> namings_;  // by device and port
  std::vector<sim::Fault> faults_;
  std::int64_t known_lines_ = 0;
  std::int64_t repeated_lines_ = 0;
  std::int64_t shared_addresses_ = 0;
  std::int64_t void_addresses_ = 0;
};

}  // namespace orrery::topology
