// Reads linear forwarding tables, as `ibroute`, `dump_lfts` and `dump_fts` print them and as OpenSM dumps them (opensm-lfts.dump), into
// Survey::tables. The devices of the Survey are the switches; cables are in other dumps:
//
//     Survey hall = read_ibnetdiscover(cables, "hall.out");
//     hall.tables = read_forwarding(tables, "hall.lft").tables;
//     const TableWalk walk = walk_tables(hall);                    // topology/table_walk.h
//
// Multicast tables among them are passed over. Time and memory are linear in the text.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Whether a line could only be of this format.
bool is_forwarding_table(std::string_view line);

/// Throws sim::Error with "file:line" for a table cut off or damaged, and for a second table of one switch.
Survey read_forwarding(std::string_view text, std::string_view file);

}  // namespace orrery::topology
