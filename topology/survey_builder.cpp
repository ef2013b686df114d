#include "topology/survey_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/printable.h"
#include "topology/dump_lines.h"

namespace orrery::topology {
namespace {

constexpr std::size_t most_faults = 20;
constexpr int last_port = 254;                 // of InfiniBand
constexpr std::int64_t known_per_skipped = 9;  // fewer, and the file is something else

std::uint64_t key_of(DevicePort port) { return std::uint64_t{port.device} << 32 | static_cast<std::uint32_t>(port.port); }

/// "Mellanox Technologies Aggregation Node", "Quantum-2 Aggregation Node".
bool is_aggregation_node(std::string_view name) { return name.ends_with("Aggregation Node"); }

std::string letter_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::switch_:
      return "S";
    case DeviceKind::router:
      return "R";
    case DeviceKind::adapter:
    case DeviceKind::aggregator:
      break;
  }
  return "H";
}

}  // namespace

SurveyBuilder::SurveyBuilder(std::string_view file) { survey_.file = file; }

std::uint32_t SurveyBuilder::device(std::uint64_t guid, int line) {
  const auto [known, is_new] = by_guid_.emplace(guid, static_cast<std::uint32_t>(survey_.devices.size()));
  if (is_new) at(new_device(line)).guid = guid;
  return known->second;
}

std::uint32_t SurveyBuilder::new_device(int line) {
  survey_.devices.emplace_back();
  listed_.push_back(false);
  first_line_.push_back(line);
  return static_cast<std::uint32_t>(survey_.devices.size() - 1);
}

void SurveyBuilder::give_guid(std::uint32_t device, std::uint64_t guid, int line) {
  if (by_guid_.emplace(guid, device).second) {
    at(device).guid = guid;
  } else if (by_guid_.at(guid) != device) {
    remark(line, fmt::format("{} has the GUID of {}", name_of(device), name_of(by_guid_.at(guid))));
  }
}

void SurveyBuilder::fault(int line, std::string what, std::string remedy) {
  faults_.push_back({fmt::format("{}:{}", survey_.file, line), std::move(what), std::move(remedy)});
  if (faults_.size() == most_faults) throw sim::Error(std::move(faults_));
}

std::string SurveyBuilder::name_of(std::uint32_t device) const {
  const Device& named = survey_.devices[device];
  const std::string_view name = trimmed(named.name);
  if (named.guid == 0) return name.empty() ? fmt::format("device {}", device) : std::string(name);
  const std::string id = fmt::format("{}-{:016x}", letter_of(named.kind), named.guid);
  return name.empty() ? id : fmt::format("{} ({})", id, name);
}

std::string SurveyBuilder::name_of(DevicePort port) const { return fmt::format("port {} of {}", port.port, name_of(port.device)); }

void SurveyBuilder::names(DevicePort from, DevicePort to, const PortRate& rate, int line) {
  for (const DevicePort port : {from, to}) {
    if (port.port >= 1 && port.port <= last_port) continue;
    return fault(line, fmt::format("{}, where ports are numbered from 1 to {}", name_of(port), last_port), "take the dump again");
  }
  if (from == to) return remark(line, fmt::format("{} leads back to itself: this cable is left out", name_of(from)));
  const auto known = namings_.find(key_of(from));
  if (known != namings_.end()) {
    SurveyCable& cable = survey_.cables[known->second.cable];
    const bool is_same = (cable.a == from && cable.b == to) || (cable.b == from && cable.a == to);
    if (!is_same) return refuse_second_cable(from, to, cable, line);
    if (known->second.by_own_line) {
      ++repeated_lines_;
      return;
    }
    known->second.by_own_line = true;
    return join(cable, rate, line);
  }
  if (const auto other = namings_.find(key_of(to)); other != namings_.end()) {
    return refuse_second_cable(to, from, survey_.cables[other->second.cable], line);
  }
  namings_[key_of(from)] = {survey_.cables.size(), true};
  namings_[key_of(to)] = {survey_.cables.size(), false};
  survey_.cables.push_back(
      {.a = from, .b = to, .bandwidth = rate.bandwidth, .capability = rate.capability, .reciprocal = false, .line = line});
}

void SurveyBuilder::join(SurveyCable& cable, const PortRate& rate, int line) {
  cable.reciprocal = true;
  if (!cable.capability) cable.capability = rate.capability;
  if (rate.bandwidth == cable.bandwidth || rate.bandwidth.value == 0) return;
  if (cable.bandwidth.value > 0) {
    remark(line, fmt::format("{} says {} where its other end says {} (line {}): the slower is taken", name_of(cable.b),
                             rate_name(rate.bandwidth), rate_name(cable.bandwidth), cable.line));
  }
  cable.bandwidth = cable.bandwidth.value == 0 ? rate.bandwidth : std::min(cable.bandwidth, rate.bandwidth);
}

void SurveyBuilder::refuse_second_cable(DevicePort port, DevicePort to, const SurveyCable& first, int line) {
  const DevicePort other = first.a == port ? first.b : first.a;
  fault(line, fmt::format("{} is cabled to {} (line {}) and to {}", name_of(port), name_of(other), first.line, name_of(to)),
        "a port has one cable: take the dump again while nothing is replugged");
}

void SurveyBuilder::lid(DevicePort port, int lid, int lmc, int line) {
  if (lid == 0) return;
  constexpr int most_lmc = 7;
  if (lid > last_lid || lmc > most_lmc) {
    ++void_addresses_;
    return;
  }
  Device& owner = at(port.device);
  if (owner.lid == 0) {
    owner.lid = lid;
    owner.lmc = lmc;
  }
  const auto [known, is_new] = survey_.ports_by_lid.emplace(lid, port);
  if (is_new || known->second == port) return;
  if (shared_addresses_++ > 0) return;
  remark(line,
         fmt::format("{} has lid {}, as {} has: the address counts as that of the latter", name_of(port), lid, name_of(known->second)));
}

void SurveyBuilder::expect_all_listed() {
  for (std::uint32_t device = 0; device < listed_.size(); ++device) {
    if (listed_[device]) continue;
    fault(first_line_[device], fmt::format("a cable to {}, which has no lines of its own", name_of(device)),
          "the file is cut off or edited: take the whole dump");
  }
}

void SurveyBuilder::remark_on_cables() {
  std::int64_t unlisted = 0;
  std::int64_t without_rate = 0;
  for (const SurveyCable& cable : survey_.cables) {
    without_rate += cable.bandwidth.value == 0 ? 1 : 0;
    if (cable.capability) {
      remark(cable.line, fmt::format("{} trained at {} where {} is possible", name_of(cable.a), rate_name(cable.bandwidth),
                                     rate_name(*cable.capability)));
    }
    if (cable.reciprocal) continue;
    if (listed_[cable.b.device]) {
      remark(cable.line, fmt::format("{} names a cable to {}, which does not name it", name_of(cable.a), name_of(cable.b)));
    } else {
      ++unlisted;
    }
  }
  if (unlisted > 0) remark(0, fmt::format("{} cables are known from one end only: the dump lists nothing of their other ends", unlisted));
  if (without_rate > 0) remark(0, fmt::format("{} cables have no speed here, or one that the tool did not know", without_rate));
  if (void_addresses_ > 0) remark(0, fmt::format("{} lines name no address (65535): the subnet manager was not done", void_addresses_));
  if (shared_addresses_ > 1) remark(0, fmt::format("{} more lines name an address that another port has", shared_addresses_ - 1));
  if (repeated_lines_ > 0) remark(0, fmt::format("{} lines say what lines before them say", repeated_lines_));
}

void SurveyBuilder::name_devices() {
  for (Device& device : survey_.devices) {
    device.name = sim::printable(std::string(trimmed(device.name)));  // a damaged description is any bytes at all
    if (device.kind != DeviceKind::adapter) continue;
    if (is_aggregation_node(device.name)) {
      device.kind = DeviceKind::aggregator;
    } else {
      name_host(device);
    }
  }
}

Survey SurveyBuilder::finish() {
  if (!faults_.empty()) throw sim::Error(std::move(faults_));
  if (survey_.devices.empty()) {
    throw sim::Error(sim::Fault{survey_.file, "no device in it", "give what a tool wrote of a fabric, whole and as it is"});
  }
  if (survey_.skipped_lines * known_per_skipped > known_lines_) {
    throw sim::Error(sim::Fault{
        survey_.file, fmt::format("{} of {} lines are no part of the format", survey_.skipped_lines, survey_.skipped_lines + known_lines_),
        "give what the tool wrote, without what other programs say"});
  }
  name_devices();
  remark_on_cables();
  if (survey_.skipped_lines > 0) remark(0, fmt::format("{} lines are no part of the format and were skipped", survey_.skipped_lines));
  return std::move(survey_);
}

}  // namespace orrery::topology
