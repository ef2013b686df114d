#include "workloads/collective_job.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/error.h"
#include "workloads/all_to_all_v.h"
#include "workloads/collective_edges.h"
#include "workloads/communications.h"
#include "workloads/kernel_times.h"
#include "workloads/lower.h"
#include "workloads/ring_slices.h"
#include "workloads/steps_program.h"
#include "workloads/training_run.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::GpuId;

/// A row of what is asked for, not played yet.
CollectiveRow row_of(const CollectiveJob& job, sim::Bytes size) {
  CollectiveRow row{.operation = job.operation, .ranks = static_cast<int>(job.ranks.size())};
  if (is_barrier(job.operation)) return row;
  const std::int64_t parts = is_in_parts(job.operation) ? row.ranks : 1;
  row.asked = size;
  row.count = size.count / parts / job.type.size().count;
  row.bytes = row.count * parts * job.type.size();
  return row;
}

/// As sim::Collect counts.
std::int64_t program_count(const CollectiveJob& job, const CollectiveRow& row) {
  const bool is_whole = job.operation.kind == CollectiveKind::all_to_all;
  return row.count * job.type.elements * (is_whole ? row.ranks : 1);
}

sim::Program program_with(const CollectiveJob& job) {
  return {.name = std::string(name_of(job.operation)), .ranks = static_cast<std::int32_t>(job.ranks.size()), .labels = {"collective"}};
}

sim::Program collective_program(const CollectiveJob& job, const CollectiveRow& row) {
  sim::Program program = program_with(job);
  const sim::Collect collect{*job.operation.kind, program_count(job, row), job.type.type, 0, row.calls};
  program.communicators = {{.name = "all", .groups = {}, .members = {{program.ranks, 1}}}};
  program.roles = {
      {.name = "rank", .ranks = {0, {{program.ranks, 1}}}, .events = 0, .streams = {{.name = "main", .operations = {{0, collect}}}}}};
  return program;
}

/// Ranks so far away to which a role sends, and from which it receives.
struct Neighbours {
  std::int32_t next = 1;
  std::int32_t previous = -1;
};

sim::Role shifting(std::string name, sim::Lattice ranks, Neighbours neighbours, sim::Bytes bytes) {
  const sim::Send send{bytes, neighbours.next, 0};
  const sim::Receive receive{bytes, neighbours.previous, 0};
  return {.name = std::move(name),
          .ranks = std::move(ranks),
          .events = 0,
          .streams = {{.name = "send", .operations = {{0, send}}}, {.name = "receive", .operations = {{0, receive}}}}};
}

/// Each rank sends to the next, the last to the first.
sim::Program shift_program(const CollectiveJob& job, const CollectiveRow& row) {
  sim::Program program = program_with(job);
  const std::int32_t last = program.ranks - 1;
  program.roles.push_back(shifting("first", {0, {}}, {1, last}, row.bytes));
  if (last > 1) program.roles.push_back(shifting("between", {1, {{last - 1, 1}}}, {1, -1}, row.bytes));
  program.roles.push_back(shifting("last", {last, {}}, {-last, -1}, row.bytes));
  return program;
}

/// The two neighbours in the ring of ranks that are the farthest apart.
struct LongestHop {
  GpuId from{};
  GpuId to{};
  int hops = -1;  // links of the fabric
};

LongestHop longest_hop(const topology::Cluster& cluster, const Placement& ranks, Pxn pxn) {
  LongestHop longest;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const GpuId next = ranks[(i + 1) % ranks.size()];
    const Edge edge = message_edge(cluster, ranks[i], next, pxn);
    const int hops = edge.rails ? cluster.hops(ranks[i], next, *edge.rails) : 0;
    if (hops > longest.hops) longest = {ranks[i], next, hops};
  }
  return longest;
}

/// Collectives run no kernels that were measured; copies within a GPU go as fast as its memory is said to be.
KernelTimes no_kernels(const topology::GpuSpec& gpu) {
  Calibration calibration;
  calibration.device = gpu.name;
  calibration.memory.stream_bandwidth = {std::numeric_limits<double>::infinity()};
  return KernelTimes(std::move(calibration), gpu);
}

/// Ranks on each node, where these are as many on all of them, else 1.
int ranks_a_node(const topology::Cluster& cluster, const Placement& ranks) {
  const auto on_node = [&](std::size_t i) { return cluster.node_of(ranks[i]); };
  std::size_t each = 1;
  while (each < ranks.size() && on_node(each) == on_node(0)) ++each;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (ranks.size() % each != 0 || on_node(i) != on_node(i / each * each)) return 1;
  }
  return static_cast<int>(each);
}

/// So many rank's messages or slices would not end, or not fit in memory.
void refuse_many(std::string place, std::int64_t count, std::int64_t most, std::string remedy) {
  if (count <= most) return;
  throw sim::Error({.place = std::move(place),
                    .what = "takes " + std::to_string(count) + " messages, more than the " + std::to_string(most) + " that are played",
                    .remedy = std::move(remedy)},
                   sim::ErrorKind::infeasible);
}

/// What all calls of a group move together.
sim::Bytes bytes_of_group(const CollectiveRow& row) {
  if (row.bytes.count > sim::max_operation_bytes / row.calls) {
    throw sim::Error({.place = "a group of " + std::to_string(row.calls) + " calls",
                      .what = "of " + std::to_string(row.bytes.count) + " bytes each is more than a petabyte together",
                      .remedy = "take fewer calls or smaller sizes"});
  }
  return row.bytes * row.calls;
}

/// The schedule to play; none where NCCL's is.
std::optional<CollectiveSteps> steps_of(const CollectiveJob& job, const topology::Cluster& cluster) {
  const auto ranks = static_cast<int>(job.ranks.size());
  const auto refuse = [](std::string place, std::string what, std::string remedy) {
    throw sim::Error({.place = std::move(place), .what = std::move(what), .remedy = std::move(remedy)}, sim::ErrorKind::unavailable);
  };
  if (const auto* by = std::get_if<ByAlgorithm>(&job.way)) {
    if (!job.operation.kind) refuse(std::string(name_of(by->algorithm)), "has no send_receive", "leave the algorithm out");
    const StepLayout layout{.ranks = ranks, .gpus_a_node = ranks_a_node(cluster, job.ranks)};
    refuse_many(std::string(name_of(by->algorithm)), message_bound(by->algorithm, layout), max_scheduled_messages,
                "take fewer nodes, or an algorithm of fewer messages");
    CollectiveSteps steps = steps_of(by->algorithm, *job.operation.kind, layout);
    steps.protocol = by->protocol;
    return steps;
  }
  const auto* given = std::get_if<CollectiveSteps>(&job.way);
  if (given == nullptr) return std::nullopt;
  const std::string does(sim::name_of(given->kind));
  if (job.operation.kind != given->kind)
    refuse(given->name, "does " + does + ", not " + std::string(name_of(job.operation)), "ask for " + does);
  if (std::ssize(given->ranks) != ranks) {
    refuse(given->name, "is for " + std::to_string(given->ranks.size()) + " GPUs, here are " + std::to_string(ranks),
           "take as many nodes and GPUs of each as it is for");
  }
  return *given;
}

/// Plans and plays the rows of one job.
class Conductor {
 public:
  Conductor(const CollectiveJob& job, const CollectiveMachine& machine, sim::Engine& engine)
      : job_(job),
        machine_(machine),
        engine_(engine),
        collectives_(machine.cluster, machine.nccl, machine.calibration, job.filter),
        times_(no_kernels(machine.cluster.node(job.ranks.front()).gpu)),
        lowering_{.granularity = job.granularity, .interference = false, .condition = machine.condition},  // all kernels are its own
        steps_(steps_of(job, machine.cluster)) {
    if (job.operation.kind) {
      sim::check(!std::holds_alternative<InUnequalParts>(job.way) || job.operation.kind == CollectiveKind::all_to_all,
                 "unequal parts are of an all-to-all");
      shape_ = collectives_.shape(collectives_.group(job.ranks));
    } else {
      longest_ = longest_hop(machine.cluster, job.ranks, job.filter.pxn);
    }
  }

  CollectiveRow play(sim::Bytes size) {
    CollectiveRow row = row_of(job_, size);
    if (const auto* unequal = std::get_if<InUnequalParts>(&job_.way)) return play_unequal(std::move(row), *unequal);
    if (const auto* by_nccl = std::get_if<ByNccl>(&job_.way); by_nccl != nullptr && job_.operation.kind) row.calls = by_nccl->calls;
    if (std::holds_alternative<ByAlgorithm>(job_.way) && row.ranks > 1 && row.bytes.count > 0) steps_->instances = instances(row.bytes);
    row.plan = plan(row);
    if (steps_) row.way = steps_->name;
    if (row.plan.algorithm == Algorithm::none) return row;
    if (steps_) {
      refuse_many(steps_->name, messages_of(*steps_), max_played_messages, "take fewer nodes, or an algorithm of fewer messages");
      const sim::BytesPerSecond rate = collectives_.block_rate(steps_->protocol, job_.ranks, channels_of(*steps_));
      const sim::Program program = program_of(*steps_, row.bytes, job_.type.type);
      return play_in_kernel(std::move(row), program, {.protocol = steps_->protocol, .channel_rate = rate});
    }
    if (std::holds_alternative<InSlices>(job_.way)) return play_in_slices(std::move(row));
    const sim::Program program = job_.operation.kind ? collective_program(job_, row) : shift_program(job_, row);
    return play(std::move(row), program);
  }

 private:
  CollectiveRow play(CollectiveRow row, const sim::Program& program) {
    sim::validate(program);
    const sim::Timeline played =
        play_placed(program, job_.ranks, times_, collectives_, lowering_, machine_.cluster, engine_, sim::PlayOptions{});
    row.time = sim::Duration{played.end.ticks / row.calls};
    row.events = played.events;
    row.rank_classes = std::ssize(played.actor_ends);
    // All pairs of one rate have nobody to leave anything to but themselves.
    row.irregular = played.irregular && row.plan.algorithm != Algorithm::point_to_point;
    return row;
  }

  /// Messages within one kernel, that is launched once.
  CollectiveRow play_in_kernel(CollectiveRow row, const sim::Program& program, const KernelMessages& messages) {
    const sim::Duration launch = collectives_.launch(messages.protocol, reach(), row.plan.thread_blocks);
    return play_in_kernel(std::move(row), program, messages, launch);
  }

  CollectiveRow play_in_kernel(CollectiveRow row, const sim::Program& program, const KernelMessages& messages, sim::Duration launch) {
    lowering_.in_kernel = messages;
    row = play(std::move(row), program);
    row.time += launch;
    return row;
  }

  /// A channel moves its part of what all of them do by plan.
  CollectiveRow play_in_slices(CollectiveRow row) {
    if (row.plan.algorithm != Algorithm::ring) {
      throw sim::Error({.place = "slices",
                        .what = "are of rings, and NCCL would do this by " + std::string(name_of(row.plan.algorithm)),
                        .remedy = "let it choose among rings alone, or leave slices out"},
                       sim::ErrorKind::unavailable);
    }
    row.way = "ring in slices";
    const Group group = collectives_.group(job_.ranks);
    const CollectivePlan& plan = row.plan;
    const KernelMessages messages{
        .protocol = plan.protocol, .flags = KernelMessages::Flags::apart, .channel_rate = collectives_.channel_rate(plan, shape_)};
    const RingSlices slices{.kind = *job_.operation.kind,
                            .rings = rings_of(group, plan.thread_blocks),
                            .sizes = slice_sizes(*job_.operation.kind, plan.protocol)};
    const sim::Bytes bytes = std::max(row.bytes, job_.type.size());
    refuse_many("slices", slice_bound(slices, bytes), max_played_messages, "take smaller sizes or fewer nodes, or leave slices out");
    const sim::Program program = program_of(slices, bytes);
    return play_in_kernel(std::move(row), program, messages);
  }

  CollectiveRow play_unequal(CollectiveRow row, const InUnequalParts& unequal) {
    const ByteMatrix matrix = byte_matrix(unequal.parts, {.ranks = row.ranks, .count = row.count, .element = job_.type.size()});
    if (std::holds_alternative<ByteMatrix>(unequal.parts)) row.bytes = row.asked;
    row.way = matrix.name;
    const AllToAllV messages = all_to_all_v(matrix, collectives_, shape_, ranks_a_node(machine_.cluster, job_.ranks));
    row.plan = messages.plan;
    if (row.plan.algorithm == Algorithm::none) return row;
    return play_in_kernel(std::move(row), messages.program, messages.in_kernel, messages.launch);
  }

  /// As many as NCCL would have channels, where all thread blocks find a multiprocessor.
  int instances(sim::Bytes bytes) const {
    const int blocks = std::max(thread_blocks_of(*steps_) / steps_->instances, 1);
    int multiprocessors = machine_.cluster.node(job_.ranks.front()).gpu.multiprocessors;
    for (const GpuId gpu : job_.ranks) multiprocessors = std::min(multiprocessors, machine_.cluster.node(gpu).gpu.multiprocessors);
    return std::clamp(multiprocessors / blocks, 1, collectives_.channels(steps_->kind, bytes, steps_->protocol, shape_));
  }

  CollectiveModel::Reach reach() const { return shape_.counts.nodes > 1 ? CollectiveModel::Reach::nodes : CollectiveModel::Reach::node; }

  CollectivePlan plan(const CollectiveRow& row) const {
    if (steps_) {
      if (row.ranks == 1 || row.bytes.count == 0) return {};
      return {.algorithm = Algorithm::point_to_point,
              .kind = steps_->kind,
              .protocol = steps_->protocol,
              .thread_blocks = thread_blocks_of(*steps_)};
    }
    if (job_.operation.kind) {
      const sim::Bytes bytes = is_barrier(job_.operation) ? job_.type.size() : bytes_of_group(row);
      return collectives_.plan(*job_.operation.kind, bytes, job_.type.type, shape_, row.calls);
    }
    if (row.ranks == 1 || row.bytes.count == 0) return {};
    return collectives_.plan_send(row.bytes, longest_.from, longest_.to, longest_.hops);
  }

  const CollectiveJob& job_;
  const CollectiveMachine& machine_;
  sim::Engine& engine_;
  CollectiveModel collectives_;
  KernelTimes times_;
  LoweringOptions lowering_;
  std::optional<CollectiveSteps> steps_;
  GroupShape shape_{};
  LongestHop longest_{};
};

}  // namespace

Placement first_gpus(const topology::Cluster& cluster, RanksOfNodes ranks) {
  sim::check(ranks.nodes >= 1 && ranks.nodes <= cluster.nodes() && ranks.gpus_a_node >= 1 && ranks.gpus_a_node <= cluster.node().gpus,
             "ranks are on GPUs that the machine has");
  Placement placement;
  placement.reserve(static_cast<std::size_t>(ranks.nodes) * static_cast<std::size_t>(ranks.gpus_a_node));
  for (int node = 0; node < ranks.nodes; ++node) {
    for (int gpu = 0; gpu < ranks.gpus_a_node; ++gpu)
      placement.push_back(
          GpuId{static_cast<std::uint32_t>(node) * static_cast<std::uint32_t>(cluster.node().gpus) + static_cast<std::uint32_t>(gpu)});
  }
  return placement;
}

std::vector<sim::Bytes> doubled_sizes(sim::Bytes first, sim::Bytes last) {
  sim::check(first.count > 0, "sizes double from one above zero");
  std::vector<sim::Bytes> sizes;
  for (sim::Bytes size = first; size <= last; size = 2 * size) {
    sizes.push_back(size);
    if (size.count > INT64_MAX / 2) break;
  }
  return sizes;
}

sim::BytesPerSecond CollectiveRow::algorithm_bandwidth() const {
  return {time.ticks == 0 ? 0 : static_cast<double>(bytes.count) / time.seconds()};
}

std::string_view algorithm_name(const CollectiveRow& row) { return row.way.empty() ? name_of(row.plan.algorithm) : row.way; }

sim::BytesPerSecond CollectiveRow::bus_bandwidth() const { return algorithm_bandwidth() * bus_share(operation, ranks); }

std::vector<CollectiveRow> collective_rows(const CollectiveJob& job, const CollectiveMachine& machine, sim::Engine& engine,
                                           const std::function<void(double)>& progress) {
  sim::check(!job.ranks.empty(), "a collective has a rank at least");
  Conductor conductor(job, machine, engine);
  std::vector<CollectiveRow> rows;
  for (const sim::Bytes size : job.sizes) {
    rows.push_back(conductor.play(size));
    if (progress) progress(static_cast<double>(rows.size()) / static_cast<double>(job.sizes.size()));
  }
  return rows;
}

}  // namespace orrery::workloads
