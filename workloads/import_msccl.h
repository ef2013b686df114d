// Reads a custom algorithm as MSCCL has it (the XML that msccl-tools writes and MSCCL_XML_FILES names) into a schedule of steps.
//
//     const CollectiveSteps steps = read_msccl(text, "allreduce_allpairs.xml");       // steps.name is the algorithm's
//     program_of(steps, 1_MiB, sim::DataType::fp16)
//
//     <algo name="halves" coll="allreduce" ngpus="2" nchunksperloop="2" nchannels="1" proto="Simple" inplace="1">
//       <gpu id="0" i_chunks="2" o_chunks="2" s_chunks="0">
//         <tb id="0" send="1" recv="1" chan="0">
//           <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
//
// The file says what each block does (specs of MSCCL's interpreter): rrs and rrc add the source, rcs and rrcs write the target and send it
// on; "depid" and "deps" name a block and a step that must be done. Costs O(file), and what validate costs. Leaves out: loops over long
// buffers (nchunksperloop chunks are the whole), minBytes and maxBytes, hasdep (who depends says so), and coll="custom", of which nobody
// knows what it computes.
#pragma once

#include <string_view>

#include "workloads/collective_steps.h"

namespace orrery::workloads {

/// Throws sim::Error placed "FILE:LINE" for what is no such file, and "FILE, gpu 3, tb 1, step 2" as validate(CollectiveSteps) does for a
/// schedule that is not the collective it says it is.
CollectiveSteps read_msccl(std::string_view text, std::string_view file);

}  // namespace orrery::workloads
