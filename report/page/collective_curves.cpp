#include "report/page/collective_curves.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

#include "workloads/collective_job.h"
#include "workloads/collective_operation.h"
#include "workloads/communications.h"

namespace orrery::report {
namespace {

// Of the longest curve's time, that another must take to be told.
constexpr double least_share = 0.001;

// Which calls are on one curve, and which of them are alike.
using CurveKey = std::tuple<std::int32_t, sim::CollectiveKind, sim::DataType>;
using CallKey = std::pair<std::int64_t, std::int32_t>;  // count, calls in a group
using Calls = std::map<CurveKey, std::map<CallKey, std::int64_t>>;

void add(Calls& to, const Calls& calls, std::int64_t times) {
  for (const auto& [curve, sizes] : calls) {
    for (const auto& [call, number] : sizes) to[curve][call] += number * times;
  }
}

Calls calls_of(const std::vector<sim::Operation>& operations, const std::vector<Calls>& blocks) {
  Calls calls;
  for (const sim::Operation& operation : operations) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
      if (collect->kind != sim::CollectiveKind::barrier) {
        ++calls[{collect->communicator, collect->kind, collect->type}][{collect->count, collect->calls}];
      }
    } else if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
      add(calls, blocks[static_cast<std::size_t>(call->block)], call->times);
    }
  }
  return calls;
}

// Of each the number of the role that makes most of them.
Calls most_calls(const sim::Program& program) {
  std::vector<Calls> blocks;
  for (const sim::Block& block : program.blocks) blocks.push_back(calls_of(block.operations, blocks));
  Calls most;
  for (const sim::Role& role : program.roles) {
    Calls of_role;
    for (const sim::Stream& stream : role.streams) add(of_role, calls_of(stream.operations, blocks), 1);
    for (const auto& [curve, sizes] : of_role) {
      for (const auto& [call, number] : sizes) {
        std::int64_t& known = most[curve][call];
        known = std::max(known, number);
      }
    }
  }
  return most;
}

std::vector<topology::GpuId> first_group(const sim::Communicator& communicator, const workloads::Placement& placement) {
  const sim::Lattice ranks{communicator.groups.at(0), communicator.members};
  std::vector<topology::GpuId> members;
  for (std::int64_t i = 0; i < ranks.size(); ++i) members.push_back(placement[static_cast<std::size_t>(ranks.at(i))]);
  return members;
}

class CurvePlanner {
 public:
  CurvePlanner(const workloads::CollectiveModel& model, std::span<const topology::GpuId> members, const CurveKey& key)
      : model_(&model), group_(model.group(members)), shape_(model.shape(group_)), key_(key) {}

  int ranks() const { return group_.ranks(); }
  int nodes() const { return group_.nodes(); }

  CurvePoint point(sim::Bytes bytes, int calls) const {
    const auto& [communicator, kind, type] = key_;
    const workloads::CollectivePlan plan = model_->plan(kind, bytes * calls, type, shape_, calls);
    double seconds = plan.latency.seconds();
    if (plan.edge_bytes.count > 0) seconds += static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value;
    CurvePoint point{.bytes = bytes, .time = sim::Duration::ceil_seconds(seconds / calls)};
    if (seconds > 0) {
      point.bus_bandwidth = static_cast<double>(bytes.count) * calls / seconds * workloads::bus_share({kind}, group_.ranks());
    }
    point.algorithm = name_of(plan.algorithm);
    point.protocol = name_of(plan.protocol);
    return point;
  }

 private:
  const workloads::CollectiveModel* model_;
  workloads::Group group_;
  workloads::GroupShape shape_;
  CurveKey key_;
};

// Those of a name differ in their type.
void name_apart(std::vector<CollectiveCurve>& curves, const std::vector<sim::DataType>& types) {
  std::map<std::string, int> named;
  for (const CollectiveCurve& curve : curves) ++named[curve.name];
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (named[curves[i].name] > 1) curves[i].name += " (" + std::string(sim::name_of(types[i])) + ")";
  }
}

CollectiveCurve curve_of(const sim::Program& program, const workloads::Placement& placement, const workloads::CollectiveModel& model,
                         const CurveKey& key, const std::map<CallKey, std::int64_t>& sizes) {
  const auto& [communicator, kind, type] = key;
  const sim::Communicator& who = program.communicators[static_cast<std::size_t>(communicator)];
  const std::vector<topology::GpuId> members = first_group(who, placement);
  const CurvePlanner planner(model, members, key);
  CollectiveCurve curve{.name = std::string(sim::name_of(kind)) + " over " + who.name, .ranks = planner.ranks(), .nodes = planner.nodes()};
  if (curve.ranks < 2) return curve;
  constexpr sim::Bytes least{1024};
  constexpr sim::Bytes most{std::int64_t{8} << 30};
  for (const sim::Bytes size : workloads::doubled_sizes(least, most)) curve.points.push_back(planner.point(size, 1));
  for (const auto& [call, number] : sizes) {
    const auto& [count, calls] = call;
    const sim::Bytes bytes = workloads::tuner_bytes({kind, count, type, communicator, 1}, curve.ranks);
    if (bytes.count == 0) continue;
    CurvePoint point = planner.point(bytes, calls);
    point.calls = number * calls;
    curve.calls.push_back(std::move(point));
  }
  return curve;
}

}  // namespace

double CollectiveCurve::seconds() const {
  double sum = 0;
  for (const CurvePoint& call : calls) sum += call.time.seconds() * static_cast<double>(call.calls);
  return sum;
}

std::vector<CollectiveCurve> collective_curves(const sim::Program& program, const workloads::Placement& placement,
                                               const workloads::CollectiveModel& model, std::size_t most) {
  std::vector<CollectiveCurve> curves;
  std::vector<sim::DataType> types;
  const Calls calls = most_calls(program);
  for (const auto& [key, sizes] : calls) {
    CollectiveCurve curve = curve_of(program, placement, model, key, sizes);
    if (curve.calls.empty()) continue;
    curves.push_back(std::move(curve));
    types.push_back(std::get<sim::DataType>(key));
  }
  name_apart(curves, types);
  // Of equal ones, the first of the Program stays first.
  std::vector<std::size_t> order(curves.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return curves[a].seconds() != curves[b].seconds() ? curves[a].seconds() > curves[b].seconds() : a < b;
  });
  std::vector<CollectiveCurve> longest;
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    CollectiveCurve& curve = curves[order[i]];
    if (!longest.empty() && curve.seconds() < least_share * longest.front().seconds()) break;
    longest.push_back(std::move(curve));
  }
  return longest;
}

}  // namespace orrery::report
