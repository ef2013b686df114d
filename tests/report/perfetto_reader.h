// What a Perfetto trace says, read field by field as Perfetto's protos number them; of which it knows what ours hold.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <vector>

namespace orrery::test {

struct ReadSlice {
  std::string process;
  std::string thread;
  std::string category;
  std::string name;
  std::int64_t begun = 0;  // nanoseconds
  std::int64_t ended = 0;
  std::map<std::string, std::string> annotations{};
  std::uint64_t flow_out = 0;
  std::uint64_t flow_in = 0;
};

/// In order of their beginnings in the file.
class PerfettoReader {
 public:
  explicit PerfettoReader(const std::string& bytes) {
    protozero::pbf_reader trace(bytes);
    while (trace.next(1)) read_packet(trace.get_message());
    for (const auto& [track, open] : open_) EXPECT_TRUE(open.empty()) << "a slice that never ends";
  }

  std::vector<ReadSlice> slices;
  std::map<std::uint64_t, std::string> processes;  // by track
  std::map<std::uint64_t, std::string> threads;
  std::map<std::uint64_t, std::int32_t> pids;
  std::map<std::uint64_t, std::int32_t> tids;

 private:
  using Texts = std::map<std::uint64_t, std::string>;

  void read_packet(protozero::pbf_reader packet) {
    std::int64_t time = 0;
    std::uint32_t sequence = 0;
    std::uint32_t flags = 0;
    protozero::pbf_reader event;
    bool has_event = false;
    while (packet.next()) {
      switch (packet.tag()) {
        case 8:
          time = static_cast<std::int64_t>(packet.get_uint64());
          break;
        case 10:
          sequence = packet.get_uint32();
          break;
        case 11:
          event = packet.get_message();
          has_event = true;
          break;
        case 12:
          read_texts(packet.get_message());
          break;
        case 13:
          flags = packet.get_uint32();
          break;
        case 60:
          read_track(packet.get_message());
          break;
        default:
          FAIL() << "field " << packet.tag() << " of a packet";
      }
    }
    EXPECT_EQ(sequence, 1U);
    EXPECT_EQ(flags, is_first_ ? 1U : 2U);
    is_first_ = false;
    if (has_event) read_event(event, time);
  }

  void read_texts(protozero::pbf_reader data) {
    while (data.next()) {
      Texts& texts = texts_[data.tag()];
      protozero::pbf_reader entry = data.get_message();
      std::uint64_t number = 0;
      while (entry.next()) {
        if (entry.tag() == 1) {
          number = entry.get_uint64();
        } else {
          EXPECT_EQ(entry.tag(), 2U);
          EXPECT_TRUE(texts.emplace(number, entry.get_string()).second) << "a number twice";
        }
      }
    }
  }

  void read_track(protozero::pbf_reader track) {
    std::uint64_t uuid = 0;
    std::uint64_t parent = 0;
    while (track.next()) {
      if (track.tag() == 1) {
        uuid = track.get_uint64();
      } else if (track.tag() == 5) {
        parent = track.get_uint64();
      } else {
        const bool is_process = track.tag() == 3;
        protozero::pbf_reader who = track.get_message();
        while (who.next()) {
          if (who.tag() == 1) pids[uuid] = who.get_int32();
          if (who.tag() == 2) tids[uuid] = who.get_int32();
          if (who.tag() == 6 && is_process) processes[uuid] = who.get_string();
          if (who.tag() == 5 && !is_process) threads[uuid] = who.get_string();
        }
      }
    }
    if (threads.contains(uuid)) {
      EXPECT_TRUE(processes.contains(parent));
      process_of_[uuid] = processes[parent];
    }
  }

  void read_event(protozero::pbf_reader event, std::int64_t time) {
    EXPECT_GE(time, last_) << "in order of time";
    last_ = time;
    ReadSlice slice{.process = "", .thread = "", .category = "", .name = "", .begun = time};
    std::int32_t type = 0;
    std::uint64_t track = 0;
    while (event.next()) {
      if (event.tag() == 3) slice.category = texts_[1].at(event.get_uint64());
      if (event.tag() == 4) read_annotation(event.get_message(), slice);
      if (event.tag() == 9) type = event.get_enum();
      if (event.tag() == 10) slice.name = texts_[2].at(event.get_uint64());
      if (event.tag() == 11) track = event.get_uint64();
      if (event.tag() == 47) slice.flow_out = event.get_fixed64();
      if (event.tag() == 48) slice.flow_in = event.get_fixed64();
    }
    if (type == 1) {
      slice.process = process_of_.at(track);
      slice.thread = threads.at(track);
      EXPECT_TRUE(open_[track].empty()) << "slices of a thread follow each other";
      open_[track].push_back(slices.size());
      slices.push_back(slice);
    } else {
      EXPECT_EQ(type, 2);
      ASSERT_FALSE(open_[track].empty());
      slices[open_[track].back()].ended = time;
      open_[track].pop_back();
    }
  }

  void read_annotation(protozero::pbf_reader annotation, ReadSlice& slice) {
    std::string name;
    while (annotation.next()) {
      if (annotation.tag() == 1) name = texts_[3].at(annotation.get_uint64());
      if (annotation.tag() == 3) slice.annotations[name] = std::to_string(annotation.get_uint64());
      if (annotation.tag() == 17) slice.annotations[name] = texts_[29].at(annotation.get_uint64());
    }
  }

  bool is_first_ = true;
  std::int64_t last_ = 0;
  std::map<std::uint32_t, Texts> texts_;  // by the field of InternedData
  std::map<std::uint64_t, std::string> process_of_;
  std::map<std::uint64_t, std::vector<std::size_t>> open_;
};

}  // namespace orrery::test
