#include "workloads/ring_slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "sim/error.h"
#include "workloads/ring_steps.h"
#include "workloads/steps_program.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

constexpr std::int64_t grain = 16;  // bytes: chunks and slices are multiples

std::int64_t aligned(std::int64_t bytes) { return (bytes + grain - 1) / grain * grain; }

bool is_chain(CollectiveKind kind) { return kind == CollectiveKind::broadcast || kind == CollectiveKind::reduce; }

/// What a rank does with a slice.
struct SlicePass {
  std::int64_t bytes = 0;
  bool receives = false;
  bool sends = false;
  int sent_as = 0;  // the number of this slice's pass at the rank before, and at the next
  int received_as = 0;
};

/// A rank's place in a channel: how far its neighbours are, and where it stands in a chain.
struct RingSeat {
  std::int32_t next = 0;
  std::int32_t previous = 0;
  bool receives = true;  // in a chain
  bool sends = true;
  auto operator<=>(const RingSeat&) const = default;
};

/// The slices of a chunk: two at most, the first no shorter than a 32nd of what a slice may be.
std::vector<std::int64_t> slices_of(std::int64_t chunk, const SliceSizes& sizes) {
  const std::int64_t parts = sizes.chunk_slots / sizes.slice_slots;
  const std::int64_t slice = std::max(aligned((chunk + parts - 1) / parts), sizes.slot.count * sizes.slice_slots / 32);
  std::vector<std::int64_t> slices;
  for (std::int64_t rest = chunk; rest > 0; rest -= slice) slices.push_back(std::min(rest, slice));
  return slices;
}

/// The chunks that one rank's part of a channel (of a chain: the channel) goes in, loop after loop.
std::vector<std::int64_t> loops_of(const RingSlices& what, sim::Bytes bytes) {
  const auto ranks = std::ssize(what.rings.front());
  const std::int64_t parts = std::ssize(what.rings) * (is_chain(what.kind) ? 1 : ranks);
  const std::int64_t chunk = what.sizes.slot.count * what.sizes.chunk_slots;
  std::vector<std::int64_t> loops;
  for (std::int64_t rest = aligned((bytes.count + parts - 1) / parts); rest > 0; rest -= chunk) loops.push_back(std::min(rest, chunk));
  return loops;
}

std::vector<SlicePass> passes_of(const RingSlices& what, sim::Bytes bytes, const RingSeat& seat) {
  const auto ranks = static_cast<int>(what.rings.front().size());
  const int steps = is_chain(what.kind) ? 0 : ring_steps(what.kind, ranks);
  std::vector<SlicePass> passes;
  for (const std::int64_t chunk : loops_of(what, bytes)) {
    const std::vector<std::int64_t> slices = slices_of(chunk, what.sizes);
    const int further = is_chain(what.kind) ? 0 : static_cast<int>(slices.size());
    for (int step = 0; step <= steps; ++step) {
      for (const std::int64_t slice : slices) {
        const auto number = static_cast<int>(passes.size());
        passes.push_back({.bytes = slice,
                          .receives = is_chain(what.kind) ? seat.receives : step > 0,
                          .sends = is_chain(what.kind) ? seat.sends : step < steps,
                          .sent_as = number - further,
                          .received_as = number + further});
      }
    }
  }
  return passes;
}

/// Where ranks sit in a channel, by rank.
std::vector<RingSeat> seats_of(const std::vector<std::int32_t>& ring, CollectiveKind kind) {
  std::vector<RingSeat> seats(ring.size());
  const auto root = static_cast<std::size_t>(std::ranges::find(ring, 0) - ring.begin());
  const std::size_t first = kind == CollectiveKind::reduce ? (root + 1) % ring.size() : root;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const std::int32_t rank = ring[i];
    const bool chain = is_chain(kind);
    seats[static_cast<std::size_t>(rank)] = {.next = ring[(i + 1) % ring.size()] - rank,
                                             .previous = ring[(i + ring.size() - 1) % ring.size()] - rank,
                                             .receives = !chain || i != first,
                                             .sends = !chain || (i + 1) % ring.size() != first};
  }
  return seats;
}

/// Appends a channel's streams.
void append_channel(int channel, const std::vector<SlicePass>& passes, const RingSeat& seat, int held, RankStreams& to) {
  const std::size_t first = to.streams.size();
  for (int slot = 0; slot < held; ++slot) to.streams.push_back({fmt::format("channel{}.{}", channel, slot), {}});
  const auto tag = [&](int sent_as, int received_as) { return (channel * held + sent_as % held) * held + received_as % held; };
  int sent_before = -1;  // the pass that sent last
  for (int p = 0; p < std::ssize(passes); ++p) {
    const SlicePass& pass = passes[static_cast<std::size_t>(p)];
    const auto stream_of = [&](int number) -> std::vector<sim::Operation>& {
      return to.streams[first + static_cast<std::size_t>(number % held)].operations;
    };
    std::vector<sim::Operation>& stream = stream_of(p);
    if (pass.receives) {
      for (const std::int64_t bytes : {pass.bytes, std::int64_t{0}})
        stream.push_back({0, sim::Receive{{bytes}, seat.previous, tag(pass.sent_as, p)}});
    }
    if (!pass.sends) continue;
    if (sent_before >= 0) stream.push_back({0, sim::Wait{to.events + p % held}});
    stream.push_back({0, sim::Send{{pass.bytes}, seat.next, tag(p, pass.received_as)}});
    // The next that sends may begin as soon as this one's bytes are through.
    int next = p + 1;
    while (next < std::ssize(passes) && !passes[static_cast<std::size_t>(next)].sends) ++next;
    if (next < std::ssize(passes)) stream.push_back({0, sim::Record{to.events + next % held}});
    stream.push_back({0, sim::Send{{0}, seat.next, tag(p, pass.received_as)}});
    sent_before = p;
  }
  to.events += held;
}

}  // namespace

SliceSizes slice_sizes(CollectiveKind kind, Protocol protocol) {
  if (protocol == Protocol::ll) return {.slot = {32'768}};
  if (protocol == Protocol::ll128) return {.slot = {576'000}};
  if (is_chain(kind)) return {.slot = {524'288}};
  return {.slot = {524'288}, .chunk_slots = 4, .slice_slots = 2};
}

std::int64_t slice_bound(const RingSlices& slices, sim::Bytes bytes) {
  const bool chain = is_chain(slices.kind);
  const auto ranks = std::ssize(slices.rings.front());
  const auto channels = std::ssize(slices.rings);
  const std::int64_t parts = channels * (chain ? 1 : ranks);
  const std::int64_t slice = slices.sizes.slot.count * slices.sizes.slice_slots;
  const std::int64_t of_a_part = bytes.count / parts / slice + slices.sizes.chunk_slots / slices.sizes.slice_slots;
  const std::int64_t steps = chain ? 1 : ring_steps(slices.kind, static_cast<int>(ranks)) + 1;
  return of_a_part * steps * ranks * channels;
}

std::vector<std::vector<std::int32_t>> rings_of(const Group& group, int channels) {
  std::map<topology::GpuId, std::int32_t> rank_of;
  for (const topology::GpuId gpu : group.members()) rank_of.emplace(gpu, static_cast<std::int32_t>(rank_of.size()));
  std::vector<std::vector<std::int32_t>> rings(static_cast<std::size_t>(channels));
  for (int channel = 0; channel < channels; ++channel) {
    for (int node = 0; node < group.nodes(); ++node) {
      const Group::Part part = group.part(GraphKind::ring, node, channel % group.channels(GraphKind::ring));
      for (int i = 0; i < part.size(); ++i) rings[static_cast<std::size_t>(channel)].push_back(rank_of.at(part.gpu(i)));
    }
  }
  return rings;
}

sim::Program program_of(const RingSlices& what, sim::Bytes bytes) {
  const auto ranks = std::ssize(what.rings.front());
  const int held = what.sizes.slices();
  if (!is_chain(what.kind))
    sim::check(ring_steps(what.kind, 2) > 0 && held > what.sizes.chunk_slots / what.sizes.slice_slots,
               "a ring's slots hold more than a chunk");
  std::vector<std::vector<RingSeat>> seats;  // by channel and rank
  for (const auto& ring : what.rings) seats.push_back(seats_of(ring, what.kind));
  std::map<std::vector<RingSeat>, std::vector<std::int32_t>> alike;
  for (std::int32_t rank = 0; rank < ranks; ++rank) {
    std::vector<RingSeat> own;
    for (const auto& of_channel : seats) own.push_back(of_channel[static_cast<std::size_t>(rank)]);
    alike[std::move(own)].push_back(rank);
  }
  sim::Program program{
      .name = fmt::format("{} in slices", sim::name_of(what.kind)), .ranks = static_cast<std::int32_t>(ranks), .labels = {"collective"}};
  for (const auto& [own, members] : alike) {
    RankStreams streams;
    for (int channel = 0; channel < std::ssize(own); ++channel) {
      const RingSeat& seat = own[static_cast<std::size_t>(channel)];
      append_channel(channel, passes_of(what, bytes, seat), seat, held, streams);
    }
    append_roles(members, streams, program.roles);
  }
  return program;
}

}  // namespace orrery::workloads
