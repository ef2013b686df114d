// Layouts drawn at random: models, stacks, nodes and degrees as scenarios have them, on machines with room for whatever is drawn.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <string>

#include "scenarios/models.h"
#include "tests/committed.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::test {

struct RandomLayout {
  explicit RandomLayout(std::uint64_t seed) : random_(seed) {
    using workloads::Recompute;
    using workloads::Schedule;
    const bool flash = random_() % 2 == 0;
    model = flash ? one_of({"llama2-70b", "mixtral-8x7b", "gpt-18.4b", "llama3-405b"}) : one_of({"gpt-18.4b", "gpt3-175b", "gpt-3.6b"});
    software = flash ? one_of({"fsdp-flash-2023", "megatron-core-2024", "llama3-2024"})
                     : one_of({"megatron-lm-2021", "megatron-lm-2022", "megatron-deepspeed-2022", "megatron-layers-2023"});
    node = one_of({"dgx-a100-80gb", "a100-80gb-8xndr", "hgx-a100-80gb-4xhdr", "dgx-a100-80gb"});
    job.model = committed::preset<workloads::Transformer>(scenarios::PresetKind::models, model);
    job.sequence_length = one_of({2048, 4096});
    job.micro_batch = one_of({1, 2, 4});
    auto& degrees = job.parallelism;
    degrees.tensor = one_of({1, 2, 4, 8});
    degrees.pipeline = one_of({1, 1, 2, 4, 8});
    degrees.data = one_of({1, 2, 4, 8, 16});
    degrees.sequence = degrees.tensor > 1 && random_() % 2 == 0;
    if (flash && random_() % 3 == 0) degrees.context = one_of({2, 4, 8});
    job.context_method = one_of({workloads::ContextMethod::all_gather, workloads::ContextMethod::ring, workloads::ContextMethod::ulysses});
    if (job.model.has_experts() && random_() % 2 == 0) degrees.expert = one_of({2, 4, 8});
    degrees.zero = degrees.pipeline == 1 ? one_of({0, 1, 2, 3}) : one_of({0, 1});
    job.recompute = one_of({Recompute::none, Recompute::selective, Recompute::full});
    job.schedule = one_of({Schedule::one_f_one_b, Schedule::one_f_one_b, Schedule::gpipe, Schedule::zb_h1, Schedule::zb_h2});
    if (degrees.pipeline > 1 && random_() % 3 == 0) {
      degrees.interleave = one_of({2, 5});
      job.schedule = Schedule::interleaved;
    }
    job.precision = one_of({sim::DataType::fp16, sim::DataType::bf16});
    const std::int64_t micro_batches =
        one_of({1, 2, 3, 4, 6}) * degrees.pipeline + (job.schedule == Schedule::interleaved ? 0 : one_of({0, 0, 1}));
    job.global_batch = micro_batches * job.micro_batch * degrees.data;
    switch_radix = one_of({40, one_leaf_a_rail});
  }

  /// As a machine and a stack, where the job is valid there.
  std::optional<topology::ClusterSpec> cluster() const {
    topology::ClusterSpec spec{.node = committed::node(node), .fabric = {.switch_radix = switch_radix}};
    spec.node.gpu.memory = sim::Bytes{100'000'000'000'000};
    spec.nodes = static_cast<int>((job.gpus() + spec.node.gpus - 1) / spec.node.gpus);
    if (job.gpus() > 1024 || !workloads::validate_job(job, committed::software(software), spec).empty()) return std::nullopt;
    return spec;
  }
  workloads::Stack stack() const {
    const workloads::Software of = committed::software(software);
    return {of, committed::a100(), committed::nccl(of.nccl)};
  }

  std::string in_words() const {
    const auto& p = job.parallelism;
    const char* const schedules[] = {"gpipe", "1f1b", "interleaved", "zb-h1", "zb-h2"};
    const char* const methods[] = {"all-gather", "ring", "ulysses"};
    const char* const recomputes[] = {"none", "selective", "full"};
    const auto text = [](const char* name, std::int64_t value) { return std::string(" ") + name + std::to_string(value); };
    std::string words = model + " " + software + " " + node + text("T", p.tensor) + (p.sequence ? "s" : "") + text("P", p.pipeline) +
                        text("D", p.data) + text("v", p.interleave) + text("z", p.zero) + text("b", job.micro_batch) +
                        text("m", job.micro_batches()) + " " + schedules[static_cast<int>(job.schedule)] + " " +
                        recomputes[static_cast<int>(job.recompute)];
    if (p.context > 1) words += text("C", p.context) + " " + methods[static_cast<int>(job.context_method)];
    if (p.expert > 1) words += text("E", p.expert);
    if (switch_radix == one_leaf_a_rail) words += " one leaf a rail";
    return words;
  }

  std::string model;
  std::string software;
  std::string node;
  workloads::TrainingJob job;
  int switch_radix = 0;
  static constexpr int one_leaf_a_rail = 256;  // that radix joins all nodes, so that nothing is contended between them

 private:
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *std::next(choices.begin(), static_cast<std::ptrdiff_t>(random_() % choices.size()));
  }

  std::mt19937_64 random_;
};

}  // namespace orrery::test
