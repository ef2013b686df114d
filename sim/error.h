// Two ways to fail, never mixed: the user's mistake (Error, with place, fault and remedy) and ours (check, a bug).
//
//     throw Error(Fault{.place = "pod.json:12:15 /cluster/link", .what = "\"400\" has no unit", .remedy = "write e.g. \"400 Gbit/s\""});
//     check(rate > 0, "a started fluid has a rate");
//
// Both are caught in main alone, which turns them into exit codes.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::sim {

/// One thing wrong with what the user gave. Printed as "place: what; remedy", empty parts left out. An Error shows what it quotes of files
/// and command lines made printable (sim/printable.h).
struct Fault {
  std::string place{};
  std::string what{};
  std::string remedy{};
};
std::string to_text(const Fault& fault);

/// Why the program cannot go on; each has its own exit code.
enum class ErrorKind { bad_input, infeasible, unavailable, threshold };

class Error : public std::runtime_error {
 public:
  explicit Error(Fault fault, ErrorKind kind = ErrorKind::bad_input);
  /// Every fault of a file at once, in the order of the file. `faults` must not be empty.
  explicit Error(std::vector<Fault> faults, ErrorKind kind = ErrorKind::bad_input);

  const std::vector<Fault>& faults() const { return faults_; }
  ErrorKind kind() const { return kind_; }

 private:
  std::vector<Fault> faults_;
  ErrorKind kind_;
};

[[noreturn]] void fail_check(const char* what, std::source_location where);
/// Throws std::logic_error naming file and line unless `holds`. Always compiled in.
inline void check(bool holds, const char* what, std::source_location where = std::source_location::current()) {
  if (!holds) fail_check(what, where);
}

/// The candidate nearest to `name`, or "" where none is near enough to be a slip of the hand: at most a third of the name's letters
/// inserted, left out, replaced or swapped with their neighbour. Upper and lower case count as equal; of equally near ones the first is
/// taken.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace orrery::sim
