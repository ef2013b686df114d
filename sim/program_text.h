// The stable text form of a Program: one operation a line, `#` comments.
//
//     orrery-program 1
//     name "hello"
//     ranks 4
//     labels compute data
//     communicator world groups 0 members 4*1
//     block layer
//       compute: gemm fp16 m=4096 n=4096 k=4096 batch=1
//       data: all_reduce fp16 524288 world
//     role all ranks 0+4*1 events 1
//       stream main
//         call layer 12
//         record 0
//       stream side
//         wait 0
//         data: send 1048576 to +0 tag 3
//         data: receive 1048576 from any tag any
//         compute: busy 1300000ps
//         compute: pause 2000000ps
//         compute: copy to_host 4096
//         record 0 begun
//
// The grammar; capitals are what is filled in, [] may be left out:
//     orrery-program 1                        the version of the form
//     name "TEXT"                             \" and \\ stand for " and \ in it
//     ranks N
//     labels LABEL...
//     communicator NAME groups LATTICE members EXTENTS
//     block NAME                              then its operations, indented by 2 blanks
//     role NAME ranks LATTICE events N        then its streams, indented by 2:
//       stream NAME                           then its operations, indented by 4
// The first four lines stand in this order; after them a communicator, label or block stands above whatever names it. Operations:
//     LABEL: KERNEL TYPE PARAMETER=N...       all parameters of the kernel (sim/kernel.h), in order; TYPE is fp32 fp16 bf16 fp8 int8
//     LABEL: busy Nps                         picoseconds of the device
//     LABEL: pause Nps                        picoseconds of the stream alone
//     LABEL: COLLECTIVE TYPE N COMMUNICATOR   N elements (0 for barrier)
//     LABEL: send N to OFFSET tag N           N bytes; OFFSET has a sign, +64 or -64, and is added to the own rank
//     LABEL: receive N from OFFSET tag N      "any" for OFFSET, for the tag or for both
//     LABEL: copy KIND N                      N bytes; device, to_host, from_host, host, to_storage or from_storage
//     record EVENT [begun]    wait EVENT    call BLOCK TIMES
// LATTICE is FIRST or FIRST+EXTENTS, EXTENTS are COUNT*STRIDE joined by '+'; a communicator without extents has members "self". Numbers are
// decimal integers. Words are separated by blanks, lines by line feeds (a carriage return before one is ignored); blank lines are ignored,
// and from a '#' outside quotes on so is the rest of a line.
//
// program_from(text_of(p)) == p for every valid p, and text_of is canonical: equal Programs, equal bytes. Reading and writing cost O(text).
#pragma once

#include <string>
#include <string_view>

#include "sim/program.h"

namespace orrery::sim {

/// `program` must be valid.
std::string text_of(const Program& program);

/// One operation of it as its line has it, without the blanks before: "compute: busy 1300000ps".
std::string text_of(const Operation& operation, const Program& program);

/// Reads and validates. Throws sim::Error with the faults found (one a line, the first 20), placed as "NAME:LINE:COLUMN" and in the order
/// of the text; an unknown word gets the nearest known one. Columns count bytes from 1.
Program program_from(std::string_view text, std::string_view name);

}  // namespace orrery::sim
