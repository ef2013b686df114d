// Which line of a text a byte stands in. For readers whose parser counts bytes.
//
//     const LineIndex lines(text);
//     lines.line(offset)              // from 1
//
// Cost: one walk over the text; a look-up is a binary search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace orrery::topology {

class LineIndex {
 public:
  explicit LineIndex(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') ends_.push_back(i);
    }
  }
  /// An offset past the end counts as the last line's.
  int line(std::size_t offset) const { return 1 + static_cast<int>(std::lower_bound(ends_.begin(), ends_.end(), offset) - ends_.begin()); }

 private:
  std::vector<std::size_t> ends_;  // of lines, in ascending order
};

}  // namespace orrery::topology
