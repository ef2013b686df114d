#include <algorithm>

#include "sim/error.h"
#include "workloads/goal_schedule.h"
#include "workloads/import_goal.h"

namespace orrery::workloads {
namespace {

constexpr std::uint64_t magic = 4223;
constexpr std::uint64_t origin = 8;  // what offsets are relative to
constexpr std::uint64_t record_bytes = 39;
constexpr std::uint32_t wildcard = 0xFFFFFFFF;

class GoalBinary {
 public:
  GoalBinary(std::string_view bytes, const std::string& name, const GoalOptions& options)
      : bytes_(bytes), name_(name), schedule_(name, "operation", options) {}

  Trace read() {
    std::uint64_t at = origin;
    schedule_.set_ranks(number<std::uint32_t>(at));
    at += 2;  // the highest cpu and NIC
    for (std::int32_t rank = 0; rank < schedule_.ranks(); ++rank) {
      const auto start = number<std::uint64_t>(at);
      const auto end = number<std::uint64_t>(at);
      if (end < start || end > bytes_.size() - origin) fail("the block of rank " + std::to_string(rank) + " ends after the file");
      read_rank(rank, origin + start, origin + end);
    }
    return schedule_.take();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw sim::Error({.place = name_, .what = what, .remedy = "give a whole file as txt2bin writes it"});
  }

  /// Little-endian, wherever we run.
  template <class Number>
  Number number(std::uint64_t& at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(Number)) fail("the file ends at byte " + std::to_string(bytes_.size()));
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      value |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes_[at + i])) << (8 * i));
    }
    at += sizeof(Number);
    return value;
  }

  struct Successors {
    std::uint32_t count;
    std::uint32_t first;
  };
  struct Record {
    std::uint32_t dependencies;
    Successors ended;
    Successors begun;
  };

  Record read_record(std::uint64_t& at, std::uint32_t index) {
    const auto dependencies = number<std::uint32_t>(at);
    const auto type = number<std::uint8_t>(at);
    const auto peer = number<std::uint32_t>(at);
    const auto size = number<std::uint64_t>(at);
    const auto tag = number<std::uint32_t>(at);
    const auto cpu = number<std::uint8_t>(at);
    const auto nic = number<std::uint8_t>(at);
    if (nic != 0) schedule_.tolerate("messages on a NIC other than 0 (the machine chooses)");
    const auto amount = static_cast<std::int64_t>(std::min<std::uint64_t>(size, INT64_MAX));
    const auto or_any = [](std::uint32_t value) { return value == wildcard ? std::int64_t{-1} : std::int64_t{value}; };
    if (type == 3) {
      schedule_.add_calc(index, amount, cpu);
    } else if (type == 1 || type == 2) {
      schedule_.add_message(index, type == 1 ? TraceKind::send : TraceKind::receive, amount, or_any(peer), or_any(tag));
    } else {
      fail("operation " + std::to_string(index) + " is of type " + std::to_string(type) + ", neither send, receive nor calc");
    }
    const auto successors = [&] {
      const auto count = number<std::uint32_t>(at);
      return Successors{count, number<std::uint32_t>(at)};
    };
    const Successors ended = successors();
    return {dependencies, ended, successors()};
  }

  void read_rank(std::int32_t rank, std::uint64_t at, std::uint64_t end) {
    schedule_.begin_rank(rank);
    if (at == end) return schedule_.end_rank();
    const auto nodes = number<std::uint32_t>(at);
    const auto roots = number<std::uint32_t>(at);
    if (at > end || end - at < std::uint64_t{roots} * 4 + nodes * record_bytes) {
      fail("the block of rank " + std::to_string(rank) + " is shorter than its " + std::to_string(nodes) + " operations");
    }
    at += std::uint64_t{roots} * 4;
    std::vector<Record> records;
    records.reserve(nodes);
    for (std::uint32_t i = 0; i < nodes; ++i) records.push_back(read_record(at, i));
    std::vector<std::uint32_t> found(nodes, 0);
    const std::uint64_t appendix = at;
    for (std::uint32_t i = 0; i < nodes; ++i) {
      add_successors(appendix, end, i, records[i].ended, TraceDependency::When::ended, found);
      add_successors(appendix, end, i, records[i].begun, TraceDependency::When::begun, found);
    }
    std::int64_t others = 0;
    for (std::uint32_t i = 0; i < nodes; ++i) others += found[i] != records[i].dependencies ? 1 : 0;
    schedule_.tolerate("operations that claim another number of dependencies than they have", others);
    schedule_.end_rank();
  }

  void add_successors(std::uint64_t appendix, std::uint64_t end, std::uint32_t on, Successors successors, TraceDependency::When when,
                      std::vector<std::uint32_t>& found) {
    if (successors.count == 0) return;
    std::uint64_t at = appendix + std::uint64_t{successors.first} * 4;
    if (at > end || end - at < std::uint64_t{successors.count} * 4)
      fail("dependents of operation " + std::to_string(on) + " lie outside of its rank");
    for (std::uint32_t i = 0; i < successors.count; ++i) {
      const auto operation = number<std::uint32_t>(at);
      if (operation >= found.size() || operation == on) {
        fail("operation " + std::to_string(on) + " has the dependent " + std::to_string(operation) + " of " + std::to_string(found.size()));
      }
      ++found[operation];
      if (++edges_ > bytes_.size() / 4) fail("more dependencies than the file has room for");
      schedule_.add_dependency(static_cast<std::int32_t>(operation), static_cast<std::int32_t>(on), when);
    }
  }

  std::string_view bytes_;
  const std::string& name_;
  GoalSchedule schedule_;
  std::uint64_t edges_ = 0;  // successors may overlap: a small file could name very many
};

bool is_binary(std::string_view bytes) {
  if (bytes.size() < origin) return false;
  for (std::size_t i = 0; i < origin; ++i) {
    if (static_cast<unsigned char>(bytes[i]) != ((magic >> (8 * i)) & 0xFFU)) return false;
  }
  return true;
}

}  // namespace

Trace read_goal_binary(std::string_view bytes, const std::string& name, const GoalOptions& options) {
  return GoalBinary(bytes, name, options).read();
}

Trace read_goal(std::string_view bytes, const std::string& name, const GoalOptions& options) {
  return is_binary(bytes) ? read_goal_binary(bytes, name, options) : read_goal_text(bytes, name, options);
}

}  // namespace orrery::workloads
