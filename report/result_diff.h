// Two results side by side: what of their scenarios differs, and by how much every figure.
//
//     const ResultDiff found = diff_of(first_json, second_json);
//     found.largest();                                  // 0.031: the figure that differs most does by 3.1 %
//     diff_text(found, 0.01, style);                    // those that differ by more than 1 % marked
//
// What a simulation cost is no result. Figures are aligned by key; lists by place. Texts (the bottleneck's name) have no distance, nor have
// links that one of two engines does not see: they are shown where they differ and never count against a tolerance. Parts of a whole (of
// the breakdown, of memory, of energy and GPU-seconds, of money) are judged by the first's whole: five idle seconds of 24,500 are 0.02 %.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/terminal_style.h"

namespace orrery::report {

struct Difference {
  std::string key;    // "result.breakdown_seconds.data"
  std::string first;  // as JSON; "" where there is none of that key
  std::string second;
  /// Second less first, over the first, or over the first's whole of which they are parts (one that is missing is zero then); infinite
  /// where one of them is missing or no number, or what divides is zero; 0 of what has no distance.
  double relative = 0;
};

struct ResultDiff {
  std::vector<Difference> scenario;  // what differs, in order of keys
  std::vector<Difference> figures;   // the same of results
  int same = 0;                      // figures that agree

  /// Of figures: the largest magnitude of `relative`; 0 where all agree.
  double largest() const;
};

/// Throws sim::Error, placed at `file` that holds it, where a document has no scenario or no result.
void check_result(const nlohmann::ordered_json& document, const std::string& file);

/// Of two that check_result lets pass.
ResultDiff diff_of(const nlohmann::ordered_json& first, const nlohmann::ordered_json& second);

/// Figures that differ by more than `tolerance` are marked.
std::string diff_text(const ResultDiff& diff, double tolerance, const TerminalStyle& style);
std::string diff_json(const ResultDiff& diff, double tolerance);

}  // namespace orrery::report
