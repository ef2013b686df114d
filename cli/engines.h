// --engine and --fold: which engine plays, how finely communication is cut for it, and by what constants.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "scenarios/scenario.h"
#include "sim/engine.h"
#include "workloads/lower.h"
#include "workloads/training_run.h"

namespace orrery::cli {

struct EngineChoice {
  std::string engine = "fluid";
  std::string fold = "on";
};

void add_engine_options(CLI::App& command, EngineChoice& choice);

/// The closed form, which plays nothing: workloads/analytic.h.
bool is_analytic(const EngineChoice& choice);

/// Throws sim::Error (unavailable) for an engine that is not built in, or plays nothing.
std::unique_ptr<sim::Engine> make_engine(const EngineChoice& choice);

/// Of a scenario with a workload.
workloads::Stack stack_of(const scenarios::Scenario& scenario);

/// Rings as one flow for `fluid`, a flow an edge for engines that see each of them.
workloads::Granularity granularity_for(const EngineChoice& choice);

/// What to say of a play that saw what its granularity only approximates (sim::Timeline::irregular).
inline constexpr const char* note_on_irregular =
    "rings that one link holds up cross other contended links: one rate for all of a ring is then an approximation (the time of such a "
    "ring is within about 10 % in 9 cases of 10); compare with --engine transfer";

/// How such an engine plays on such a machine.
workloads::Conduct conduct_of(const EngineChoice& choice, const topology::Condition& condition);

/// SimGrid plays neither noise nor changes.
bool plays_noise(const EngineChoice& choice);
/// Nor does it slow kernels down beside collectives.
bool plays_interference(const EngineChoice& choice);

}  // namespace orrery::cli
