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

// As DeepSpeed has it: what is offloaded is sharded, storage takes states of ZeRO 3 alone.
void check_offload(const TrainingJob& job, const topology::ClusterSpec& cluster, Faults& faults) {
  const Parallelism& parallelism = job.parallelism;
  const auto refuse = [&](const char* key, std::string what, std::string remedy) {
    faults.push_back({std::string("/workload/parallelism/") + key, std::move(what), std::move(remedy)});
  };
  const bool states_on_storage = parallelism.offload_optimizer == Offload::nvme;
  const bool any_on_storage = states_on_storage || parallelism.offload_parameters == Offload::nvme;
  if (parallelism.offload_optimizer != Offload::none && parallelism.zero < (states_on_storage ? 3 : 1)) {
    refuse("offload_optimizer", "states are offloaded where ZeRO shards them",
           states_on_storage ? "set zero to 3" : "set zero to 1 or more");
  }
  if (parallelism.offload_parameters != Offload::none && parallelism.zero < 3) {
    refuse("offload_parameters", "weights are offloaded where ZeRO shards them", "set zero to 3");
  }
  if (parallelism.offload_parameters != Offload::none && parallelism.offload_optimizer == Offload::none) {
    refuse("offload_parameters", "weights would leave the GPUs and their states, six times as large, would not",
           "set offload_optimizer too");
  }
  if (parallelism.offload_optimizer == Offload::none && parallelism.offload_parameters == Offload::none) return;
  if (parallelism.sharers() == 1 && parallelism.replicas() > 1)
    refuse("shard", "with shard 1 nothing is shared that could be offloaded", "use shard 2 or more, or leave it out");
  if (job.first_node >= all_nodes(cluster)) return;
  const topology::NodeSpec& node = node_at(cluster, job.first_node);
  if (!node.host) {
    faults.push_back({"/cluster/node", "what memory the hosts of " + node.name + " have, nobody says", "give the node its \"host\""});
  } else if (any_on_storage && (node.host->storage_read.value <= 0 || node.host->storage_write.value <= 0)) {
    faults.push_back({"/cluster/node", "the hosts of " + node.name + " have no storage", "offload to cpu, or give host its storage"});
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
  if (job.model.has_experts() && job.model.expert_width() != job.model.ffn) divides("columns of an expert", job.model.expert_width());
  const std::int64_t context = job.parallelism.context;
  if (job.parallelism.sequence && job.sequence_length % context == 0 && job.sequence_length / context % tensor != 0) {
    divides(context == 1 ? "tokens of a sequence" : "tokens of a context rank", job.sequence_length / context);
  }
  if (padded_vocabulary(job) == 0) {
    faults.push_back({"/workload/vocabulary_divisible_by",
                      "a vocabulary of " + number(job.model.vocabulary) + " that is not padded leaves nothing for each of " +
                          number(tensor) + " tensor ranks",
                      "use 1 or more"});
  }
  if (job.model.heads % job.model.kv_heads != 0) {
    faults.push_back({"/workload/model",
                      number(job.model.heads) + " heads do not divide by " + number(job.model.kv_heads) + " key-value heads",
                      "each key-value head serves as many heads"});
  }
  if (job.model.head_size == 0 && job.model.hidden % job.model.heads != 0) {
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
  double widest = real(std::max({3 * model.hidden, 2 * model.ffn, padded_vocabulary(job)}));
  widest = std::max(widest, real(model.heads) * (3 * real(model.head_dimension()) + real(model.rope_dimension)));
  widest = std::max(widest, real(model.query_rank) + real(model.key_value_rank));
  if (model.has_experts()) {  // copies of tokens, all of them on one rank at worst, and what the router says of each token
    const double copies = real(model.experts_per_token) * real(model.experts);
    widest = std::max(widest, std::max(real(model.hidden), 2 * real(model.expert_width())) * copies);
    widest = std::max(widest, 2 * real(model.expert_width()) * real(model.shared_experts));
  }
  refuse_above(tokens * widest, "/workload/micro_batch", "activations of a micro-batch have", "lower micro_batch or sequence_length");
  if (!software.fused_attention) {
    refuse_above(tokens * real(job.sequence_length) * real(model.heads), "/workload/sequence_length", "attention scores of a layer have",
                 "lower sequence_length or micro_batch, or take a stack with fused attention");
  }
  const double experts = real(model.expert_width()) * (real(model.experts) + real(model.shared_experts));
  const double ranks = real(model.query_rank) + real(model.key_value_rank);
  const double layer =
      (real(model.hidden) + ranks) * 4 * (real(model.heads) * (real(model.head_dimension()) + real(model.rope_dimension)) + ranks) +
      real(model.hidden) * (3 * std::max(experts, real(model.ffn)));
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
  if (software.overlap_tensor && splits_backward(job) && parallelism.sequence) {
    faults.push_back({"/workload/schedule", "collectives beside products are not modelled where backward passes are split",
                      "use schedule 1f1b, or set software.overlap_tensor to false"});
  }
  const bool interleaved = job.schedule == Schedule::interleaved;
  if ((job.schedule == Schedule::gpipe || splits_backward(job)) && parallelism.interleave > 1) {
    const std::string name = job.schedule == Schedule::gpipe ? "gpipe" : job.schedule == Schedule::zb_h1 ? "zb-h1" : "zb-h2";
    faults.push_back({"/workload/schedule",
                      "the schedule \"" + name + "\" has no interleaving, but interleave is " + number(parallelism.interleave),
                      "set interleave to 1, or leave the schedule out"});
  } else {
    sim::check(interleaved == (parallelism.interleave > 1), "the schedule of a job is interleaved where interleave says so");
  }
  if (splits_backward(job) && job.recompute == Recompute::full) {
    faults.push_back({"/workload/recompute", "weights' gradients that come late need what full recomputation drops",
                      "use selective or none, or the schedule 1f1b"});
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

void check_combinations(const TrainingJob& job, Faults& faults) {
  if (job.parallelism.zero >= 2 && job.parallelism.pipeline > 1) {
    faults.push_back({"/workload/parallelism/zero",
                      "ZeRO stage " + number(job.parallelism.zero) +
                          " does not go with a pipeline (each micro-batch would gather weights or reduce gradients)",
                      "use stage 1"});
  }
  if (const Parallelism& parallelism = job.parallelism; parallelism.shard > 0) {
    const auto refuse = [&](std::string what, std::string remedy) {
      faults.push_back({"/workload/parallelism/shard", std::move(what), std::move(remedy)});
    };
    if (parallelism.replicas() % parallelism.shard != 0) {
      refuse(number(parallelism.replicas()) + " replicas (data x context) do not divide by shard " + number(parallelism.shard),
             "use a divisor, or 0 for all");
    } else if (parallelism.zero == 0) {
      refuse("nothing is sharded with zero 0", "set zero to 1, 2 or 3, or leave shard out");
    } else if (parallelism.expert > 1) {
      refuse("sharding over some of the replicas is not modelled beside expert " + number(parallelism.expert), "leave shard out");
    }
  }
  if (job.parallelism.sequence && job.parallelism.tensor == 1) {
    faults.push_back({"/workload/parallelism/sequence", "sequence parallelism shares tokens over the tensor group, which is 1",
                      "set tensor above 1 or sequence to false"});
  }
}

void check_context(const TrainingJob& job, const Software& software, Faults& faults) {
  const std::int64_t context = job.parallelism.context;
  if (context == 1) return;
  const auto refuse = [&](std::string what, std::string remedy) {
    faults.push_back({"/workload/parallelism/context", std::move(what), std::move(remedy)});
  };
  if (!software.fused_attention) {
    refuse("sequences are shared by fused attention alone, which " + software.name + " has not", "take a stack that has it, or context 1");
  }
  if (job.model.has_latent_attention()) refuse("latent attention over ranks that share sequences is not modelled yet", "use context 1");
  if (job.context_method == ContextMethod::ulysses) {
    const std::int64_t ranks = context * job.parallelism.tensor;
    if (job.sequence_length % context != 0) {
      refuse(number(job.sequence_length) + " tokens of a sequence do not divide by context " + number(context), "choose another degree");
    }
    if (job.model.heads % ranks != 0 || job.model.kv_heads % ranks != 0) {
      refuse("Ulysses divides heads by context x tensor = " + number(ranks) + "; there are " + number(job.model.heads) + ", " +
                 number(job.model.kv_heads) + " of keys and values",
             "lower context or tensor, or set context_method to ring or all-gather");
    }
  } else if (job.sequence_length % (2 * context) != 0) {
    refuse(number(job.sequence_length) + " tokens of a sequence do not divide into two parts for each of " + number(context) +
               " context ranks",
           "choose another degree");
  }
}

// A decoder on other ranks than its encoder would have its own copy of the embedding, and pass on what the encoder gave.
void check_encoder(const TrainingJob& job, Faults& faults) {
  const Transformer& model = job.model;
  if (!model.has_encoder()) {
    if (job.decoder_sequence_length == 0) return;
    faults.push_back({"/workload/decoder_sequence_length", "the model has no encoder, so that its sequences have one length",
                      "leave decoder_sequence_length out, or take a model with encoder_layers"});
    return;
  }
  const auto refuse = [&faults](const char* place, std::string what, std::string remedy) {
    faults.push_back({place, std::move(what), std::move(remedy)});
  };
  if (model.encoder_layers >= model.layers) {
    refuse("/workload/model", number(model.encoder_layers) + " encoder layers leave none of " + number(model.layers) + " to the decoder",
           "layers counts both: lower encoder_layers");
  }
  if (model.has_experts() || model.has_latent_attention()) {
    refuse("/workload/model", "experts and latent attention are not modelled in encoders", "set encoder_layers to 0");
  }
  if (job.parallelism.pipeline > 1) {
    refuse("/workload/parallelism/pipeline", "a pipeline of encoder and decoder is not modelled yet", "use pipeline 1");
  }
  if (job.parallelism.context > 1) {
    refuse("/workload/parallelism/context", "an encoder over ranks that share sequences is not modelled yet", "use context 1");
  }
  if (splits_backward(job)) refuse("/workload/schedule", "split backward passes are for pipelines", "use schedule 1f1b");
  if (job.parallelism.sequence && job.decoder_length() % job.parallelism.tensor != 0) {
    refuse("/workload/decoder_sequence_length",
           number(job.decoder_length()) + " tokens of a target do not divide by tensor " + number(job.parallelism.tensor),
           "choose another length, or set sequence to false");
  }
}

// Numbers of copies that a real job has, and groups that divide.
void check_experts(const TrainingJob& job, Faults& faults) {
  const Transformer& model = job.model;
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t expert = parallelism.expert;
  if (model.experts_per_token > model.experts) {
    faults.push_back({"/workload/model",
                      number(model.experts_per_token) + " experts a token are more than the " + number(model.experts) +
                          (model.experts == 1 ? " expert" : " experts") + " of a layer",
                      "lower experts_per_token"});
  } else if (model.has_experts() && job.imbalance * static_cast<double>(model.experts_per_token) > static_cast<double>(model.experts)) {
    faults.push_back({"/workload/imbalance",
                      "the hottest expert would have more tokens than there are: " + number(model.experts_per_token) + " of " +
                          number(model.experts) + " experts a token bound it to " + number(model.experts / model.experts_per_token) +
                          " times the mean",
                      "lower imbalance"});
  }
  if (model.has_experts() && model.dense_layers > model.layers) {
    faults.push_back(
        {"/workload/model", number(model.dense_layers) + " dense layers are more than all " + number(model.layers), "lower dense_layers"});
  }
  if (expert == 1) return;
  if (model.experts % expert != 0) {
    faults.push_back(
        {"/workload/parallelism/expert",
         number(model.experts) + (model.experts == 1 ? " expert does" : " experts do") + " not divide by expert " + number(expert),
         "use an expert degree that divides " + number(model.experts)});
  }
  if (parallelism.replicas() % expert != 0) {
    faults.push_back({"/workload/parallelism/expert",
                      "experts are shared by replicas: data " + number(parallelism.data) + " x context " + number(parallelism.context) +
                          " does not divide by expert " + number(expert),
                      "use an expert degree that divides " + number(parallelism.replicas())});
  }
  if (parallelism.tensor > 1 && !parallelism.sequence) {
    faults.push_back({"/workload/parallelism/expert",
                      "expert " + number(expert) + " beside tensor " + number(parallelism.tensor) +
                          " would send every token from each rank of the tensor group",
                      "set sequence to true, so that each sends its share"});
  }
}

}  // namespace

std::vector<sim::Fault> validate_job(const TrainingJob& job, const Software& software, const topology::ClusterSpec& cluster) {
  Faults faults;
  check_combinations(job, faults);
  check_machine(job, cluster, faults);
  check_offload(job, cluster, faults);
  check_divisions(job, faults);
  check_context(job, software, faults);
  check_experts(job, faults);
  check_encoder(job, faults);
  check_sizes(job, software, faults);
  check_pipeline(job, software, faults);
  return faults;
}

}  // namespace orrery::workloads
