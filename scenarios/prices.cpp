#include "scenarios/prices.h"

#include <fmt/format.h>

#include "scenarios/document.h"
#include "scenarios/field_reader.h"
#include "scenarios/port_rate.h"
#include "sim/error.h"

namespace orrery::scenarios {

using topology::NetworkProtocol;

namespace {

constexpr double most_usd = 1e7;  // of one part of a network
constexpr double most_watts = 1e5;

ChoiceValue protocol_of(NetworkProtocol& protocol) {
  return choice(protocol, {{to_text(NetworkProtocol::infiniband), NetworkProtocol::infiniband},
                           {to_text(NetworkProtocol::ethernet), NetworkProtocol::ethernet},
                           {to_text(NetworkProtocol::omni_path), NetworkProtocol::omni_path}});
}

/// What all parts have, before and after what they have each.
template <class Part>
void describe_part(Fields& fields, Part& part) {
  fields.required("name", "make and model, as nodes call it", text(part.name));
  fields.required("protocol", "which network it is of", protocol_of(part.protocol));
  fields.required("rate", "of a port, nominal, per direction", port_rate(part.rate));
}
template <class Part>
void describe_costs(Fields& fields, Part& part) {
  fields.required("usd", "price of one, in US dollars before tax", real(part.usd, 0, most_usd));
  fields.required("watts", "what one draws under load; of a cable at both ends", real(part.watts, 0, most_watts));
  fields.required("source", "where price and power are from, with a date; \"estimate: ...\" where they were read off no list",
                  text(part.source));
}

}  // namespace

void describe(Fields& fields, topology::SwitchPrice& price) {
  describe_part(fields, price);
  fields.required("ports", "at that rate", integer(price.ports, 2, 1'024));
  describe_costs(fields, price);
}

void describe(Fields& fields, topology::NicPrice& price) {
  describe_part(fields, price);
  describe_costs(fields, price);
}

void describe(Fields& fields, topology::CablePrice& price) {
  describe_part(fields, price);
  fields.optional("usd_per_metre", "besides the price of one, in US dollars", real(price.usd_per_metre, 0, most_usd));
  describe_costs(fields, price);
}

void describe(Fields& fields, topology::NetworkPrices& prices) {
  fields.required("switches", "of the fabric", list(prices.switches, 1));
  fields.required("nics", "adapters of nodes", list(prices.nics, 1));
  fields.required("copper_cables", "of up to 5 m, with their plugs", list(prices.copper_cables, 1));
  fields.required("optical_cables", "longer ones, with their plugs or with two transceivers", list(prices.optical_cables, 1));
}

void describe(Fields& fields, Prices& prices) {
  fields.optional("name", "of the preset", text(prices.name));
  fields.required("source", "where the numbers are from", text(prices.source));
  fields.required("date", "of the prices, e.g. \"2024-12\"", text(prices.date));
  fields.optional("network", "switches, adapters and cables", object(prices.network));
}

topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name) {
  Document document = open_preset(library, PresetKind::prices, name);
  Prices prices;
  throw_if_any(read(document, library, prices));
  if (prices.network) return *std::move(prices.network);
  throw sim::Error({shown(document.places.file()), "the file has no prices of networks", "add \"network\""});
}

}  // namespace orrery::scenarios
