// How many bytes each rank sends to each other, where these are not equally many: what an all-to-all of a mixture of experts moves.
//
//     moe.csv: a row a sender, a column a receiver          0,100,50
//                                                           10,0,20
//                                                           0,0,0
//     const ByteMatrix matrix = read_byte_matrix(text, "moe.csv");
//     matrix.at(0, 1)                                       // 100
//     matrix.most_sent()                                    // 150: what rank 0 sends
//     matrix.most_through()                                 // 150; rank 1 receives 100 and sends 30
//
// What stands on the diagonal a rank keeps: it counts as part of its buffer and crosses no link. Costs 8 bytes an entry.
// Leaves out: headings, quotes, other separators than commas, fractions of bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/units.h"

namespace orrery::workloads {

inline constexpr int max_matrix_ranks = 1024;

struct ByteMatrix {
  std::string name{};  // "matrix moe.csv", without folders: printable
  int ranks = 0;
  std::vector<std::int64_t> bytes{};  // row by row, none negative

  sim::Bytes at(int from, int to) const { return {bytes[static_cast<std::size_t>(from) * static_cast<std::size_t>(ranks) + index(to)]}; }
  /// The fullest buffer that a rank has to send, with what it keeps.
  sim::Bytes most_sent() const;
  /// The longest message.
  sim::Bytes longest() const;
  /// The most that enters a rank, or that leaves one.
  sim::Bytes most_through() const;

 private:
  static std::size_t index(int rank) { return static_cast<std::size_t>(rank); }
};

/// Throws sim::Error, placed "moe.csv:3", where rows are not as many as columns or not equally long, an entry is no whole number of bytes,
/// negative, or more than a petabyte, as a row may be, or there are more than max_matrix_ranks of them.
ByteMatrix read_byte_matrix(std::string_view text, const std::string& name);

/// The first rank receives `factor` times the mean: so much of what each sender has goes to it, in whole elements, and the others share
/// what is left evenly, the first of them an element more where it does not divide. 1 is an all-to-all.
struct Imbalance {
  double factor = 1;  // from 1 on
};
using UnequalParts = std::variant<ByteMatrix, Imbalance>;

/// What there is to send, where a matrix does not say it.
struct SentParts {
  int ranks = 1;
  std::int64_t count = 0;  // elements that a rank sends to each on average
  sim::Bytes element{1};
};
/// The matrix, or one for the imbalance. Throws sim::Error where a matrix is of other ranks, where the imbalance is more than the ranks,
/// for whom nothing is left then, or ranks are more than max_matrix_ranks.
ByteMatrix byte_matrix(const UnequalParts& unequal, SentParts parts);

}  // namespace orrery::workloads
