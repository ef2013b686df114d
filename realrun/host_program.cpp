#include "realrun/host_program.h"

namespace orrery::realrun {
namespace {

void make_fp32(std::vector<sim::Operation>& operations) {
  for (sim::Operation& operation : operations) {
    if (auto* compute = std::get_if<sim::Compute>(&operation.action)) compute->kernel.type = sim::DataType::fp32;
    if (auto* collect = std::get_if<sim::Collect>(&operation.action)) collect->type = sim::DataType::fp32;
  }
}

}  // namespace

sim::Program in_fp32(sim::Program program) {
  for (sim::Block& block : program.blocks) make_fp32(block.operations);
  for (sim::Role& role : program.roles) {
    for (sim::Stream& stream : role.streams) make_fp32(stream.operations);
  }
  return program;
}

}  // namespace orrery::realrun
