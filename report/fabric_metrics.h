// A fabric in figures (topology/metrics.h) with its bill (topology/bill_of_materials.h), for people and as JSON.
#pragma once

#include <optional>
#include <string>

#include "report/terminal_style.h"
#include "topology/bill_of_materials.h"
#include "topology/cluster.h"
#include "topology/metrics.h"

namespace orrery::report {

struct MeasuredFabric {
  std::string name;
  topology::FabricMetrics metrics;
  std::optional<topology::Bill> bill{};  // none where the list lacks a part
  std::string no_bill{};                 // why, then
};

std::string metrics_text(const MeasuredFabric& measured, const topology::Cluster& cluster, const TerminalStyle& style);
std::string metrics_json(const MeasuredFabric& measured, const topology::Cluster& cluster, const std::string& version);

}  // namespace orrery::report
