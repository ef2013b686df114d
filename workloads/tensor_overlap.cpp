#include "workloads/tensor_overlap.h"

#include <algorithm>
#include <utility>

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::Operation;

constexpr std::int32_t part_ready = first_overlap_event;
constexpr std::int32_t part_done = first_overlap_event + 1;

// The `index`-th of so many parts, which add up to the whole.
std::int64_t part_of(std::int64_t whole, std::int64_t index, std::int64_t parts) {
  const std::int64_t longer = whole % parts;
  return whole / parts + (index < longer ? 1 : 0);
}

/// Walks a list and takes what it knows from its front.
class Overlapper {
 public:
  Overlapper(const std::vector<Operation>& plain, std::int64_t parts, std::int32_t group) : plain_(plain), parts_(parts), group_(group) {}

  Overlapped run() {
    while (at_ < plain_.size()) {
      const bool gathers = is_collective(0, CollectiveKind::all_gather);
      if (gathers && is_product(1) && is_product(2) && is_collective(3, CollectiveKind::reduce_scatter)) {
        beside_products();
      } else if (gathers && is_product(1)) {
        gather_in_parts();
      } else if (is_product(0) && is_collective(1, CollectiveKind::reduce_scatter)) {
        scatter_in_parts();
      } else {
        result_.main.push_back(plain_[at_++]);
      }
    }
    return std::move(result_);
  }

 private:
  bool is_collective(std::size_t ahead, CollectiveKind kind) const {
    if (at_ + ahead >= plain_.size()) return false;
    const auto* collect = std::get_if<sim::Collect>(&plain_[at_ + ahead].action);
    return collect != nullptr && collect->kind == kind && collect->communicator == group_;
  }
  bool is_product(std::size_t ahead) const {
    if (at_ + ahead >= plain_.size()) return false;
    const auto* compute = std::get_if<sim::Compute>(&plain_[at_ + ahead].action);
    return compute != nullptr && compute->kernel.kind == sim::KernelKind::gemm && compute->kernel.shape[3] == 1;
  }

  void record_ready() { result_.main.push_back({0, sim::Record{part_ready}}); }
  void await_done() { result_.main.push_back({0, sim::Wait{part_done}}); }
  /// A part of a collective: when the main stream has come so far, which may wait for its end.
  void append_beside(const Operation& collective, std::int64_t index, std::int64_t parts) {
    Operation part = collective;
    auto& collect = std::get<sim::Collect>(part.action);
    collect.count = part_of(collect.count, index, parts);
    result_.beside.push_back({0, sim::Wait{part_ready}});
    result_.beside.push_back(part);
    result_.beside.push_back({0, sim::Record{part_done}});
  }
  /// Of its rows, which are tokens.
  void append_product(const Operation& product, std::int64_t index, std::int64_t parts) {
    Operation part = product;
    std::int64_t& rows = std::get<sim::Compute>(part.action).kernel.shape[0];
    rows = part_of(rows, index, parts);
    result_.main.push_back(part);
  }
  /// No part is empty.
  std::int64_t parts_for(const Operation& collective, const Operation& product) const {
    return std::min({parts_, std::get<sim::Collect>(collective.action).count, std::get<sim::Compute>(product.action).kernel.shape[0]});
  }

  void gather_in_parts() {
    const Operation& gather = plain_[at_];
    const Operation& product = plain_[at_ + 1];
    const std::int64_t parts = parts_for(gather, product);
    for (std::int64_t i = 0; i < parts; ++i) {
      record_ready();
      append_beside(gather, i, parts);
    }
    for (std::int64_t i = 0; i < parts; ++i) {
      await_done();
      append_product(product, i, parts);
    }
    at_ += 2;
  }

  void scatter_in_parts() {
    const Operation& product = plain_[at_];
    const Operation& scatter = plain_[at_ + 1];
    const std::int64_t parts = parts_for(scatter, product);
    for (std::int64_t i = 0; i < parts; ++i) {
      append_product(product, i, parts);
      record_ready();
      append_beside(scatter, i, parts);
    }
    for (std::int64_t i = 0; i < parts; ++i) await_done();
    at_ += 2;
  }

  void beside_products() {
    for (const std::size_t collective : {at_, at_ + 3}) {
      record_ready();
      append_beside(plain_[collective], 0, 1);
      result_.main.push_back(plain_[collective == at_ ? at_ + 1 : at_ + 2]);
      await_done();
    }
    at_ += 4;
  }

  const std::vector<Operation>& plain_;
  std::int64_t parts_;
  std::int32_t group_;
  std::size_t at_ = 0;
  Overlapped result_;
};

}  // namespace

Overlapped overlap_tensor(const std::vector<Operation>& plain, std::int64_t parts, std::int32_t group) {
  return Overlapper(plain, parts, group).run();
}

}  // namespace orrery::workloads
