// What things cost, as our files hold it: scenarios/prices/<name>.json. One object a field of cost; so far "network", whose keys are those
// of topology::NetworkPrices.
//
//     { "name": "network-2024", "source": "...", "date": "2024-12",
//       "network": {
//         "switches": [ { "name": "Quantum QM8790", "protocol": "infiniband", "ports": 40, "rate": "200 Gbit/s",
//                         "usd": 20000, "watts": 400, "source": "estimate: ..." } ],
//         "nics": [ ... ], "copper_cables": [ ... ], "optical_cables": [ ... ] } }
//
// Money is in US dollars before tax ("usd"), power in watts ("watts"): keys that end so are plain numbers.
#pragma once

#include <optional>
#include <string>

#include "scenarios/fields.h"
#include "topology/network_prices.h"

namespace orrery::scenarios {

struct Prices {
  std::string name;
  std::string source;
  std::string date;  // of the prices: "2024-12"
  std::optional<topology::NetworkPrices> network{};
};

void describe(Fields& fields, Prices& prices);
void describe(Fields& fields, topology::NetworkPrices& prices);
void describe(Fields& fields, topology::SwitchPrice& price);
void describe(Fields& fields, topology::NicPrice& price);
void describe(Fields& fields, topology::CablePrice& price);

/// The network's prices of a preset of kind prices. Throws sim::Error with every fault, or where it has none.
topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name);

}  // namespace orrery::scenarios
