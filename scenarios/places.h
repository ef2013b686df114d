// Places: where in a JSON file each value stands, so that a fault can say "pod.json:12:15 /cluster/fabric/link".
//
//     Places places("pod.json");
//     places.put("/cluster/nodes", {.key = {3, 5}, .value = {3, 14}});
//     places.placed("/cluster/nodes", "0 is too few", "write 1");      // place "pod.json:3:14 /cluster/nodes"
//
// Pointers are JSON pointers (RFC 6901). A pointer without a position of its own (a default, a value inside a preset) gets that of its
// nearest ancestor. Values given on the command line are placed there: "--set cluster.nodes". Costs one map entry a key.
#pragma once

#include <climits>
#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/error.h"

namespace orrery::scenarios {

/// Both count from 1; columns count characters, not bytes.
struct Position {
  int line = 1;
  int column = 1;
  auto operator<=>(const Position&) const = default;
};

/// Sorts after everything in a file: faults of the command line.
inline constexpr Position last_position{INT_MAX, INT_MAX};

/// The beginning of what is too long for a message, cut between characters.
std::string shortened(std::string text, std::size_t longest = 160);

/// `pointer` with one more step; '~' and '/' in the key are escaped.
std::string below(std::string_view pointer, std::string_view key);

class Places {
 public:
  /// Where a member's key and its value begin; the same for what has no key.
  struct Entry {
    Position key;
    Position value;
  };

  explicit Places(std::string file) : file_(std::move(file)) { put("", {}); }

  const std::string& file() const { return file_; }
  void put(const std::string& pointer, Entry entry) { entries_[prefix_ + pointer] = {entry, {}, {}, {}}; }
  /// The value at `pointer` was given elsewhere, at `source` ("--set cluster.nodes"); what stood there and below is forgotten. `given` is
  /// the pointer that the source itself names, which differs from `pointer` for the objects that had to be made on the way.
  void put_override(const std::string& pointer, const std::string& source, const std::string& given, const std::string& text = "");
  /// The places of the value at `pointer` as those of a document of its own; messages still show where it stands in the file.
  Places part(const std::string& pointer) const;

  /// A fault of the value at `pointer`, or of its key. Never fails.
  sim::Fault placed(const std::string& pointer, std::string what, std::string remedy) const;
  sim::Fault placed_at_key(const std::string& pointer, std::string what, std::string remedy) const;

  /// Whether the value at `pointer`, or what it is part of, was given by --set.
  bool is_override(const std::string& pointer) const { return !nearest(pointer).source.empty(); }

  /// As what was given for just this value was written; else empty.
  std::string text_given(const std::string& pointer) const;

  /// Sorts faults as the file is read, those of the command line last.
  Position order(const std::string& pointer) const;

 private:
  struct Known {
    Entry entry;
    std::string source;  // of an override, "" for what the file says
    std::string given;
    std::string text;
  };
  const Known& nearest(const std::string& pointer) const;
  std::string place(const Known& known, Position position, const std::string& pointer) const;

  std::string file_;
  std::string prefix_;  // the pointer of the part that is the document, "" for the whole file
  std::map<std::string, Known, std::less<>> entries_;
  int overrides_ = 0;
};

/// Faults with where they belong, to be shown in the order of the file.
struct PlacedFault {
  Position order;
  sim::Fault fault;
  sim::ErrorKind kind = sim::ErrorKind::bad_input;
};
/// Of one file: nobody reads more, and a file that is none of ours may hold millions.
inline constexpr std::size_t most_faults = 100;
void sort(std::vector<PlacedFault>& faults);
/// Throws sim::Error with all of them, sorted, if there are any; of kind unavailable only where every one is.
void throw_if_any(std::vector<PlacedFault> faults);

}  // namespace orrery::scenarios
