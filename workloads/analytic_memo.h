// What was worked out once, by a few numbers: a table for those who ask for the same over and over.
//
//     Memo<Price, 3> prices;
//     const Price& price = prices.of({tensor, micro_batch, recompute}, [&] { return work_out(); });
//
// References stay good. Costs a hash of the numbers and a look; leaves out forgetting.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

namespace orrery::workloads {

template <class Value, std::size_t Numbers>
class Memo {
 public:
  using Key = std::array<std::int64_t, Numbers>;

  template <class Make>
  const Value& of(const Key& key, const Make& make) {
    const auto known = table_.find(key);
    if (known != table_.end()) return known->second;
    return table_.emplace(key, make()).first->second;
  }
  std::size_t size() const { return table_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::uint64_t hash = 0;
      for (const std::int64_t number : key) {
        hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x9e3779b97f4a7c15ULL;  // 2^64 over the golden ratio
        hash ^= hash >> 32U;
      }
      return hash;
    }
  };
  std::unordered_map<Key, Value, Hash> table_;
};

}  // namespace orrery::workloads
