// The nodes of one rank's Chakra file as operations of a trace (workloads/import_chakra.h says what becomes of what).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/chakra_file.h"
#include "workloads/chakra_groups.h"
#include "workloads/import_chakra.h"

namespace orrery::workloads {

/// What time is booked under, in order of first use.
class ChakraLabels {
 public:
  /// Of at most 255: the last stands for those beyond.
  std::uint8_t number_of(std::string_view name);
  /// At least one.
  std::vector<std::string> names() const;

 private:
  std::vector<std::string> names_;
};

struct ChakraSense {
  const ChakraGroups& groups;
  CommSize comm_size;
  sim::Bytes eager;
};

/// Adds to `trace` what it let pass and, of our own exports, the exact operations. Throws sim::Error with file and node.
TraceRank chakra_rank_of(const ChakraFile& file, const std::string& name, const ChakraSense& sense, ChakraLabels& labels, Trace& trace);

}  // namespace orrery::workloads
