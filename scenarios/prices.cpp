#include "scenarios/prices.h"

#include <fmt/format.h>

#include "scenarios/document.h"
#include "scenarios/field_reader.h"
#include "scenarios/port_rate.h"
#include "sim/error.h"

namespace orrery::scenarios {

using topology::NetworkProtocol;

namespace {

constexpr double most_usd = 1e7;  // of one part, or one node
constexpr double most_watts = 1e5;
constexpr const char* prices_are_from = "where the numbers are from, with a date; \"estimate: ...\" where they were read off no list";

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
  fields.required("source", prices_are_from, text(part.source));
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

void describe(Fields& fields, workloads::GpuPower& power) {
  fields.required("name", "of the kind of GPU, as nodes have it", text(power.name));
  fields.required("idle_watts", "without a kernel", real(power.idle_watts, 0, most_watts));
  fields.required("waiting_watts", "in a collective or transfer, or waiting for one or for a launch",
                  real(power.waiting_watts, 0, most_watts));
  fields.required("memory_watts", "in kernels bound by memory", real(power.memory_watts, 0, most_watts));
  fields.required("arithmetic_watts", "in kernels bound by arithmetic", real(power.arithmetic_watts, 0, most_watts));
  fields.required("source", prices_are_from, text(power.source));
}

void describe(Fields& fields, workloads::NodePrice& price) {
  fields.required("gpu", "the kind of its GPUs", text(price.gpu));
  fields.required("gpus", "that it has", integer(price.gpus, 1, 1'024));
  fields.required("usd", "price of one with GPUs and adapters, in US dollars before tax", real(price.usd, 0, most_usd));
  fields.required("busy_watts", "what it draws while its GPUs work, without them and the adapters", real(price.busy_watts, 0, most_watts));
  fields.required("source", prices_are_from, text(price.source));
}

void describe(Fields& fields, workloads::FacilityPrices& prices) {
  fields.required("pue", "all that the building draws over what the machine draws", real(prices.pue, 1, 10));
  fields.required("usd_per_kwh", "of electricity", real(prices.usd_per_kwh, 0, 100));
  fields.required("kg_co2_per_kwh", "of the grid", real(prices.kg_co2_per_kwh, 0, 10));
  fields.optional("usd_per_kw_month", "for space and cooling, by the power that the machine may draw",
                  real(prices.usd_per_kw_month, 0, 1e5));
  fields.required("depreciation_years", "in which nodes and network are written off", real(prices.depreciation_years, 0.1, 100));
  fields.optional("upkeep_per_year", "support and repairs, as a share of what nodes and network cost", real(prices.upkeep_per_year, 0, 10));
  fields.required("source", prices_are_from, text(prices.source));
}

void describe(Fields& fields, workloads::RentalPrice& price) {
  fields.required("gpu", "the kind", text(price.gpu));
  fields.required("usd_per_gpu_hour", "all inclusive, in US dollars before tax", real(price.usd_per_gpu_hour, 0, 1e5));
  fields.required("source", prices_are_from, text(price.source));
}

void describe(Fields& fields, workloads::PriceList& prices) {
  fields.optional("name", "of the preset", text(prices.name));
  fields.required("source", "where the numbers are from", text(prices.source));
  fields.required("date", "of the prices, e.g. \"2024-12\"", text(prices.date));
  fields.optional("terms", "what is paid for: the machine and all that it takes, or GPU-hours",
                  choice(prices.terms, {{"own", workloads::Terms::own}, {"rent", workloads::Terms::rent}}));
  fields.optional("gpus", "what GPUs draw by what they do", list(prices.gpus));
  fields.optional("nodes", "what nodes cost, and draw beside GPUs and adapters", list(prices.nodes));
  fields.optional("facility", "the building and the grid", object(prices.facility));
  fields.optional("rentals", "what GPU-hours cost", list(prices.rentals));
  fields.optional("network", "switches, adapters and cables", object(prices.network));
}

topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name) {
  Document document = open_preset(library, PresetKind::prices, name);
  workloads::PriceList prices;
  throw_if_any(read(document, library, prices));
  if (prices.network) return *std::move(prices.network);
  throw sim::Error({shown(document.places.file()), "the file has no prices of networks", "add \"network\""});
}

topology::NetworkPrices network_prices(const PresetLibrary& library, const std::string& name,
                                       const std::optional<workloads::PriceList>& own) {
  if (name.empty() && own && own->network) return *own->network;
  return network_prices(library, name.empty() ? default_prices : name);
}

}  // namespace orrery::scenarios
