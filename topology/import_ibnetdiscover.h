// Reads what `ibnetdiscover` (infiniband-diags) prints of an InfiniBand fabric, in both its forms: the classical topology file, block by
// block, and the ports report of `ibnetdiscover -p`, one line a port. Which it is, is seen from the text. Also the lists of nodes (-l, -S,
// -H), which hold no cables. The report knows adapters by the GUIDs of their ports: one with two ports is two devices of one name there.
//
//     const Survey survey = read_ibnetdiscover(read_file("hall.out"), "hall.out");
//
// Cables stand in a file twice, once from each end; one that only one end names is kept with reciprocal = false and a remark. Lines that
// are no part of the format (messages of other programs caught in the file) are skipped and counted; more than a tenth of them is refused.
// Where the ends disagree about the rate, the slower counts, with a remark. Time and memory are linear in the text.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

enum class IbnetdiscoverForm { none, blocks, report };
/// Which form a single line gives away. Comments and ports of the classical form give nothing away.
IbnetdiscoverForm ibnetdiscover_form(std::string_view line);

/// Throws sim::Error with "file:line" for a port cabled twice, a cable to a device that the file does not have, an unknown width or speed
/// (but "???", a port without signal), a file cut off in the middle of a block, and a file that is none.
Survey read_ibnetdiscover(std::string_view text, std::string_view file);

}  // namespace orrery::topology
