// Random valid Programs for property tests: a grid of ranks, cut into roles along its slowest dimension, with everything that a Program may
// hold: every kind of operation, nested calls, lattices of several extents, falling strides, negative offsets and wildcards.
//
//     const Program program = RandomProgram(seed).make();
//
// They are valid, not sensible: most would wait for each other for ever.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/program.h"
#include "sim/random.h"

namespace orrery::sim {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed, 0) {}

  Program make() {
    inner_ = 1 + below(4);
    outer_ = 1 + below(5);
    roles_ = 1 + below(4);
    program_.name = std::vector<std::string>{"", "plain", "with \"quotes\" and \\", "# 530B caf\xc3\xa9", "\\\"\\"}[below(5)];
    program_.ranks = inner_ * outer_ * roles_;
    for (std::int32_t i = 0, n = 1 + below(5); i < n; ++i) program_.labels.push_back("label" + std::to_string(i));
    make_communicators();
    for (std::int32_t i = 0, n = below(8); i < n; ++i) {
      const std::int32_t owner = i % roles_;
      program_.blocks.push_back({"block." + std::to_string(i), operations(owner, i)});
    }
    for (std::int32_t i = 0; i < roles_; ++i) make_role(i);
    return program_;
  }

 private:
  std::int32_t below(std::int32_t bound) { return static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(bound))); }
  std::int64_t size() { return std::int64_t{1} << below(40); }
  std::int32_t role_size() const { return inner_ * outer_; }

  void make_communicators() {
    const std::vector<Extent> roles{{roles_, role_size()}};
    program_.communicators = {
        {"world", {0, {}}, {{program_.ranks, 1}}},
        {"inner", {0, {{outer_, inner_}, {roles_, role_size()}}}, {{inner_, 1}}},
        {"outer-falling", {inner_ * (outer_ - 1), {{inner_, 1}, {roles_, role_size()}}}, {{outer_, -inner_}}},
        {"across", {0, {{role_size(), 1}}}, roles},
        {"two-dimensional", {0, roles}, {{inner_, 1}, {outer_, inner_}}},
        {"self", {program_.ranks - 1, {{program_.ranks, -1}}}, {}},
    };
    for (std::int32_t i = 0; i < roles_; ++i) {  // the only one that not all roles may call, at index 6 + role
      program_.communicators.push_back({"own" + std::to_string(i), {i * role_size(), {}}, {{role_size(), 1}}});
    }
  }

  void make_role(std::int32_t index) {
    const std::int32_t first = index * role_size();
    const std::vector<Lattice> shapes{{first, {{role_size(), 1}}},
                                      {first, {{inner_, 1}, {outer_, inner_}}},
                                      {first + role_size() - 1, {{role_size(), -1}}},
                                      {first, {{1, 99}, {outer_, inner_}, {inner_, 1}}}};
    Role role{"role" + std::to_string(index), shapes[static_cast<std::size_t>(below(4))], events, {}};
    for (std::int32_t i = 0, n = 1 + below(3); i < n; ++i) {
      role.streams.push_back({"stream" + std::to_string(i), operations(index, static_cast<std::int32_t>(program_.blocks.size()))});
    }
    program_.roles.push_back(std::move(role));
  }

  /// For ranks of one role; calls only blocks below `limit` of that role.
  std::vector<Operation> operations(std::int32_t role, std::int32_t limit) {
    std::vector<Operation> list;
    for (std::int32_t i = 0, n = below(12); i < n; ++i) {
      const auto label = static_cast<std::uint8_t>(below(static_cast<std::int32_t>(program_.labels.size())));
      switch (below(10)) {
        case 0:
          list.push_back({label, Compute{kernel()}});
          break;
        case 1:
          list.push_back({label, Busy{{below(3) == 0 ? INT64_MAX : size() - 1}}});
          break;
        case 2:
          list.push_back({label, collective(role)});
          break;
        case 3:
          list.push_back({label, Send{{size() - 1}, offset(role), tag()}});
          break;
        case 4:
          list.push_back({label, receive(role)});
          break;
        case 5:
          list.push_back({label, Copy{static_cast<CopyKind>(below(copy_kind_count)), {size()}}});
          break;
        case 6:
          list.push_back({0, Record{below(events), below(2) == 0 ? Record::When::done : Record::When::begun}});
          break;
        case 7:
          list.push_back({0, Wait{below(events)}});
          break;
        case 8:
          list.push_back({label, Pause{{size() - 1}}});
          break;
        default:
          // Blocks of a role are `roles_` apart. Few calls each, for they nest.
          if (role < limit) list.push_back({0, Call{role + roles_ * below((limit - role - 1) / roles_ + 1), 1 + below(9)}});
      }
    }
    return list;
  }

  Kernel kernel() {
    const auto kind = static_cast<KernelKind>(below(kernel_kind_count));
    Kernel kernel{kind, static_cast<DataType>(below(data_type_count)), {1, 1, 1, 1}};
    for (std::size_t i = 0; i < kernel_traits(kind).parameters.size(); ++i) kernel.shape[i] = 1 + below(900);
    return kernel;
  }
  Collect collective(std::int32_t role) {
    const auto kind = static_cast<CollectiveKind>(below(collective_kind_count));
    const std::int32_t communicator = below(7);
    return {kind, kind == CollectiveKind::barrier ? 0 : size(), static_cast<DataType>(below(data_type_count)),
            communicator == 6 ? 6 + role : communicator, below(4) == 0 ? 1 + below(9) : 1};
  }
  std::int32_t offset(std::int32_t role) { return (below(roles_) - role) * role_size(); }
  std::int32_t tag() { return below(2) == 0 ? below(9) : std::numeric_limits<std::int32_t>::min() + below(9); }
  Receive receive(std::int32_t role) {
    Receive receive{{size()}, std::nullopt, std::nullopt};
    if (below(3) != 0) receive.offset = offset(role);
    if (below(3) != 0) receive.tag = tag();
    return receive;
  }

  static constexpr std::int32_t events = 3;
  Random random_;
  std::int32_t inner_ = 1, outer_ = 1, roles_ = 1;
  Program program_;
};

}  // namespace orrery::sim
