#include "scenarios/prices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "scenarios/document.h"
#include "scenarios/field_reader.h"
#include "scenarios/hardware.h"
#include "sim/error.h"
#include "tests/temporary_folder.h"
#include "topology/bill_of_materials.h"
#include "topology/cluster.h"

namespace orrery::scenarios {
namespace {

const PresetLibrary shipped_library{std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", "nowhere"};

topology::NodeSpec shipped_node(const std::string& name) {
  Document document = open_preset(shipped_library, PresetKind::hardware, name);
  topology::NodeSpec node;
  throw_if_any(read(document, shipped_library, node));
  return node;
}

std::vector<PlacedFault> faults_of(const std::string& text) {
  Document document = parse_document("my.json", text);
  workloads::PriceList prices;
  return read(document, shipped_library, prices);
}

TEST(Prices, EveryPresetReadsAndEveryNumberHasASource) {
  ASSERT_FALSE(preset_names(shipped_library, PresetKind::prices).empty());
  for (const std::string& name : preset_names(shipped_library, PresetKind::prices)) {
    Document document = open_preset(shipped_library, PresetKind::prices, name);
    workloads::PriceList prices;
    for (const PlacedFault& placed : read(document, shipped_library, prices)) ADD_FAILURE() << sim::to_text(placed.fault);
    EXPECT_EQ(prices.name, name);
    EXPECT_FALSE(prices.date.empty());
    ASSERT_TRUE(prices.network);
    for (const auto& part : prices.network->switches) EXPECT_FALSE(part.source.empty()) << part.name;
    for (const auto& part : prices.network->nics) EXPECT_FALSE(part.source.empty()) << part.name;
    for (const auto& part : prices.network->copper_cables) EXPECT_FALSE(part.source.empty()) << part.name;
    for (const auto& part : prices.network->optical_cables) EXPECT_FALSE(part.source.empty()) << part.name;
    for (const auto& gpu : prices.gpus) EXPECT_FALSE(gpu.source.empty()) << gpu.name;
    for (const auto& node : prices.nodes) EXPECT_FALSE(node.source.empty()) << node.gpu;
    for (const auto& rental : prices.rentals) EXPECT_FALSE(rental.source.empty()) << rental.gpu;
    EXPECT_TRUE(workloads::faults(prices).empty()) << workloads::faults(prices).front().what;
  }
}

TEST(Prices, EveryNodeThatShipsFindsItsOwnSwitchAndAdapter) {
  const topology::NetworkPrices prices = network_prices(shipped_library, "estimates-2025");
  for (const std::string& name : preset_names(shipped_library, PresetKind::hardware)) {
    SCOPED_TRACE(name);
    const topology::NodeSpec node = shipped_node(name);
    const topology::Cluster cluster({.node = node, .nodes = 100, .fabric = {.switch_radix = node.fabric_switch.ports}});
    const topology::PartsInUse parts{.radix = node.fabric_switch.ports, .link = node.nic.bandwidth};
    const topology::Bill bill = bill_of_materials(inventory(cluster.fabric(), parts),
                                                  {.radix = parts.radix,
                                                   .link = parts.link,
                                                   .switch_name = node.fabric_switch.name,
                                                   .nic_name = node.nic.name,
                                                   .gpus = cluster.gpus()},
                                                  prices);
    EXPECT_EQ(bill.rows[0].part, node.nic.name);
    EXPECT_EQ(bill.rows[1].part, node.fabric_switch.name);
    EXPECT_GT(bill.usd_per_gpu, 100);
    EXPECT_LT(bill.usd_per_gpu, 10'000) << "less than half of what a GPU costs";
    EXPECT_GT(bill.watts_per_gpu, 5);
    EXPECT_LT(bill.watts_per_gpu, 200);
  }
}

TEST(Prices, EveryNodeThatShipsHasAPriceAndItsGpusPower) {
  const auto prices = read_preset<workloads::PriceList>(shipped_library, PresetKind::prices, default_prices);
  for (const std::string& name : preset_names(shipped_library, PresetKind::hardware)) {
    SCOPED_TRACE(name);
    const topology::NodeSpec node = shipped_node(name);
    EXPECT_NE(workloads::power_of(prices, node.gpu.name), nullptr);
    EXPECT_NE(workloads::node_price(prices, node.gpu.name, node.gpus), nullptr);
    EXPECT_NE(workloads::rental_of(prices, node.gpu.name), nullptr);
  }
}

TEST(Prices, AreReadWithTheirRatesAndCurrencies) {
  const topology::NetworkPrices prices = network_prices(shipped_library, "estimates-2025");
  const auto found =
      std::find_if(prices.optical_cables.begin(), prices.optical_cables.end(), [](const auto& part) { return part.name == "HDR AOC"; });
  ASSERT_NE(found, prices.optical_cables.end());
  EXPECT_EQ(found->rate, sim::gigabits_per_second(200));
  EXPECT_EQ(found->protocol, topology::NetworkProtocol::infiniband);
  EXPECT_EQ(found->usd, 800);
  EXPECT_EQ(found->usd_per_metre, 8);
  EXPECT_EQ(found->watts, 9);
}

TEST(Prices, RefuseWhatIsNone) {
  const std::vector<PlacedFault> faults = faults_of(R"({"source": "s", "date": "2024", "network": {
    "switches": [{"name": "s", "protocol": "token-ring", "ports": 1, "rate": "200 GB/s", "usd": -1, "watts": 1, "source": "s"}],
    "nics": [], "copper_cables": [{"name": "c", "protocol": "ethernet", "rate": "200 Gbit/s", "watt": 1, "usd": 1, "source": "s"}],
    "optical_cables": [{"name": "c", "protocol": "ethernet", "rate": "200 Gbit/s", "watts": 1, "usd": 1, "source": "s"}]}})");
  std::vector<std::string> places;
  for (const PlacedFault& placed : faults) places.push_back(placed.fault.place.substr(placed.fault.place.find(' ') + 1));
  for (const char* place : {"/network/switches/0/protocol", "/network/switches/0/ports", "/network/switches/0/rate",
                            "/network/switches/0/usd", "/network/nics", "/network/copper_cables/0/watt"}) {
    EXPECT_NE(std::find(places.begin(), places.end(), place), places.end()) << place;
  }
}

// By the rules that the list states: 3.92 pJ a bit are 31.4 W a TB/s of HBM, so that an A100 of 1.555 TB/s draws 15 W less than one of
// 2.039 and 5 W less for half the memory, an H200 of 4.8 TB/s 45 W more than an H100 of 3.35 and 5 W more for more memory; a B200 is as far
// from idle to the limit as the H200.
TEST(Prices, WattsAreWhatTheListsRulesGive) {
  Document document = open_preset(shipped_library, PresetKind::prices, "estimates-2025");
  workloads::PriceList prices;
  throw_if_any(read(document, shipped_library, prices));
  const auto power = [&](const std::string& name) {
    return *std::ranges::find_if(prices.gpus, [&](const workloads::GpuPower& gpu) { return gpu.name == name; });
  };
  constexpr double watts_per_tb = 31.36;
  const auto a100 = power("A100-SXM4-80GB"), small = power("A100-SXM4-40GB");
  EXPECT_NEAR(small.waiting_watts, a100.waiting_watts - 5, 1);
  EXPECT_NEAR(small.memory_watts, a100.memory_watts - 5 - (2.039 - 1.555) * watts_per_tb, 1);
  const auto h100 = power("H100-SXM5-80GB"), h200 = power("H200-SXM5-141GB");
  EXPECT_NEAR(h200.waiting_watts, h100.waiting_watts + 5, 1);
  EXPECT_NEAR(h200.memory_watts, h100.memory_watts + 5 + (4.8 - 3.35) * watts_per_tb, 1);
  const auto b200 = power("B200-SXM-180GB");
  const auto like_h200 = [&](double watts) {
    return b200.idle_watts +
           (watts - h200.idle_watts) / (h200.arithmetic_watts - h200.idle_watts) * (b200.arithmetic_watts - b200.idle_watts);
  };
  EXPECT_NEAR(b200.waiting_watts, like_h200(h200.waiting_watts), 1);
  EXPECT_NEAR(b200.memory_watts, like_h200(h200.memory_watts), 1);
}

TEST(Prices, OfNetworksMayBeMissingFromAFile) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "prices");
  std::ofstream(folder.path() / "prices" / "mine.json") << R"({"source": "s", "date": "2024"})";
  try {
    network_prices({folder.path(), "nowhere"}, "mine");
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().front().what, "the file has no prices of networks");
  }
}

}  // namespace
}  // namespace orrery::scenarios
