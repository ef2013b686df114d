#include "sim/program.h"

#include <iterator>

#include "sim/error.h"
#include "sim/program_faults.h"

namespace orrery::sim {
namespace {

std::string words_for(const Program& program, const ProgramPlace& place) {
  const auto at = [](const auto& list, std::int32_t index) -> const auto& { return list[static_cast<std::size_t>(index)]; };
  std::string words;
  switch (place.part) {
    case ProgramPart::name:
      return "name";
    case ProgramPart::ranks:
      return "ranks";
    case ProgramPart::labels:
      return "labels";
    case ProgramPart::communicator:
      return "communicator " + at(program.communicators, place.index).name;
    case ProgramPart::block:
      words = "block " + at(program.blocks, place.index).name;
      break;
    case ProgramPart::role: {
      const Role& role = at(program.roles, place.index);
      words = "role " + role.name;
      if (place.stream >= 0) words += ", stream " + at(role.streams, place.stream).name;
      break;
    }
  }
  if (place.operation >= 0) words += ", operation " + std::to_string(place.operation + 1);
  return words;
}

}  // namespace

std::int64_t Lattice::size() const {
  std::int64_t size = 1;
  for (const Extent& extent : extents) {
    check(extent.count >= 0 && !__builtin_mul_overflow(size, std::int64_t{extent.count}, &size), "a lattice's size fits 64 bits");
  }
  return size;
}

std::int32_t Lattice::at(std::int64_t index) const {
  std::int64_t value = first;
  for (const Extent& extent : extents) {
    value += index % extent.count * extent.stride;
    index /= extent.count;
  }
  return static_cast<std::int32_t>(value);
}

bool takes_time(const Operation& operation) {
  const auto& action = operation.action;
  return !std::holds_alternative<Record>(action) && !std::holds_alternative<Wait>(action) && !std::holds_alternative<Call>(action);
}

void validate(const Program& program) {
  std::vector<Fault> faults;
  for (const ProgramFault& fault : faults_of(program)) faults.push_back({words_for(program, fault.place), fault.what, fault.remedy});
  if (!faults.empty()) throw Error(std::move(faults));
}

std::string_view name_of(CollectiveKind kind) {
  constexpr std::string_view names[] = {"all_reduce", "all_gather", "reduce_scatter", "broadcast", "reduce",
                                        "all_to_all", "gather",     "scatter",        "barrier"};
  static_assert(std::size(names) == collective_kind_count);
  check(static_cast<int>(kind) < collective_kind_count, "a collective is of a known kind");
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(CopyKind kind) {
  constexpr std::string_view names[] = {"device", "to_host", "from_host", "host", "to_storage", "from_storage"};
  static_assert(std::size(names) == copy_kind_count);
  check(static_cast<int>(kind) < copy_kind_count, "a copy is of a known kind");
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace orrery::sim
