#include "workloads/communications.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"
#include "workloads/collective_edges.h"

namespace orrery::workloads {
namespace {

// All values in order, without a division each.
std::vector<std::int32_t> values_of(const sim::Lattice& lattice) {
  std::vector<std::int32_t> values;
  values.reserve(static_cast<std::size_t>(lattice.size()));
  values.push_back(lattice.first);
  for (const sim::Extent& extent : lattice.extents) {
    const std::size_t block = values.size();
    for (std::int32_t k = 1; k < extent.count; ++k) {
      for (std::size_t i = 0; i < block; ++i) values.push_back(values[i] + k * extent.stride);
    }
  }
  return values;
}

}  // namespace

Communications::Communications(const sim::Program& program, const Placement& placement)
    : program_(&program), placement_(&placement), groups_(program.communicators.size()) {}

void Communications::add_role(const sim::Lattice& ranks, std::vector<Communication> slots) {
  const Role& role = roles_.emplace_back(Role{std::move(slots), values_of(ranks), bindings_});
  bindings_ = role.binding(role.ranks.size(), 0);
}

Communications::View Communications::view(std::uint32_t binding) const {
  const auto after = std::upper_bound(roles_.begin(), roles_.end(), binding,
                                      [](std::uint32_t number, const Role& role) { return number < role.first_binding; });
  const Role& role = *std::prev(after);
  const std::size_t place = binding - role.first_binding;
  return {&role.slots[place % role.slots.size()], role.ranks[place / role.slots.size()]};
}

const std::vector<std::int32_t>& Communications::group_of_rank(std::int32_t communicator) {
  std::vector<std::int32_t>& of_rank = groups_[static_cast<std::size_t>(communicator)];
  if (!of_rank.empty()) return of_rank;
  const sim::Communicator& what = program_->communicators[static_cast<std::size_t>(communicator)];
  of_rank.assign(static_cast<std::size_t>(program_->ranks), -1);
  const std::vector<std::int32_t> members = values_of({.first = 0, .extents = what.members});
  std::int32_t group = 0;
  for (const std::int32_t first : values_of(what.groups)) {
    for (const std::int32_t member : members) {
      const std::int32_t rank = first + member;
      of_rank[static_cast<std::size_t>(rank)] = group;
    }
    ++group;
  }
  return of_rank;
}

std::vector<topology::GpuId> Communications::members(std::int32_t communicator, std::int32_t group) const {
  const sim::Communicator& what = program_->communicators[static_cast<std::size_t>(communicator)];
  std::vector<topology::GpuId> gpus;
  for (const std::int32_t rank : values_of({.first = what.groups.at(group), .extents = what.members})) gpus.push_back(gpu(rank));
  return gpus;
}

std::vector<Edge> Communications::edges(View view, const CollectiveModel& collectives) {
  std::vector<Edge> edges;
  if (const auto* collect = std::get_if<sim::Collect>(view.what)) {
    const std::int32_t group = group_of_rank(collect->communicator)[static_cast<std::size_t>(view.rank)];
    const std::vector<topology::GpuId> of_group = members(collect->communicator, group);
    const sim::Bytes bytes = tuner_bytes(*collect, static_cast<int>(of_group.size()));
    const Group nodes = collectives.group(of_group);
    const CollectivePlan plan = collectives.plan(collect->kind, bytes, collect->type, collectives.shape(nodes), collect->calls);
    append_collective_edges(nodes, plan.algorithm, plan.kind, edges);
  } else {
    const Ends ends = ends_of(view);
    edges.push_back(collectives.message_edge(gpu(ends.from), gpu(ends.to)));
  }
  return edges;
}

sim::Bytes tuner_bytes(const sim::Collect& collect, int ranks) {
  const bool per_rank = collect.kind == sim::CollectiveKind::all_gather || collect.kind == sim::CollectiveKind::reduce_scatter ||
                        collect.kind == sim::CollectiveKind::gather || collect.kind == sim::CollectiveKind::scatter;
  const std::int64_t elements = sim::detail::checked_multiply(collect.count, per_rank ? ranks : 1);
  return {sim::detail::checked_multiply(sim::detail::checked_multiply(elements, collect.calls), sim::size_of(collect.type))};
}

Ends ends_of(Communications::View view) {
  if (const auto* send = std::get_if<sim::Send>(view.what)) return {view.rank, view.rank + send->offset};
  return {view.rank + *std::get<sim::Receive>(*view.what).offset, view.rank};
}

std::string in_words(Communications::View view) {
  if (const auto* collect = std::get_if<sim::Collect>(view.what)) {
    return std::string(sim::name_of(collect->kind)) + " of " + std::to_string(collect->count) + " elements" +
           (collect->calls > 1 ? ", " + std::to_string(collect->calls) + " in a group" : "");
  }
  const auto* send = std::get_if<sim::Send>(view.what);
  const auto* receive = std::get_if<sim::Receive>(view.what);
  const Ends ends = ends_of(view);
  return "message of " + std::to_string((send != nullptr ? send->bytes : receive->bytes).count) + " bytes with tag " +
         std::to_string(send != nullptr ? send->tag : *receive->tag) + " from rank " + std::to_string(ends.from) + " to rank " +
         std::to_string(ends.to);
}

}  // namespace orrery::workloads
