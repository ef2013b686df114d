#include "scenarios/training.h"

#include "scenarios/data_types.h"
#include "scenarios/models.h"

namespace orrery::scenarios {

using workloads::ContextMethod;
using workloads::Recompute;
using workloads::Schedule;

namespace {

ObjectValue placement_of(workloads::TrainingJob& job) {
  return {[&job](Fields& fields) {
            fields.optional("first_node", "the first of them, counted from 0; the others follow it",
                            integer(job.first_node, 0, (1 << 20) - 1));
          },
          [] { return true; }};
}

}  // namespace

void describe(Fields& fields, TrainingSpec& training) {
  workloads::TrainingJob& job = training.job;
  fields.required("model", "the transformer: a preset, a Hugging Face config.json, or its shape", preset(PresetKind::models, job.model));
  fields.required("sequence_length", "tokens of a sequence", integer(job.sequence_length, 1, 10'000'000));
  fields.optional("decoder_sequence_length", "tokens of a target, of a model with an encoder; 0: as sequence_length",
                  integer(job.decoder_sequence_length, 0, 10'000'000));
  fields.required("global_batch", "sequences of an iteration, over all GPUs", integer(job.global_batch, 1, 100'000'000));
  fields.optional("micro_batch", "sequences that a pipeline takes at a time", integer(job.micro_batch, 1, 100'000));
  fields.optional("precision", "of weights and activations", data_type(job.precision));
  fields.optional("products", "precision of the layers' products with weights; default: that of the rest", data_type(job.products));
  fields.optional("reductions", "precision of the gradients' reduction; default: as the software does it", data_type(training.reductions));
  fields.optional("parallelism", "how the job is spread over tensor x context x pipeline x data GPUs", object(job.parallelism));
  fields.optional("schedule", "order of the micro-batches in a pipeline; 1f1b, the default, is interleaved where interleave > 1",
                  choice(training.schedule, {{"gpipe", Schedule::gpipe},
                                             {"1f1b", Schedule::one_f_one_b},
                                             {"interleaved", Schedule::interleaved},
                                             {"zb-h1", Schedule::zb_h1},
                                             {"zb-h2", Schedule::zb_h2}}));
  fields.optional("recompute", "what the backward pass computes again instead of keeping it",
                  choice(job.recompute, {{"none", Recompute::none}, {"selective", Recompute::selective}, {"full", Recompute::full}}));
  fields.optional("context_method", "how ranks that share a sequence come by each other's keys and values",
                  choice(job.context_method,
                         {{"all-gather", ContextMethod::all_gather}, {"ring", ContextMethod::ring}, {"ulysses", ContextMethod::ulysses}}));
  fields.optional("imbalance", "tokens of a layer's hottest expert over the mean", real(job.imbalance, 1, 100'000));
  fields.optional("capacity_factor", "most tokens that an expert takes, over the mean; the rest are dropped; 0: none are",
                  real(job.capacity_factor, 0, 100'000));
  fields.optional("vocabulary_divisible_by", "the vocabulary is padded to a multiple of this times tensor; 0: V / tensor each, not padded",
                  integer(job.vocabulary_divisible_by, 0, 1'000'000));
  fields.optional("placement", "which nodes it takes", placement_of(job));
  fields.derive([&training] {
    workloads::TrainingJob& derived = training.job;
    // Interleaving is 1F1B over several stages a rank: either name stands for both, and `interleave` tells which it is.
    if (!training.schedule || training.schedule == Schedule::one_f_one_b || training.schedule == Schedule::interleaved) {
      training.schedule = derived.parallelism.interleave > 1 ? Schedule::interleaved : Schedule::one_f_one_b;
    }
    derived.schedule = *training.schedule;
    derived.products = derived.product_type();
  });
}

void describe(Fields& fields, workloads::Parallelism& parallelism) {
  constexpr int most = 1 << 20;
  fields.optional("tensor", "GPUs that share each layer", integer(parallelism.tensor, 1, most));
  fields.optional("pipeline", "stages of layers", integer(parallelism.pipeline, 1, most));
  fields.optional("data", "replicas that take different sequences", integer(parallelism.data, 1, most));
  fields.optional("interleave", "virtual stages of each pipeline rank", integer(parallelism.interleave, 1, 100'000));
  fields.optional("context", "GPUs that share each sequence", integer(parallelism.context, 1, most));
  fields.optional("expert", "GPUs that share the experts of a layer", integer(parallelism.expert, 1, most));
  fields.optional("sequence", "whether norms and dropouts are split over the tensor group (Korthikanti)", flag(parallelism.sequence));
  fields.optional("zero", "ZeRO stage: 1 shards optimizer states, 2 gradients too, 3 weights too", integer(parallelism.zero, 0, 3));
  const auto places = [](workloads::Offload& where) {
    using workloads::Offload;
    return choice(where, {{"none", Offload::none}, {"cpu", Offload::cpu}, {"nvme", Offload::nvme}});
  };
  fields.optional("offload_optimizer", "where states (from ZeRO 2 on gradients too) are kept and updated, if not on the GPUs",
                  places(parallelism.offload_optimizer));
  fields.optional("offload_parameters", "where weights are kept with ZeRO 3, if not on the GPUs", places(parallelism.offload_parameters));
  fields.optional("shard", "neighbouring replicas that ZeRO shards over, e.g. those of a node (hybrid sharding); 0: all",
                  integer(parallelism.shard, 0, most));
}

}  // namespace orrery::scenarios
