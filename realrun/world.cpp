#include "realrun/world.h"

#include <algorithm>
#include <array>
#include <exception>

#include "sim/error.h"

namespace orrery::realrun {
namespace {

constexpr std::array fault_kinds = {sim::ErrorKind::bad_input, sim::ErrorKind::infeasible, sim::ErrorKind::unavailable,
                                    sim::ErrorKind::threshold};

/// What a rank tells the others of its fault: a letter for the kind, and the text.
std::string fault_text(sim::ErrorKind kind, const std::string& what) {
  const auto index = std::ranges::find(fault_kinds, kind) - fault_kinds.begin();
  return static_cast<char>('0' + index) + what;
}

sim::ErrorKind fault_kind(const std::string& text) { return fault_kinds.at(static_cast<std::size_t>(text.front() - '0')); }

}  // namespace

void together(World& world, const std::function<void()>& action) {
  std::string own;
  std::exception_ptr thrown;
  try {
    action();
  } catch (const sim::Error& error) {
    own = fault_text(error.kind(), error.what());
    thrown = std::current_exception();
  } catch (const std::exception& error) {
    own = fault_text(sim::ErrorKind::unavailable, error.what());
    thrown = std::current_exception();
  }
  const std::vector<std::string> texts = world.gather(own);
  if (thrown && std::ranges::all_of(texts, [&](const std::string& text) { return text == own; })) {
    std::rethrow_exception(thrown);
  }
  std::vector<sim::Fault> faults;
  sim::ErrorKind kind = sim::ErrorKind::unavailable;
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    if (texts[rank].empty()) continue;
    if (faults.empty()) kind = fault_kind(texts[rank]);
    faults.push_back({.place = "rank " + std::to_string(rank), .what = texts[rank].substr(1)});
  }
  if (!faults.empty()) throw sim::Error(std::move(faults), kind);
}

}  // namespace orrery::realrun
