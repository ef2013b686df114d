#include "kernels/adam.cuh"
#include "kernels/cross_entropy.cuh"
#include "kernels/cross_entropy.h"
#include "kernels/dropout.cuh"
#include "kernels/elementwise.cuh"
#include "kernels/elementwise.h"
#include "kernels/embedding.cuh"
#include "kernels/embedding.h"
#include "kernels/gelu.cuh"
#include "kernels/gelu.h"
#include "kernels/gemm.cuh"
#include "kernels/gradient_norm.cuh"
#include "kernels/gradient_norm.h"
#include "kernels/layer_norm.cuh"
#include "kernels/layer_norm.h"
#include "kernels/paged_attention.cuh"
#include "kernels/rms_norm.cuh"
#include "kernels/rms_norm.h"
#include "kernels/rotary.cuh"
#include "kernels/self_test_bench.cuh"
#include "kernels/softmax.cuh"
#include "kernels/softmax.h"
#include "kernels/swiglu.cuh"
#include "kernels/swiglu.h"

namespace orrery::kernels {
namespace {

// Roundings of floats that may add up: in an element made of its own inputs alone, and in one that also has sums over a row or all rows.
constexpr double roundings_of_element = 16;
constexpr double roundings_of_sums = 128;

/// Cases of one type in memory on one shape.
template <class Number>
class Cases {
 public:
  Cases(const MatrixShape& shape, const std::string& type, Bench& bench)
      : shape_(shape),
        count_(shape.rows * shape.columns),
        array_(static_cast<double>(count_ * std::int64_t{sizeof(Number)})),
        type_(" " + type),
        bench_(bench) {}

  void moves() {
    Given<Number> x(count_), y(count_), sum(count_ / 2);
    bench_.run("fill" + type_, array_, [&] { fill<Number>(count_, as_number<Number>(0.75F), y.device(), all_blocks, nullptr); });
    if (bench_.compares()) bench_.compare(std::vector<double>(size(), 0.75), y.now(), 0);
    bench_.run("copy" + type_, 2 * array_, [&] { copy<Number>(count_, x.device(), y.device(), all_blocks, nullptr); });
    if (bench_.compares()) bench_.compare(x.host(), y.now(), 0);
    bench_.run("reduce" + type_, 1.5 * array_, [&] { reduce<Number>(2, count_ / 2, x.device(), sum.device(), all_blocks, nullptr); });
    if (!bench_.compares()) return;
    std::vector<double> expected(size() / 2);
    reduce<double>(x.host(), expected);
    bench_.compare(expected, sum.now(), roundings_of_element);
  }

  void layer_norms() {
    Given<Number> x(count_), gain(shape_.columns, {0.5, 1.5}), shift(shape_.columns), d_y(count_), y(count_), d_gain(shape_.columns),
        d_shift(shape_.columns);
    std::vector<double> expected(size()), for_gain(width()), for_shift(width());
    bench_.run("layer_norm" + type_, 2 * array_,
               [&] { layer_norm<Number>(shape_, x.device(), gain.device(), shift.device(), y.device(), nullptr); });
    if (bench_.compares()) {
      layer_norm<double>(shape_, x.host(), gain.host(), shift.host(), expected);
      bench_.compare(expected, y.now(), roundings_of_sums);
    }
    bench_.run("layer_norm_backward" + type_, 3 * array_, [&] {
      layer_norm_backward<Number>(shape_, x.device(), gain.device(), d_y.device(), y.device(), d_gain.device(), d_shift.device(), nullptr);
    });
    if (!bench_.compares()) return;
    layer_norm_backward<double>(shape_, x.host(), gain.host(), d_y.host(), expected, for_gain, for_shift);
    bench_.compare(expected, y.now(), roundings_of_sums);
    bench_.compare(for_gain, d_gain.now(), roundings_of_sums);
    bench_.compare(for_shift, d_shift.now(), roundings_of_sums);
  }

  void rms_norms() {
    Given<Number> x(count_), gain(shape_.columns, {0.5, 1.5}), d_y(count_), y(count_), d_gain(shape_.columns);
    std::vector<double> expected(size()), for_gain(width());
    bench_.run("rms_norm" + type_, 2 * array_, [&] { rms_norm<Number>(shape_, x.device(), gain.device(), y.device(), nullptr); });
    if (bench_.compares()) {
      rms_norm<double>(shape_, x.host(), gain.host(), expected);
      bench_.compare(expected, y.now(), roundings_of_sums);
    }
    bench_.run("rms_norm_backward" + type_, 3 * array_,
               [&] { rms_norm_backward<Number>(shape_, x.device(), gain.device(), d_y.device(), y.device(), d_gain.device(), nullptr); });
    if (!bench_.compares()) return;
    rms_norm_backward<double>(shape_, x.host(), gain.host(), d_y.host(), expected, for_gain);
    bench_.compare(expected, y.now(), roundings_of_sums);
    bench_.compare(for_gain, d_gain.now(), roundings_of_sums);
  }

  void softmaxes() {
    // Rows that see few columns and rows that see all.
    const MatrixShape shape = bench_.compares() ? MatrixShape{600, 600} : shape_;
    const std::int64_t count = shape.rows * shape.columns;
    const double array = static_cast<double>(count * std::int64_t{sizeof(Number)});
    Given<Number> scores(count, {-20, 20}), probabilities(count, {0, 0.01}), d_probabilities(count), out(count);
    std::vector<double> expected(bench_.compares() ? static_cast<std::size_t>(count) : 0);
    bench_.run("softmax" + type_, 1.5 * array, [&] { softmax<Number>(shape, 0.25F, scores.device(), out.device(), nullptr); });
    if (bench_.compares()) {
      softmax<double>(shape, 0.25, scores.host(), expected);
      bench_.compare(expected, out.now(), roundings_of_sums);
    }
    bench_.run("softmax_backward" + type_, 2 * array,
               [&] { softmax_backward<Number>(shape, 0.25F, probabilities.device(), d_probabilities.device(), out.device(), nullptr); });
    if (!bench_.compares()) return;
    std::vector<double> seen = probabilities.host();  // the reference takes those past a row's own column for zero
    for (std::int64_t i = 0; i < count; ++i) {
      if (i % shape.columns > i / shape.columns % shape.columns) seen[static_cast<std::size_t>(i)] = 0;
    }
    softmax_backward<double>(shape, 0.25, seen, d_probabilities.host(), expected);
    bench_.compare(expected, out.now(), roundings_of_sums);
  }

  void activations() {
    Given<Number> x(count_, {-4, 4}), bias(shape_.columns), up(count_), d_y(count_), y(count_), z(count_), d_bias(shape_.columns);
    std::vector<double> expected(size()), second(size()), for_bias(width());
    bench_.run("bias_gelu" + type_, 2 * array_, [&] { bias_gelu<Number>(shape_, x.device(), bias.device(), y.device(), nullptr); });
    if (bench_.compares()) {
      bias_gelu<double>(shape_, x.host(), bias.host(), expected);
      bench_.compare(expected, y.now(), roundings_of_element);
    }
    bench_.run("bias_gelu_backward" + type_, 3 * array_,
               [&] { bias_gelu_backward<Number>(shape_, x.device(), bias.device(), d_y.device(), y.device(), d_bias.device(), nullptr); });
    if (bench_.compares()) {
      bias_gelu_backward<double>(shape_, x.host(), bias.host(), d_y.host(), expected, for_bias);
      bench_.compare(expected, y.now(), roundings_of_element);
      bench_.compare(for_bias, d_bias.now(), roundings_of_sums);
    }
    bench_.run("swiglu" + type_, 3 * array_, [&] { swiglu<Number>(count_, x.device(), up.device(), y.device(), nullptr); });
    if (bench_.compares()) {
      swiglu<double>(x.host(), up.host(), expected);
      bench_.compare(expected, y.now(), roundings_of_element);
    }
    bench_.run("swiglu_backward" + type_, 5 * array_,
               [&] { swiglu_backward<Number>(count_, x.device(), up.device(), d_y.device(), y.device(), z.device(), nullptr); });
    if (!bench_.compares()) return;
    swiglu_backward<double>(x.host(), up.host(), d_y.host(), expected, second);
    bench_.compare(expected, y.now(), roundings_of_element);
    bench_.compare(second, z.now(), roundings_of_element);
  }

  void rotaries() {
    const RotaryShape shape{.tokens = bench_.compares() ? 29 : count_ / 4096, .heads = bench_.compares() ? 3 : 32, .dimension = 128};
    const std::int64_t count = shape.tokens * shape.heads * shape.dimension;
    Given<Number> x(count), y(count);
    std::vector<double> expected(static_cast<std::size_t>(count));
    for (const Turn turn : {Turn::forward, Turn::back}) {
      bench_.run((turn == Turn::forward ? "rotary" : "rotary_backward") + type_, 2 * static_cast<double>(count) * sizeof(Number),
                 [&] { rotary<Number>(shape, turn, x.device(), y.device(), nullptr); });
      if (!bench_.compares()) continue;
      rotary<double>(shape, turn, x.host(), expected);
      bench_.compare(expected, y.now(), roundings_of_element);
    }
  }

  void embeddings() {
    const std::vector<std::int32_t> tokens = given_indices(shape_.rows, shape_.rows);
    const DeviceArray<std::int32_t> on_device(tokens);
    Given<Number> table(count_), out(count_);
    Given<float> d_table(count_);
    std::vector<double> expected(size());
    bench_.run("embedding" + type_, 2 * array_,
               [&] { embedding<Number>(shape_, table.device(), on_device.data(), out.device(), nullptr); });
    if (bench_.compares()) {
      embedding<double>(shape_, table.host(), tokens, expected);
      bench_.compare(expected, out.now(), 0);
    }
    bench_.run("embedding_backward" + type_, array_ + 8.0 * static_cast<double>(count_),
               [&] { embedding_backward<Number>(shape_, on_device.data(), table.device(), d_table.device(), nullptr); });
    if (!bench_.compares()) return;
    expected = d_table.host();
    embedding_backward<double>(shape_, tokens, table.host(), expected);
    bench_.compare(expected, d_table.now(), roundings_of_sums);
  }

  void cross_entropies() {
    const std::vector<std::int32_t> targets = given_indices(shape_.rows, shape_.columns);
    const DeviceArray<std::int32_t> on_device(targets);
    Given<Number> logits(count_, {-8, 8}), d_logits(count_);
    Given<float> losses(shape_.rows);
    std::vector<double> expected(static_cast<std::size_t>(shape_.rows)), for_logits(size());
    bench_.run("cross_entropy" + type_, array_,
               [&] { cross_entropy<Number>(shape_, logits.device(), on_device.data(), losses.device(), nullptr); });
    if (bench_.compares()) {
      cross_entropy<double>(shape_, logits.host(), targets, expected);
      bench_.compare(expected, losses.now(), roundings_of_sums);
    }
    bench_.run("cross_entropy_backward" + type_, 2 * array_,
               [&] { cross_entropy_backward<Number>(shape_, logits.device(), on_device.data(), 0.125F, d_logits.device(), nullptr); });
    if (!bench_.compares()) return;
    cross_entropy_backward<double>(shape_, logits.host(), targets, 0.125, for_logits);
    bench_.compare(for_logits, d_logits.now(), roundings_of_sums);
  }

  void dropouts() {
    const Dropout dropout{.rate = 0.25, .seed = 11};
    Given<Number> x(count_), bias(shape_.columns), residual(count_), y(count_), d_bias(shape_.columns);
    DeviceArray<std::uint8_t> mask(count_);
    std::vector<double> expected(size()), for_bias(width());
    std::vector<std::uint8_t> expected_mask(size());
    const double masks = static_cast<double>(count_);
    bench_.run("bias_dropout_add" + type_, 3 * array_ + masks, [&] {
      bias_dropout_add<Number>(shape_, dropout, x.device(), bias.device(), residual.device(), y.device(), mask.data(), nullptr);
    });
    if (bench_.compares()) {
      bias_dropout_add<double>(shape_, dropout, x.host(), bias.host(), residual.host(), expected, expected_mask);
      bench_.compare(expected, y.now(), roundings_of_element);
      bench_.add_error(mask.to_host() == expected_mask ? 0 : INFINITY);
    }
    bench_.run("bias_dropout_add_backward" + type_, 2 * array_ + masks,
               [&] { bias_dropout_add_backward<Number>(shape_, dropout, x.device(), mask.data(), y.device(), d_bias.device(), nullptr); });
    if (!bench_.compares()) return;
    bias_dropout_add_backward<double>(shape_, dropout, x.host(), expected_mask, expected, for_bias);
    bench_.compare(expected, y.now(), roundings_of_element);
    bench_.compare(for_bias, d_bias.now(), roundings_of_sums);
  }

  void optimizers() {
    const AdamStep step{.learning_rate = 1e-2, .weight_decay = 0.1, .step = 3};
    Given<Number> gradient(count_), working(count_);
    Given<float> parameters(count_), first(count_), second(count_, {0.1, 1});
    const DeviceArray<double> norm(1);
    bench_.run("adam" + type_, 2 * array_ + 24.0 * static_cast<double>(count_), [&] {
      adam<Number>(step, count_, gradient.device(), parameters.device(), first.device(), second.device(), working.device(), nullptr);
    });
    if (bench_.compares()) {
      std::vector<double> values = parameters.host();
      std::vector<double> firsts = first.host();
      std::vector<double> seconds = second.host();
      adam<double>(step, gradient.host(), values, firsts, seconds);
      bench_.compare(values, parameters.now(), roundings_of_element);
      bench_.compare(firsts, first.now(), roundings_of_element);
      bench_.compare(seconds, second.now(), roundings_of_element);
      bench_.compare(values, working.now(), roundings_of_element);
    }
    bench_.run("gradient_norm" + type_, array_, [&] { gradient_norm<Number>(count_, gradient.device(), norm.data(), nullptr); });
    if (!bench_.compares()) return;
    const std::vector<float> actual{static_cast<float>(norm.to_host().front())};
    bench_.compare(std::vector<double>{gradient_norm<double>(gradient.host())}, actual, roundings_of_element);
  }

  void paged_attentions() {
    const bool small = bench_.compares();
    const std::int64_t dimension = 16 * pack_size<Number>;
    PagedAttentionShape shape{.sequences = 3, .heads = 10, .key_heads = 2, .dimension = dimension, .page_tokens = 16, .most_pages = 40};
    if (!small) shape = {.sequences = 8, .heads = 32, .key_heads = 32, .dimension = dimension, .page_tokens = 16};
    if (!small) shape.most_pages = std::max<std::int64_t>(1, count_ / (shape.sequences * shape.key_heads * dimension * 16));
    const std::int64_t pages = shape.sequences * shape.most_pages;
    const std::int64_t most = shape.most_pages * shape.page_tokens;
    const std::int64_t pool = pages * shape.page_tokens * shape.key_heads * dimension;
    std::vector<std::int32_t> table;  // page i of a sequence lies where no neighbour of it does
    for (std::int64_t i = 0; i < pages; ++i) table.push_back(static_cast<std::int32_t>(pages - 1 - i));
    std::vector<std::int32_t> lengths(static_cast<std::size_t>(shape.sequences), static_cast<std::int32_t>(most));
    if (small) lengths = {1, static_cast<std::int32_t>(most), 301};
    const DeviceArray<std::int32_t> table_on_device(table);
    const DeviceArray<std::int32_t> lengths_on_device(lengths);
    const std::int64_t rows = shape.sequences * shape.heads * dimension;
    Given<Number> queries(rows, {-3, 3}), keys(pool), values(pool), out(rows);
    bench_.run("paged_attention" + type_, 2 * static_cast<double>(pool) * sizeof(Number), [&] {
      paged_attention<Number>(shape, {queries.device(), keys.device(), values.device(), table_on_device.data(), lengths_on_device.data()},
                              out.device(), nullptr);
    });
    if (!small) return;
    const std::vector<double> q = queries.host();
    const std::vector<double> k = keys.host();
    const std::vector<double> v = values.host();
    std::vector<double> expected(static_cast<std::size_t>(rows));
    paged_attention<double>(shape, {q, k, v, table, lengths}, expected);
    bench_.compare(expected, out.now(), roundings_of_sums);
  }

  void gemms() {
    GemmShape shape{.m = 48, .n = 72, .k = 136, .batch = 2};
    if (!bench_.compares()) shape = {.m = 4096, .n = 4096, .k = 4096, .batch = 1};
    Given<Number> a(shape.m * shape.k * shape.batch), b(shape.k * shape.n * shape.batch, {-0.1, 0.1}), bias(shape.n),
        c(shape.m * shape.n * shape.batch);
    const double elements = static_cast<double>(shape.m * shape.k + shape.k * shape.n + shape.m * shape.n);
    for (const GemmEpilogue epilogue : {GemmEpilogue::none, GemmEpilogue::bias, GemmEpilogue::bias_gelu}) {
      if (epilogue != GemmEpilogue::none) shape.batch = 1;  // what a layer has
      const char* name = epilogue == GemmEpilogue::none ? "gemm" : epilogue == GemmEpilogue::bias ? "gemm_bias" : "gemm_bias_gelu";
      std::optional<Gemm<Number>> gemm_of_shape;
      try {
        gemm_of_shape.emplace(shape, epilogue);
      } catch (const CudaError& error) {
        bench_.run(name + type_, 0, [] {});
        bench_.fail(error.what());
        continue;
      }
      bench_.run(name + type_, elements * static_cast<double>(shape.batch) * sizeof(Number),
                 [&] { gemm_of_shape->run(a.device(), b.device(), bias.device(), c.device(), nullptr); });
      bench_.count_flops(2 * static_cast<double>(shape.m * shape.n) * static_cast<double>(shape.k * shape.batch));
      if (bench_.compares()) compare_gemm(shape, epilogue, {a.host(), b.host(), bias.host()}, c.now());
    }
  }

 private:
  struct GemmInputs {
    std::vector<double> a, b, bias;
  };

  void compare_gemm(const GemmShape& shape, GemmEpilogue epilogue, GemmInputs inputs, std::vector<Number> actual) {
    inputs.a.resize(static_cast<std::size_t>(shape.m * shape.k * shape.batch));
    inputs.b.resize(static_cast<std::size_t>(shape.k * shape.n * shape.batch));
    std::vector<double> expected(static_cast<std::size_t>(shape.m * shape.n * shape.batch));
    gemm<double>(shape, inputs.a, inputs.b, expected);
    if (epilogue == GemmEpilogue::bias) {
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += inputs.bias[i % inputs.bias.size()];
    } else if (epilogue == GemmEpilogue::bias_gelu) {
      const std::vector<double> sums = expected;
      bias_gelu<double>({shape.m, shape.n}, sums, inputs.bias, expected);
    }
    bench_.compare(expected, actual, roundings_of_sums);
  }

  std::size_t size() const { return bench_.compares() ? static_cast<std::size_t>(count_) : 0; }
  std::size_t width() const { return static_cast<std::size_t>(shape_.columns); }

  MatrixShape shape_;
  std::int64_t count_;
  double array_;  // bytes
  std::string type_;
  Bench& bench_;
};

}  // namespace

template <class Number>
void run_cases(const MatrixShape& shape, const std::string& type, Bench& bench) {
  Cases<Number> cases(shape, type, bench);
  cases.moves();
  cases.layer_norms();
  cases.rms_norms();
  cases.softmaxes();
  cases.activations();
  cases.rotaries();
  cases.embeddings();
  cases.cross_entropies();
  cases.dropouts();
  cases.optimizers();
  cases.paged_attentions();
  cases.gemms();
}

template void run_cases<float>(const MatrixShape&, const std::string&, Bench&);
template void run_cases<__half>(const MatrixShape&, const std::string&, Bench&);
template void run_cases<__nv_bfloat16>(const MatrixShape&, const std::string&, Bench&);

}  // namespace orrery::kernels
