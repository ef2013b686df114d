#include "scenarios/calibrations.h"

#include "scenarios/data_types.h"

namespace orrery::scenarios {
namespace {

/// All of an enumeration, by the names that a Program's text has for them.
template <class Enumeration>
std::vector<std::pair<std::string, Enumeration>> all_named(int count) {
  std::vector<std::pair<std::string, Enumeration>> named;
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<Enumeration>(i);
    named.emplace_back(sim::name_of(value), value);
  }
  return named;
}

}  // namespace

void describe(Fields& fields, workloads::Calibration& calibration) {
  fields.optional("name", "of the preset", text(calibration.name));
  fields.required("device", "the GPU's name as the node gives it", text(calibration.device));
  fields.optional("carried_from", "the GPU that was measured, where it is another", text(calibration.carried_from));
  fields.optional("other_chip", "... and of another chip, whose efficiencies are taken for this one's", flag(calibration.other_chip));
  fields.optional("datasheet", "of the device; lets the calibration serve others", object(calibration.datasheet));
  fields.required("gemm", "matrix products", object(calibration.gemm));
  fields.required("attention", "fused attention", object(calibration.attention));
  fields.required("memory", "kernels bound by memory", object(calibration.memory));
  fields.optional("lines", "what realrun measured kind by kind, in place of the three above", object(calibration.lines));
  fields.required("collectives", "measured collectives over NCCL's own model", object(calibration.collectives));
  fields.optional("noise", "how much kernels and devices differ from their average; none without", object(calibration.noise));
}

void describe(Fields& fields, workloads::NoiseCalibration& noise) {
  fields.required("kernels", "relative standard deviation of a kernel's time, from one launch to the next", real(noise.kernels, 0, 1));
  fields.optional("devices", "of GPUs' speeds, from one to the next", real(noise.devices, 0, 1));
  fields.required("provenance", "what it was fitted to", object(noise.provenance));
}

void describe(Fields& fields, workloads::Datasheet& datasheet) {
  fields.required("compute_capability", "80 for A100, 90 for H100", integer(datasheet.compute_capability, 10, 1'000));
  fields.required("multiprocessors", "streaming multiprocessors in use", integer(datasheet.multiprocessors, 1, 10'000));
  fields.required("peak_fp16", "dense, on tensor cores", quantity(datasheet.peak_fp16));
  fields.required("memory_bandwidth", "of the device memory", quantity(datasheet.memory_bandwidth));
}

void describe(Fields& fields, workloads::GemmCalibration& gemm) {
  fields.required("tiles", "the tile shapes that the library chooses from", list(gemm.tiles, 1));
  fields.required("tile_overhead", "prologue and epilogue of a tile", quantity(gemm.tile_overhead, Zero::allowed));
  fields.required("partial_wave_floor", "what a nearly empty last wave costs, of a full one", real(gemm.partial_wave_floor, 0, 1));
  fields.required("memory_bandwidth", "achieved by products bound by memory", quantity(gemm.memory_bandwidth));
  fields.optional("write_bandwidth", "the same of what they write; 0: no other", quantity(gemm.write_bandwidth, Zero::allowed));
  fields.optional("store_bandwidth", "of tiles that are stored when their sums are done; 0: it costs nothing",
                  quantity(gemm.store_bandwidth, Zero::allowed));
  fields.optional("overlap", "of computing and moving: from 1, one after the other, to 1000, the longer hides the shorter",
                  real(gemm.overlap, 1, 1'000));
  fields.required("launch", "fixed cost on the device", quantity(gemm.launch, Zero::allowed));
  fields.required("split_overhead", "of the reduction that follows a cut k", quantity(gemm.split_overhead, Zero::allowed));
  fields.required("unaligned_rate", "where rows of n or k elements are no multiple of 16 bytes", quantity(gemm.unaligned_rate));
  fields.required("unaligned_batched_rate", "the same of several products in a launch", quantity(gemm.unaligned_batched_rate));
  fields.required("provenance", "what it was fitted to", object(gemm.provenance));
}

void describe(Fields& fields, workloads::GemmTile& tile) {
  fields.required("rows", "of C that a block computes", integer(tile.rows, 1, 4'096));
  fields.required("columns", "of C that a block computes", integer(tile.columns, 1, 4'096));
  fields.required("rate", "of the whole device, steady state", quantity(tile.rate));
}

void describe(Fields& fields, workloads::AttentionCalibration& attention) {
  fields.required("rate", "of the whole device, steady state, forward", quantity(attention.rate));
  fields.required("backward_ratio", "rate of the backward pass over the forward's", real(attention.backward_ratio, 0.01, 100));
  fields.required("strip_overhead", "of each strip of rows", quantity(attention.strip_overhead, Zero::allowed));
  fields.required("tail", "share of the longest strip that is exposed", real(attention.tail, 0, 100));
  fields.required("launch", "fixed cost on the device", quantity(attention.launch, Zero::allowed));
  fields.required("provenance", "what it was fitted to", object(attention.provenance));
}

void describe(Fields& fields, workloads::MemoryCalibration& memory) {
  fields.required("stream_bandwidth", "achieved by elementwise kernels", quantity(memory.stream_bandwidth));
  fields.required("row_bandwidth", "achieved by kernels that reduce rows", quantity(memory.row_bandwidth));
  fields.required("launch", "fixed cost on the device", quantity(memory.launch, Zero::allowed));
  fields.required("provenance", "what it was fitted to", object(memory.provenance));
}

void describe(Fields& fields, workloads::LineCalibration& lines) {
  fields.required("kernels", "a line a kind and type: fixed + operations / rate, or fixed + bytes / bandwidth", list(lines.kernels, 1));
  fields.required("provenance", "what it was fitted to", object(lines.provenance));
}

void describe(Fields& fields, workloads::KernelLine& line) {
  fields.required("kernel", "kind, as in a Program's text", choice(line.kernel, all_named<sim::KernelKind>(sim::kernel_kind_count)));
  fields.required("type", "that it computes in", data_type(line.type));
  fields.required("fixed", "cost of any size", quantity(line.fixed, Zero::allowed));
  fields.optional("rate", "of kernels with operations", quantity(line.rate, Zero::allowed));
  fields.optional("bandwidth", "of the others", quantity(line.bandwidth, Zero::allowed));
}

void describe(Fields& fields, workloads::CollectiveLine& line) {
  fields.required("collective", "kind, as in a Program's text",
                  choice(line.collective, all_named<sim::CollectiveKind>(sim::collective_kind_count)));
  fields.required("ranks", "that took part, on one node", integer(line.ranks, 2, 1'000));
  fields.required("fixed", "cost of any size", quantity(line.fixed, Zero::allowed));
  fields.required("bandwidth", "bytes of the larger buffer a second", quantity(line.bandwidth));
}

void describe(Fields& fields, workloads::CollectiveCalibration& collectives) {
  constexpr double least = 0.01;
  constexpr double most = 100;
  fields.optional("on_node", "what they take on one node; NCCL's own model without", object(collectives.on_node));
  fields.optional("lines", "collectives that were measured for themselves, on one node", list(collectives.lines));
  fields.optional("inter_latency_scale", "measured latency over NCCL's, between nodes", real(collectives.inter_latency_scale, least, most));
  fields.optional("inter_bandwidth_scale", "measured bandwidth over NCCL's, between nodes",
                  real(collectives.inter_bandwidth_scale, least, most));
  fields.optional("send_latency", "of a message within a node", quantity(collectives.send_latency, Zero::allowed));
  fields.optional("send_bandwidth", "of a message within a node", quantity(collectives.send_bandwidth, Zero::allowed));
  fields.required("provenance", "what it was fitted to", object(collectives.provenance));
}

void describe(Fields& fields, workloads::NodeCollectives& measured) {
  fields.required("ring",
                  "rings: launch + spread * log2 blocks + steps * hop + bytes over an edge * (1 / block_rate + blocks / link) / blocks + "
                  "own part / own + elements added up / blocks / sum_rate",
                  object(measured.ring));
  fields.required("pairs",
                  "all-to-all: launch + peers * hop + bytes for them * (1 / block_rate + blocks / link) / blocks + a chunk / chunk_rate; "
                  "by LL without link and chunk",
                  object(measured.pairs));
}

void describe(Fields& fields, workloads::RingTimes& ring) {
  fields.required("ll", "4 bytes of data with 4 of flag", object(ring.protocols[0]));
  fields.required("ll128", "120 bytes of data in 128", object(ring.protocols[1]));
  fields.required("simple", "data alone, with fences", object(ring.protocols[2]));
  fields.required("spread", "of twice as many blocks", quantity(ring.spread, Zero::allowed));
  fields.required("link", "that all blocks share: fitted, and no rate of the links alone", quantity(ring.link));
  fields.required("own_all_reduce", "of the rank's own part, which crosses no link", quantity(ring.own_all_reduce));
  fields.required("own_all_gather", "of the rank's own part, which crosses no link", quantity(ring.own_all_gather));
  fields.required("own_reduce_scatter", "of the rank's own part, which crosses no link", quantity(ring.own_reduce_scatter));
  fields.required("sum_rate", "of a thread block, an operation an element", quantity(ring.sum_rate));
}

void describe(Fields& fields, workloads::ProtocolTimes& protocol) {
  fields.required("launch", "of the kernel", quantity(protocol.launch, Zero::allowed));
  fields.required("hop", "from one GPU to the next", quantity(protocol.hop, Zero::allowed));
  fields.required("block_rate", "of a thread block, flags included", quantity(protocol.block_rate));
}

void describe(Fields& fields, workloads::PairTimes& pairs) {
  fields.required("hop", "of each peer", quantity(pairs.hop, Zero::allowed));
  fields.required("ll_launch", "of the kernel, where messages are short", quantity(pairs.ll_launch, Zero::allowed));
  fields.required("ll_block_rate", "of a thread block by LL, flags included", quantity(pairs.ll_block_rate));
  fields.required("launch", "of the kernel, where messages are long", quantity(pairs.launch, Zero::allowed));
  fields.required("block_rate", "of a thread block by Simple, which sends and receives", quantity(pairs.block_rate));
  fields.required("link", "that all blocks share: fitted, and no rate of the links alone", quantity(pairs.link));
  fields.required("chunk_rate", "of the first chunk of a message, or all of a shorter one", quantity(pairs.chunk_rate));
}

void describe(Fields& fields, workloads::Provenance& provenance) {
  fields.required("source", "data set and date", text(provenance.source));
  fields.optional("residuals", "how well it fits", list(provenance.residuals));
}

void describe(Fields& fields, workloads::Residual& residual) {
  fields.required("rows_of", "which measurements", text(residual.rows_of));
  fields.required("rows", "how many", integer(residual.rows, 0, 1'000'000'000));
  fields.required("median", "of |predicted / measured - 1|", real(residual.median, 0, 1e6));
  fields.required("p90", "of |predicted / measured - 1|", real(residual.p90, 0, 1e6));
  fields.required("bias", "median of predicted / measured - 1", real(residual.bias, -1, 1e6));
}

}  // namespace orrery::scenarios
