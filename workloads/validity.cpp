#include "workloads/validity.h"

#include <set>
#include <vector>

#include "workloads/placement.h"

namespace orrery::workloads {
namespace {

constexpr const char* other_chip = ", as if both chips reached the same shares of their peaks; on a node collectives are NCCL's own model";

/// Of all stacks.
std::vector<const char*> never_measured(const TrainingJob& job, const Software& software) {
  std::vector<const char*> what;
  const Parallelism& degrees = job.parallelism;
  if (degrees.context > 1) what.push_back("sequences split over context ranks");
  if (job.model.has_experts()) what.push_back("a mixture of experts");
  if (job.model.has_encoder()) what.push_back("an encoder");
  if (splits_backward(job)) what.push_back("split backward passes");
  if (degrees.offload_optimizer != Offload::none || degrees.offload_parameters != Offload::none) what.push_back("offloading");
  if (software.overlap_tensor) what.push_back("tensor collectives beside products");
  return what;
}

}  // namespace

Validity validity_of(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster, const topology::Condition& condition) {
  Validity validity;
  validity.expected_error = stack.software.validated;
  const auto outside = [&validity](std::string note) {
    validity.inside_range = false;
    validity.notes.push_back(std::move(note));
  };
  if (!stack.software.validated) outside("no measured run was compared with the stack " + stack.software.name);
  if (!stack.calibration.carried_from.empty()) {
    outside("kernel times are measured on " + stack.calibration.carried_from + " and carried to " + stack.calibration.device +
            " by the datasheets" + (stack.calibration.other_chip ? other_chip : ""));
  }
  const topology::GpuSpec& gpu = gpu_of(job, cluster.spec());
  if (stack.calibration.other_chip) validity.expected_error.reset();
  if (validity.expected_error && validity.expected_error->compute_capability != gpu.compute_capability) {
    validity.expected_error.reset();
    outside("no measured run of the stack " + stack.software.name + " was on GPUs like " + gpu.name);
  }
  for (const char* what : never_measured(job, stack.software)) {
    validity.expected_error.reset();
    outside(std::string("no measured run had ") + what);
  }
  for (const sim::DataType type : std::set{job.precision, job.product_type()}) {
    if (type != sim::DataType::fp16 && type != sim::DataType::bf16)
      outside("kernel times are measured in 16 bits, not in " + std::string(sim::name_of(type)));
  }
  if (auto note = note_on_older_nccl(stack.nccl, cluster.node().gpu)) outside(std::move(*note));
  const int heads = static_cast<int>(job.model.head_dimension());
  if (heads % 8 != 0) outside("a head dimension of " + std::to_string(heads) + " is not a multiple of 8, which tensor cores want");
  if (!cluster.spec().others.empty()) outside("no measured run was on a cluster of several kinds of nodes");
  const topology::FabricSpec& fabric = cluster.spec().fabric;
  if (fabric.oversubscription.value_or(1) > 1) outside("no measured run was on an oversubscribed fabric");
  if (fabric.topology != topology::Topology::fat_tree) outside("no measured run was on a fabric of topology " + to_text(fabric.topology));
  if (!is_as_new(condition)) outside("no measured run was on a machine with parts known to be dead or slow");
  return validity;
}

std::optional<std::string> note_on_older_nccl(const NcclConstants& nccl, const topology::GpuSpec& gpu) {
  const bool is_older = nccl.newest_compute_capability > 0 && gpu.compute_capability > nccl.newest_compute_capability;
  if (!is_older) return std::nullopt;
  return "NCCL " + nccl.version + " knew no " + gpu.name + ": what later versions have for it stands in its place";
}

}  // namespace orrery::workloads
