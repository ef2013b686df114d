// What things cost and draw, as our files hold it: scenarios/prices/<name>.json, or inline as "prices": {...}. Keys are those of
// workloads::PriceList.
//
//     { "name": "mine", "source": "...", "date": "2025-03", "terms": "own",
//       "gpus": [ { "name": "A100-SXM4-80GB", "idle_watts": 60, "waiting_watts": 125, "memory_watts": 350, "arithmetic_watts": 400,
//                   "source": "measured: ..." } ],
//       "nodes": [ { "gpu": "A100-SXM4-80GB", "gpus": 8, "usd": 150000, "busy_watts": 1200, "source": "offer of ..." }
//       ], "facility": { "pue": 1.2, "usd_per_kwh": 0.08, "kg_co2_per_kwh": 0.37, "depreciation_years": 5, "source": "..." }, "rentals": [
//       { "gpu": "A100-SXM4-80GB", "usd_per_gpu_hour": 1.5, "source": "..." } ], "network": {
//         "switches": [ { "name": "Quantum QM8790", "protocol": "infiniband", "ports": 40, "rate": "200 Gbit/s",
//                         "usd": 20000, "watts": 400, "source": "estimate: ..." } ],
//         "nics": [ ... ], "copper_cables": [ ... ], "optical_cables": [ ... ] } }
//
// Money is in US dollars before tax ("usd"), power in watts ("watts"): keys that say so are plain numbers.
#pragma once

#include <optional>
#include <string>

#include "scenarios/fields.h"
#include "workloads/price_list.h"

namespace orrery::scenarios {

/// What a workload is priced by where the scenario does not say.
inline constexpr const char* default_prices = "estimates-2025";

void describe(Fields& fields, workloads::PriceList& prices);
void describe(Fields& fields, workloads::GpuPower& power);
void describe(Fields& fields, workloads::NodePrice& price);
void describe(Fields& fields, workloads::FacilityPrices& prices);
void describe(Fields& fields, workloads::RentalPrice& price);
void describe(Fields& fields, topology::NetworkPrices& prices);
void describe(Fields& fields, topology::SwitchPrice& price);
void describe(Fields& fields, topology::NicPrice& price);
void describe(Fields& fields, topology::CablePrice& price);

/// The network's prices of a preset of kind prices. Throws sim::Error with every fault, or where it has none.
topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name);
/// The same where a scenario may have its `own`: theirs, unless a preset is named; the default's, where neither is there.
topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name,
                                       const std::optional<workloads::PriceList>& own);

}  // namespace orrery::scenarios
