// The host device's self-test: data that can be checked, over every collective, and OpenBLAS beside the reference.
#include <cmath>

#include "kernels/gemm.h"
#include "realrun/host.h"
#include "realrun/host_kernel.h"
#include "realrun/host_operations.h"
#include "realrun/mpi_world.h"

namespace orrery::realrun {
namespace {

constexpr std::int64_t test_count = 12;  // of elements

/// What member `member` gives as element `index`: small whole numbers, whose sums floats hold exactly.
float given_element(std::int64_t member, std::int64_t index) { return static_cast<float>(100 * member + index); }

/// The sum over all members of what they give as element `index`.
float summed_element(std::int64_t members, std::int64_t index) {
  const std::int64_t sum = 100 * members * (members - 1) / 2 + members * index;
  return static_cast<float>(sum);
}

struct Place {
  std::int64_t member;
  std::int64_t members;
};

/// What element `index` of what a member takes must be.
float expected_element(sim::CollectiveKind kind, Place place, std::int64_t index) {
  const std::int64_t each = (test_count + place.members - 1) / place.members;  // of an all-to-all, rounded up
  switch (kind) {
    case sim::CollectiveKind::all_reduce:
    case sim::CollectiveKind::reduce:
      return summed_element(place.members, index);
    case sim::CollectiveKind::all_gather:
    case sim::CollectiveKind::gather:
      return given_element(index / test_count, index % test_count);
    case sim::CollectiveKind::reduce_scatter:
      return summed_element(place.members, place.member * test_count + index);
    case sim::CollectiveKind::scatter:
      return given_element(0, place.member * test_count + index);
    case sim::CollectiveKind::broadcast:
      return given_element(0, index);
    case sim::CollectiveKind::all_to_all:
      return given_element(index / each, place.member * each + index % each);
    case sim::CollectiveKind::barrier:
      break;
  }
  return 0;
}

bool ends_at_root(sim::CollectiveKind kind) { return kind == sim::CollectiveKind::reduce || kind == sim::CollectiveKind::gather; }

/// "" where what came is right.
std::string fault_of_collective(sim::CollectiveKind kind, HostChannel& channel, const Place& place) {
  const std::int64_t count = kind == sim::CollectiveKind::barrier ? 0 : test_count;
  HostCollective collective({kind, count, sim::DataType::fp32, 0}, place.members);
  for (std::size_t i = 0; i < collective.given().size(); ++i) {
    collective.given()[i] = given_element(place.member, static_cast<std::int64_t>(i));
  }
  for (std::size_t i = 0; i < collective.taken().size(); ++i) {
    const bool is_source = kind == sim::CollectiveKind::broadcast && place.member == 0;
    collective.taken()[i] = is_source ? given_element(0, static_cast<std::int64_t>(i)) : -1;
  }
  collective.connect(channel);
  collective.enqueue();
  collective.run();
  if (ends_at_root(kind) && place.member != 0) return "";
  for (std::size_t i = 0; i < collective.taken().size(); ++i) {
    const float expected = expected_element(kind, place, static_cast<std::int64_t>(i));
    if (collective.taken()[i] == expected) continue;
    return std::string(sim::name_of(kind)) + " of " + std::to_string(place.members) + ": member " + std::to_string(place.member) +
           " took " + std::to_string(collective.taken()[i]) + " as element " + std::to_string(i) + " in place of " +
           std::to_string(expected);
  }
  return "";
}

/// The ranks in groups of so many neighbours; all take part.
void test_groups(World& world, std::int32_t members, std::vector<std::string>& faults) {
  HostChannel channel;
  MPI_Comm_split(MPI_COMM_WORLD, world.rank() / members, world.rank(), &channel.communicator);
  for (int i = 0; i < sim::collective_kind_count; ++i) {
    faults.push_back(fault_of_collective(static_cast<sim::CollectiveKind>(i), channel, {world.rank() % members, members}));
  }
  MPI_Comm_free(&channel.communicator);
}

/// Sums of k products of numbers from -1 to 1 in fp32: off by some roundings of 6e-8 times their size, some sqrt(k).
std::string fault_of_gemm(const kernels::GemmShape& shape) {
  HostKernel kernel({sim::KernelKind::gemm, sim::DataType::fp32, {shape.m, shape.n, shape.k, shape.batch}});
  kernel.run();
  const std::vector<double> a(kernel.operand(0).begin(), kernel.operand(0).end());
  const std::vector<double> b(kernel.operand(1).begin(), kernel.operand(1).end());
  std::vector<double> c(kernel.operand(2).size());
  kernels::gemm<double>(shape, a, b, c);
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (std::abs(c[i] - static_cast<double>(kernel.operand(2)[i])) > 1e-5 * std::sqrt(static_cast<double>(shape.k))) {
      return "gemm: element " + std::to_string(i) + " is " + std::to_string(kernel.operand(2)[i]) + " in place of " + std::to_string(c[i]);
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> self_test_of_host(World& world) {
  std::vector<std::string> faults;
  test_groups(world, world.ranks(), faults);
  if (world.ranks() % 2 == 0) test_groups(world, world.ranks() / 2, faults);
  faults.push_back(fault_of_gemm({.m = 33, .n = 65, .k = 129, .batch = 2}));
  std::erase(faults, "");
  return faults;
}

}  // namespace orrery::realrun
