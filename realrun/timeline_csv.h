// A measured Timeline as a table: a line a span, for spreadsheets and for whoever compares.
//
//     rank,stream,step,label,operation,posted_ps,begun_ps,ended_ps
//     0,main,1,compute,gemm fp32 m=128 n=128 k=128 batch=1,0,0,41200000
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "realrun/rank_work.h"
#include "sim/program.h"
#include "sim/timeline.h"

namespace orrery::realrun {

/// In order of rank, stream and step; steps count from 1. `timeline` is of play_for_real.
std::string timeline_csv(const sim::Program& program, const sim::Timeline& timeline);

/// Back again, as play_for_real had it. Throws sim::Error, placed NAME:LINE, where it is no such table or none of that Program.
sim::Timeline timeline_from_csv(const sim::Program& program, std::string_view text, std::string_view name);

}  // namespace orrery::realrun
