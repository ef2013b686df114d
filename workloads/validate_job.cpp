#include "workloads/validate_job.h"

#include <algorithm>

#include "sim/error.h"
#include "workloads/stages.h"

namespace orrery::workloads {
namespace {

using Faults = std::vector<sim::Fault>;

std::string number(std::int64_t value) { return std::to_string(value); }

// Four degrees of a million each are more than 64 bits hold.
std::int64_t gpus_up_to(const TrainingJob& job, std::int64_t most) {
  const Parallelism& parallelism = job.parallelism;
  std::int64_t gpus = 1;
  for (const std::int64_t degree : {parallelism.tensor, parallelism.context, parallelism.pipeline, parallelism.data}) {
    gpus = gpus > most / degree ? most : gpus * degree;
  }
  return gpus;
}

void check_machine(const TrainingJob& job, const topology::ClusterSpec& cluster, Faults& faults) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t machine = all_gpus(cluster);
  const std::int64_t gpus = gpus_up_to(job, std::int64_t{1} << 62);
  if (gpus > machine) {
    faults.push_back({"/workload/parallelism",
                      "tensor " + number(parallelism.tensor) + " x context " + number(parallelism.context) + " x pipeline " +
                          number(parallelism.pipeline) + " x data " + number(parallelism.data) + " is " + number(gpus) +
                          " GPUs, but the cluster has " + number(machine),
                      "lower a degree, or set cluster.nodes to " +
                          number((gpus - 1) / cluster.node.gpus + 1 - all_nodes(cluster) + cluster.nodes) + " or more"});
    return;
  }
  const std::int64_t nodes = (gpus - 1) / cluster.node.gpus + 1;
  if (job.first_node + nodes > all_nodes(cluster)) {
    faults.push_back({"/workload/placement/first_node",
                      "the job takes " + number(nodes) + (nodes == 1 ? " node" : " nodes") + " from node " + number(job.first_node) +
                          " on, but the cluster has nodes 0 to " + number(all_nodes(cluster) - 1),
                      "use first_node " + number(all_nodes(cluster) - nodes) + " or less"});
  }
}

void check_divisions(const TrainingJob& job, Faults& faults) {
  const std::int64_t tensor = job.parallelism.tensor;
  const auto divides = [&](const char* what, std::int64_t count) {
    if (count % tensor == 0) return;
    std::int64_t fits = tensor;
    while (count % fits != 0) --fits;
    faults.push_back({"/workload/parallelism/tensor", number(count) + " " + what + " do not divide by tensor " + number(tensor),
                      "use a tensor degree that divides " + number(count) + ", e.g. " + number(fits)});
  };
  divides("heads", job.model.heads);
  if (job.model.kv_heads != job.model.heads && job.model.heads % tensor == 0) divides("key-value heads", job.model.kv_heads);
  divides("feed-forward columns", job.model.ffn);
  if (padded_vocabulary(job) == 0) {
    faults.push_back({"/workload/vocabulary_divisible_by",
                      "a vocabulary of " + number(job.model.vocabulary) + " that is not padded leaves nothing for each of " +
                          number(tensor) + " tensor ranks",
                      "use 1 or more"});
  }
  if (job.parallelism.sequence && job.sequence_length % tensor != 0) divides("tokens of a sequence", job.sequence_length);
  if (job.model.heads % job.model.kv_heads != 0) {
    faults.push_back({"/workload/model",
                      number(job.model.heads) + " heads do not divide by " + number(job.model.kv_heads) + " key-value heads",
                      "each key-value head serves as many heads"});
  }
  if (job.model.hidden % job.model.heads != 0) {
    faults.push_back({"/workload/model", "hidden " + number(job.model.hidden) + " does not divide by " + number(job.model.heads) + " heads",
                      "hidden is heads times the head dimension"});
  }
  const std::int64_t step = job.micro_batch * job.parallelism.data;
  if (job.global_batch % step != 0) {
    const std::int64_t below = job.global_batch / step * step;
    faults.push_back({"/workload/global_batch",
                      "global_batch " + number(job.global_batch) + " does not divide by micro_batch " + number(job.micro_batch) +
                          " x data " + number(job.parallelism.data) + " = " + number(step),
                      below > 0 ? "use " + number(below) + " or " + number(below + step) : "use " + number(step) + " at least"});
  }
  if (job.sequence_length > job.model.max_sequence && job.model.norm == Norm::layer_norm) {
    faults.push_back(
        {"/workload/sequence_length",
         "sequence_length " + number(job.sequence_length) + " is over the model's " + number(job.model.max_sequence) + " learned positions",
         "shorten it, or give the model a larger max_sequence"});
  }
}

/// Bounds that no real job comes near. Beyond them counts of elements and bytes do not fit 64 bits, nor operations their Program.
void check_sizes(const TrainingJob& job, const Software& software, Faults& faults) {
  constexpr double most = 0x1p44;
  const auto refuse_above = [&](double elements, const char* pointer, const char* what, const char* remedy) {
    if (elements > most) faults.push_back({pointer, std::string(what) + " more than 17 trillion (2^44) elements", remedy});
  };
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  const Transformer& model = job.model;
  const double tokens = real(job.micro_batch) * real(job.sequence_length);
  const double widest = real(std::max({3 * model.hidden, 2 * model.ffn, padded_vocabulary(job)}));
  refuse_above(tokens * widest, "/workload/micro_batch", "activations of a micro-batch have", "lower micro_batch or sequence_length");
  if (!software.fused_attention) {
    refuse_above(tokens * real(job.sequence_length) * real(model.heads), "/workload/sequence_length", "attention scores of a layer have",
                 "lower sequence_length or micro_batch, or take a stack with fused attention");
  }
  const double layer = real(model.hidden) * (4 * real(model.hidden) + 3 * real(model.ffn) * real(model.experts));
  const double tables = real(model.hidden) * (2 * real(padded_vocabulary(job)) + real(model.max_sequence));
  refuse_above(real(model.layers) * layer + tables, "/workload/model", "weights are", "check layers, hidden, ffn and vocabulary");
  constexpr std::int64_t most_passes = 1'000'000;
  if (const std::int64_t passes = job.micro_batches() * job.parallelism.interleave; passes > most_passes) {
    faults.push_back({"/workload/global_batch",
                      number(passes) + " micro-batches (times interleave) go through a pipeline; " + number(most_passes) + " are the most",
                      "raise micro_batch or data"});
  }
}

void check_pipeline(const TrainingJob& job, const Software& software, Faults& faults) {
  const Parallelism& parallelism = job.parallelism;
  if (const std::string fault = partition_fault(job, software); !fault.empty()) {
    faults.push_back(
        {"/workload/parallelism/pipeline", fault, "choose pipeline x interleave that divides " + number(job.model.layers) + " layers"});
  }
  const bool interleaved = job.schedule == Schedule::interleaved;
  if (job.schedule == Schedule::gpipe && parallelism.interleave > 1) {
    faults.push_back({"/workload/schedule",
                      "the schedule \"gpipe\" has no interleaving, but interleave is " + number(parallelism.interleave),
                      "set interleave to 1, or leave the schedule out"});
  } else {
    sim::check(interleaved == (parallelism.interleave > 1), "the schedule of a job is interleaved where interleave says so");
  }
  if (parallelism.interleave > 1 && parallelism.pipeline == 1) {
    faults.push_back({"/workload/parallelism/interleave", "there is nothing to interleave on one pipeline stage", "set interleave to 1"});
  } else if (interleaved && job.global_batch % (job.micro_batch * parallelism.data) == 0 &&
             job.micro_batches() % parallelism.pipeline != 0) {
    faults.push_back({"/workload/global_batch",
                      number(job.micro_batches()) + " micro-batches a pipeline do not divide by " + number(parallelism.pipeline) +
                          " stages, which the interleaved schedule demands",
                      "choose a global_batch that is a multiple of micro_batch x data x pipeline = " +
                          number(job.micro_batch * parallelism.data * parallelism.pipeline)});
  }
}

void check_modelled(const TrainingJob& job, Faults& faults) {
  const auto refuse = [&](const char* pointer, const char* what) {
    faults.push_back({pointer, std::string(what) + " is not modelled yet", "leave it out"});
  };
  if (job.parallelism.context > 1) refuse("/workload/parallelism/context", "context parallelism");
  if (job.parallelism.expert > 1 || job.model.experts > 1) refuse("/workload/parallelism/expert", "a mixture of experts in training");
  if (job.parallelism.zero >= 2 && job.parallelism.pipeline > 1) {
    faults.push_back({"/workload/parallelism/zero",
                      "ZeRO stage " + number(job.parallelism.zero) +
                          " does not go with a pipeline (each micro-batch would gather weights or reduce gradients)",
                      "use stage 1"});
  }
  if (job.parallelism.sequence && job.parallelism.tensor == 1) {
    faults.push_back({"/workload/parallelism/sequence", "sequence parallelism shares tokens over the tensor group, which is 1",
                      "set tensor above 1 or sequence to false"});
  }
}

}  // namespace

std::vector<sim::Fault> validate_job(const TrainingJob& job, const Software& software, const topology::ClusterSpec& cluster) {
  Faults faults;
  check_modelled(job, faults);
  check_machine(job, cluster, faults);
  check_divisions(job, faults);
  check_sizes(job, software, faults);
  check_pipeline(job, software, faults);
  return faults;
}

}  // namespace orrery::workloads
