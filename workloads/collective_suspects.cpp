#include "workloads/collective_suspects.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.h"
#include "workloads/collective_edges.h"

namespace orrery::workloads {
namespace {

/// A fault of the first rank's node: so many of its NICs' cables, from the first rank's on, carry less than they should.
struct Hypothesis {
  std::string fault{};
  int nics = 0;
  double speed = 1;
  Pxn pxn = Pxn::on;
};

void slow_down(topology::Condition& condition, topology::LinkId link, double speed) {
  for (topology::SlowLink& slow : condition.slow_links) {
    if (index(slow.link) / 2 != index(link) / 2) continue;  // another cable
    slow.speed *= speed;
    return;
  }
  condition.slow_links.push_back({link, speed});
}

topology::Condition with(topology::Condition condition, const Hypothesis& hypothesis, const topology::Cluster& cluster,
                         topology::GpuId first) {
  const topology::Fabric& fabric = cluster.fabric();
  for (int i = 0; i < hypothesis.nics; ++i) {
    const int rail = (cluster.rail_of(first) + i) % cluster.node().nics;
    const topology::VertexId nic = fabric.vertex(topology::Port{cluster.node_of(first), rail});
    for (int port = 0; port < fabric.out_degree(nic); ++port) slow_down(condition, fabric.out_link(nic, port), hypothesis.speed);
  }
  return condition;
}

/// Through the host's memory each byte crosses the uplink of its PCIe switch twice, which GPUs and NICs below it share.
double rate_through_the_host(const topology::NodeSpec& node) {
  const double nics_a_switch = std::max(1.0, static_cast<double>(gpus_a_pcie_switch(node)) * node.nics / node.gpus);
  return std::min(1.0, node.pcie_bandwidth.value / (2 * nics_a_switch) / (node.nic.bandwidth.value * node.nic.efficiency));
}

std::vector<Hypothesis> hypotheses(const topology::Cluster& cluster, const CollectiveJob& job) {
  const Placement& ranks = job.ranks;
  std::vector<Hypothesis> all = {{}};
  const auto is_elsewhere = [&](topology::GpuId gpu) { return cluster.node_of(gpu) != cluster.node_of(ranks.front()); };
  if (std::ranges::none_of(ranks, is_elsewhere)) return all;
  const topology::NodeSpec& node = cluster.node(ranks.front());
  const std::string nics = std::to_string(node.nics);
  const auto add = [&all](std::string fault, int slow, double speed) { all.push_back({std::move(fault), slow, speed}); };
  if (node.nics > 2) add("a node sends by one NIC fewer than its " + nics, node.nics, (node.nics - 1.0) / node.nics);
  if (node.nics > 1) add("a node sends by one NIC of its " + nics + " alone (NCCL_IB_HCA?)", node.nics, 1.0 / node.nics);
  const double through_the_host = rate_through_the_host(node);
  if (through_the_host < 1) add("a node without GPUDirect RDMA: the network goes through its host's memory", node.nics, through_the_host);
  add("a NIC's cable runs at half its rate", 1, 0.5);
  add("a NIC's cable runs at a quarter of its rate", 1, 0.25);
  const bool in_messages = !job.operation.kind || is_in_pairs(*job.operation.kind);
  if (in_messages && job.filter.pxn == Pxn::on) all.push_back({.fault = "PXN is off (NCCL_PXN_DISABLE=1)", .pxn = Pxn::off});
  return all;
}

void compare(CollectiveSuspect& suspect, std::span<const sim::Duration> measured) {
  const std::vector<CollectiveRow>& rows = suspect.rows;
  const bool only_large = any_is_large(rows);
  double sum = 0;
  double longer = 0;
  int compared = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if ((only_large && rows[i].asked < least_compared) || rows[i].time.ticks == 0) continue;
    const double off = std::log(measured[i].seconds() / rows[i].time.seconds());
    sum += std::abs(off);
    longer += off;
    ++compared;
  }
  if (compared == 0) {
    throw sim::Error({.place = "the log",
                      .what = "has no size of which so many ranks exchange anything",
                      .remedy = "measure more than a byte a rank, on two ranks or more"});
  }
  suspect.error = std::expm1(sum / compared);
  suspect.longer = std::expm1(longer / compared);
}

}  // namespace

bool any_is_large(std::span<const CollectiveRow> rows) {
  return std::ranges::any_of(rows, [](const CollectiveRow& row) { return row.asked >= least_compared && row.time.ticks > 0; });
}

std::vector<CollectiveSuspect> collective_suspects(const CollectiveJob& job, const CollectiveMachine& machine,
                                                   std::span<const sim::Duration> measured, sim::Engine& engine,
                                                   const std::function<void(double)>& progress) {
  sim::check(measured.size() == job.sizes.size(), "every size was measured");
  std::vector<CollectiveSuspect> suspects;
  const std::vector<Hypothesis> all = hypotheses(machine.cluster, job);
  for (const Hypothesis& hypothesis : all) {
    CollectiveMachine faulty = machine;
    faulty.condition = with(machine.condition, hypothesis, machine.cluster, job.ranks.front());
    CollectiveJob suspected = job;
    if (hypothesis.pxn == Pxn::off) suspected.filter.pxn = Pxn::off;
    CollectiveSuspect suspect{.fault = hypothesis.fault, .rows = collective_rows(suspected, faulty, engine, {})};
    compare(suspect, measured);
    suspects.push_back(std::move(suspect));
    if (progress) progress(static_cast<double>(suspects.size()) / static_cast<double>(all.size()));
  }
  std::sort(suspects.begin() + 1, suspects.end(), [](const CollectiveSuspect& a, const CollectiveSuspect& b) {
    return a.error != b.error ? a.error < b.error : a.fault < b.fault;
  });
  return suspects;
}

}  // namespace orrery::workloads
