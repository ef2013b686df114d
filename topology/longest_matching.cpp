#include "topology/longest_matching.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

namespace orrery::topology {
namespace {

using Leaves = std::vector<std::vector<Port>>;  // ports by leaf

Leaves leaves_of(const Shape& shape, const std::vector<Port>& ports) {
  Leaves leaves;
  for (const Port& port : ports) {
    if (leaves.empty() || leaf_of(shape, leaves.back().front()) != leaf_of(shape, port)) leaves.emplace_back();
    leaves.back().push_back(port);
  }
  return leaves;
}

int hops_between(const Fabric& fabric, const Leaves& leaves, std::size_t from, std::size_t to) {
  if (from == to && leaves[from].size() == 1) return 0;
  return fabric.hops(leaves[from].front(), from == to ? leaves[to].back() : leaves[to].front());
}

/// So many ports of a leaf that send to another.
struct Match {
  std::size_t from = 0;
  std::size_t to = 0;
  int ports = 0;
};

/// Senders are rows, receivers columns. Potentials keep every length `cost - row - column` at 0 or above, and at 0 where something is
/// matched; a shortest way from a sender to a receiver with room then keeps the whole matching cheapest.
class Transport {
 public:
  Transport(const Fabric& fabric, const Leaves& leaves) : leaves_(leaves.size()) {
    cost_.resize(leaves_ * leaves_);
    matched_.resize(leaves_ * leaves_);
    for (std::size_t row = 0; row < leaves_; ++row) {
      room_.push_back(static_cast<int>(leaves[row].size()));
      for (std::size_t column = 0; column < leaves_; ++column) cost_[at(row, column)] = -hops_between(fabric, leaves, row, column);
    }
    for (std::size_t row = 0; row < leaves_; ++row) of_row_.push_back(*std::min_element(&cost_[at(row, 0)], &cost_[at(row, 0)] + leaves_));
    of_column_.assign(leaves_, 0);
  }

  void send(std::size_t row, int ports) {
    while (ports > 0) ports -= augmented(row, ports);
  }

  std::vector<Match> matches() const {
    std::vector<Match> all;
    for (std::size_t row = 0; row < leaves_; ++row) {
      for (std::size_t column = 0; column < leaves_; ++column) {
        if (matched_[at(row, column)] > 0) all.push_back({row, column, matched_[at(row, column)]});
      }
    }
    return all;
  }

 private:
  static constexpr int far = std::numeric_limits<int>::max();
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  std::size_t at(std::size_t row, std::size_t column) const { return row * leaves_ + column; }

  /// Matches up to `ports` more of a row, along one shortest way, and says how many.
  int augmented(std::size_t row, int ports) {
    length_of_column_.assign(leaves_, far);
    is_done_.assign(leaves_, false);
    row_before_.assign(leaves_, nowhere);
    column_before_.assign(leaves_, nowhere);
    reached_.assign(1, {row, 0});
    extend(row, 0);
    for (;;) {
      const std::size_t column = nearest();
      is_done_[column] = true;
      if (room_[column] > 0) {
        shift_potentials(length_of_column_[column]);
        return match_along(row, column, ports);
      }
      for (std::size_t other = 0; other < leaves_; ++other) {
        if (other == row || column_before_[other] != nowhere || matched_[at(other, column)] == 0) continue;
        column_before_[other] = column;
        reached_.push_back({other, length_of_column_[column]});
        extend(other, length_of_column_[column]);
      }
    }
  }

  void extend(std::size_t row, int length) {
    for (std::size_t column = 0; column < leaves_; ++column) {
      const int by_row = length + cost_[at(row, column)] - of_row_[row] - of_column_[column];
      if (is_done_[column] || by_row >= length_of_column_[column]) continue;
      length_of_column_[column] = by_row;
      row_before_[column] = row;
    }
  }

  std::size_t nearest() const {
    std::size_t best = nowhere;
    for (std::size_t column = 0; column < leaves_; ++column) {
      if (!is_done_[column] && (best == nowhere || length_of_column_[column] < length_of_column_[best])) best = column;
    }
    return best;
  }

  void shift_potentials(int length) {
    for (const auto& [row, to_row] : reached_) of_row_[row] += length - to_row;
    for (std::size_t column = 0; column < leaves_; ++column) {
      if (is_done_[column]) of_column_[column] -= length - length_of_column_[column];
    }
  }

  int match_along(std::size_t row, std::size_t last, int ports) {
    int most = std::min(ports, room_[last]);
    for (std::size_t other = row_before_[last]; other != row; other = row_before_[column_before_[other]]) {
      most = std::min(most, matched_[at(other, column_before_[other])]);
    }
    room_[last] -= most;
    for (std::size_t column = last;;) {
      const std::size_t other = row_before_[column];
      matched_[at(other, column)] += most;
      if (other == row) return most;
      column = column_before_[other];
      matched_[at(other, column)] -= most;
    }
  }

  struct Reached {
    std::size_t row = 0;
    int length = 0;
  };

  std::size_t leaves_;
  std::vector<int> cost_;
  std::vector<int> matched_;
  std::vector<int> room_;  // of columns
  std::vector<int> of_row_;
  std::vector<int> of_column_;
  std::vector<int> length_of_column_;
  std::vector<bool> is_done_;               // columns whose length is final
  std::vector<std::size_t> row_before_;     // by column, on the way there
  std::vector<std::size_t> column_before_;  // by row
  std::vector<Reached> reached_;
};

std::vector<Match> exact_matches(const Fabric& fabric, const Leaves& leaves) {
  Transport transport(fabric, leaves);
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) transport.send(leaf, static_cast<int>(leaves[leaf].size()));
  return transport.matches();
}

std::vector<Match> greedy_matches(const Fabric& fabric, const Leaves& leaves) {
  std::vector<int> room;
  for (const auto& ports : leaves) room.push_back(static_cast<int>(ports.size()));
  std::vector<Match> all;
  for (std::size_t from = 0; from < leaves.size(); ++from) {
    for (int left = static_cast<int>(leaves[from].size()); left > 0; left -= all.back().ports) {
      int farthest = -1;
      std::size_t to = 0;
      for (std::size_t other = 0; other < leaves.size(); ++other) {
        const int far = room[other] > 0 ? hops_between(fabric, leaves, from, other) : -1;
        if (far > farthest) {
          farthest = far;
          to = other;
        }
      }
      all.push_back({from, to, std::min(left, room[to])});
      room[to] -= all.back().ports;
    }
  }
  return all;
}

/// Ports that stay on their leaf come first, each with its neighbour: a receiver is always one place further on than as many senders.
void append_ports(const Leaves& leaves, std::vector<Match> matches, Traffic& traffic) {
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return std::tuple(a.from != a.to, a.from, a.to) < std::tuple(b.from != b.to, b.from, b.to);
  });
  std::vector<std::size_t> sent(leaves.size());
  std::vector<std::size_t> received(leaves.size());
  for (const Match& match : matches) {
    for (int port = 0; port < match.ports; ++port) {
      const Port from = leaves[match.from][sent[match.from]++];
      const Port to = leaves[match.to][++received[match.to] % leaves[match.to].size()];
      if (from != to) traffic.push_back({from, to});
    }
  }
}

}  // namespace

LongestMatching longest_matching(const Fabric& fabric, int most_leaves) {
  LongestMatching found;
  const auto lists = ports_in_leaf_order(fabric.shape());
  for (const std::vector<Port>& ports : lists) {
    const Leaves leaves = leaves_of(fabric.shape(), ports);
    const bool exact = static_cast<int>(leaves.size()) <= most_leaves;
    found.exact = found.exact && exact;
    const std::vector<Match> matches = exact ? exact_matches(fabric, leaves) : greedy_matches(fabric, leaves);
    for (const Match& match : matches) found.hops += std::int64_t{match.ports} * hops_between(fabric, leaves, match.from, match.to);
    append_ports(leaves, matches, found.traffic);
  }
  return found;
}

}  // namespace orrery::topology
