#include "realrun/rank_work.h"

#include <map>

#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::realrun {
namespace {

/// Expands the streams of one role.
class Expansion {
 public:
  explicit Expansion(const sim::Program& program) : program_(program) {}

  RankWork of(const sim::Role& role) {
    work_.role = role.name;
    work_.events = role.events;
    for (const sim::Stream& stream : role.streams) {
      work_.streams.push_back({stream.name, {}});
      add(stream.operations);
    }
    return std::move(work_);
  }

 private:
  void add(const std::vector<sim::Operation>& operations) {
    for (const sim::Operation& operation : operations) {
      if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
        for (std::int32_t i = 0; i < call->times; ++i) add(program_.blocks[static_cast<std::size_t>(call->block)].operations);
      } else {
        add(operation);
      }
    }
  }

  void add(const sim::Operation& operation) {
    if (++steps_ > max_steps) {
      throw sim::Error({.place = "role " + work_.role,
                        .what = "has more than " + std::to_string(max_steps) + " steps, and each is timed",
                        .remedy = "play fewer layers or micro-batches for real"},
                       sim::ErrorKind::infeasible);
    }
    const auto [found, is_new] =
        numbers_.try_emplace(sim::text_of(operation, program_), static_cast<std::uint32_t>(work_.operations.size()));
    if (is_new) work_.operations.push_back(operation);
    work_.streams.back().steps.push_back(found->second);
  }

  const sim::Program& program_;
  RankWork work_;
  std::map<std::string, std::uint32_t> numbers_;  // of the operations, by their text
  std::size_t steps_ = 0;
};

const sim::Role& role_of(const sim::Program& program, std::int32_t rank) {
  for (const sim::Role& role : program.roles) {
    const std::int64_t ranks = role.ranks.size();
    for (std::int64_t i = 0; i < ranks; ++i) {
      if (role.ranks.at(i) == rank) return role;
    }
  }
  sim::check(false, "every rank has a role");
  return program.roles.front();
}

}  // namespace

RankWork rank_work(const sim::Program& program, std::int32_t rank) { return Expansion(program).of(role_of(program, rank)); }

std::vector<RankWork> works_of(const sim::Program& program) {
  std::vector<RankWork> works;
  for (std::int32_t rank = 0; rank < program.ranks; ++rank) works.push_back(rank_work(program, rank));
  return works;
}

std::string place_of(const sim::Program& program, const RankWork& work, std::int32_t rank, std::size_t stream, std::size_t step) {
  return "rank " + std::to_string(rank) + ", stream " + work.streams[stream].name + ", step " + std::to_string(step + 1) + " (" +
         sim::text_of(work.at(stream, step), program) + ")";
}

}  // namespace orrery::realrun
