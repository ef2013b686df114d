#include "report/perfetto_packets.h"

#include <protozero/pbf_builder.hpp>

namespace orrery::report {
namespace {

// Numbers of fields, as Perfetto's protos have them.
enum class TraceField : protozero::pbf_tag_type { packet = 1 };
enum class PacketField : protozero::pbf_tag_type {
  timestamp = 8,
  sequence_id = 10,
  track_event = 11,
  interned_data = 12,
  sequence_flags = 13,
  track_descriptor = 60
};
enum class InternedField : protozero::pbf_tag_type { categories = 1, names = 2, annotations = 3, values = 29 };
enum class TextField : protozero::pbf_tag_type { number = 1, text = 2 };
enum class TrackField : protozero::pbf_tag_type { uuid = 1, process = 3, thread = 4, parent_uuid = 5 };
enum class ProcessField : protozero::pbf_tag_type { pid = 1, name = 6 };
enum class ThreadField : protozero::pbf_tag_type { pid = 1, tid = 2, name = 5 };
enum class EventField : protozero::pbf_tag_type {
  category = 3,
  annotation = 4,
  type = 9,
  name = 10,
  track = 11,
  flow = 47,
  ending_flow = 48
};
enum class AnnotationField : protozero::pbf_tag_type { name = 1, count = 3, text = 17 };
template <class Field>
using Message = protozero::pbf_builder<Field>;

enum class SliceEdge : std::int32_t { begin = 1, end = 2 };

// All are of one sequence: what one has interned, later ones may name.
template <class Fill>
void add_packet(std::string& bytes, const Fill& fill) {
  constexpr std::uint32_t sequence = 1;
  constexpr std::uint32_t begins_anew = 1;
  constexpr std::uint32_t needs_earlier_ones = 2;
  const bool is_first = bytes.empty();
  Message<TraceField> trace(bytes);
  Message<PacketField> packet(trace, TraceField::packet);
  packet.add_uint32(PacketField::sequence_id, sequence);
  packet.add_uint32(PacketField::sequence_flags, is_first ? begins_anew : needs_earlier_ones);
  fill(packet);
}

// `fill` what is said of it beyond when and where.
template <class Fill>
void add_edge(std::string& bytes, std::int64_t nanoseconds, SliceEdge edge, std::uint64_t track, const Fill& fill) {
  add_packet(bytes, [&](Message<PacketField>& packet) {
    packet.add_uint64(PacketField::timestamp, static_cast<std::uint64_t>(nanoseconds));
    Message<EventField> event(packet, PacketField::track_event);
    event.add_enum(EventField::type, static_cast<std::int32_t>(edge));
    event.add_uint64(EventField::track, track);
    fill(event);
  });
}

void annotate(Message<EventField>& event, std::uint64_t name, AnnotationField kind, std::uint64_t value) {
  if (value == 0) return;
  Message<AnnotationField> annotation(event, EventField::annotation);
  annotation.add_uint64(AnnotationField::name, name);
  annotation.add_uint64(kind, value);
}

InternedField field_of(PerfettoText kind) {
  switch (kind) {
    case PerfettoText::category:
      return InternedField::categories;
    case PerfettoText::name:
      return InternedField::names;
    case PerfettoText::annotation:
      return InternedField::annotations;
    case PerfettoText::value:
      return InternedField::values;
  }
  return InternedField::values;
}

}  // namespace

PerfettoPackets::PerfettoPackets()
    : operations_(interned(PerfettoText::annotation, "operations")),
      way_(interned(PerfettoText::annotation, "way")),
      of_bytes_(interned(PerfettoText::annotation, "bytes")),
      of_flops_(interned(PerfettoText::annotation, "flops")) {}

std::uint64_t PerfettoPackets::interned(PerfettoText kind, std::string_view text) {
  auto& known = texts_[static_cast<std::size_t>(kind)];
  if (const auto found = known.find(text); found != known.end()) return found->second;
  const std::uint64_t number = known.size() + 1;
  known.emplace(text, number);
  add_packet(bytes_, [&](Message<PacketField>& packet) {
    Message<InternedField> data(packet, PacketField::interned_data);
    Message<TextField> entry(data, field_of(kind));
    entry.add_uint64(TextField::number, number);
    entry.add_string(TextField::text, text.data(), text.size());
  });
  return number;
}

std::uint64_t PerfettoPackets::process(std::int32_t pid, std::string_view name) {
  ++tracks_;
  add_packet(bytes_, [&](Message<PacketField>& packet) {
    Message<TrackField> track(packet, PacketField::track_descriptor);
    track.add_uint64(TrackField::uuid, tracks_);
    Message<ProcessField> process(track, TrackField::process);
    process.add_int32(ProcessField::pid, pid);
    process.add_string(ProcessField::name, name.data(), name.size());
  });
  return tracks_;
}

std::uint64_t PerfettoPackets::thread(std::uint64_t process, std::int32_t pid, std::int32_t tid, std::string_view name) {
  ++tracks_;
  add_packet(bytes_, [&](Message<PacketField>& packet) {
    Message<TrackField> track(packet, PacketField::track_descriptor);
    track.add_uint64(TrackField::uuid, tracks_);
    track.add_uint64(TrackField::parent_uuid, process);
    Message<ThreadField> thread(track, TrackField::thread);
    thread.add_int32(ThreadField::pid, pid);
    thread.add_int32(ThreadField::tid, tid);
    thread.add_string(ThreadField::name, name.data(), name.size());
  });
  return tracks_;
}

void PerfettoPackets::begin(std::int64_t nanoseconds, const PerfettoSlice& slice) {
  add_edge(bytes_, nanoseconds, SliceEdge::begin, slice.track, [&](Message<EventField>& event) {
    event.add_uint64(EventField::category, slice.category);
    event.add_uint64(EventField::name, slice.name);
    annotate(event, operations_, AnnotationField::text, slice.operations);
    annotate(event, way_, AnnotationField::text, slice.way);
    annotate(event, of_bytes_, AnnotationField::count, static_cast<std::uint64_t>(slice.bytes));
    annotate(event, of_flops_, AnnotationField::count, static_cast<std::uint64_t>(slice.flops));
    if (slice.flow == 0) return;
    event.add_fixed64(slice.flow_end == PerfettoSlice::End::source ? EventField::flow : EventField::ending_flow, slice.flow);
  });
}

void PerfettoPackets::end(std::int64_t nanoseconds, std::uint64_t track) {
  add_edge(bytes_, nanoseconds, SliceEdge::end, track, [](Message<EventField>&) {});
}

}  // namespace orrery::report
