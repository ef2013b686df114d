// What an iteration takes in joules and in dollars, by who takes it.
//
//     const ByActivity seconds = gpu_seconds(run.program, run.timeline, times, software);
//     const Costs costs = costs_of({job.gpus(), first_gpu(job, spec), run.iteration.iteration, seconds}, cluster, prices);
//     if (costs.energy) costs.energy->total();                      // joules at the meter; else costs.no_energy says why not
//
// Energy. A GPU draws what its kind draws for what it does (workloads/price_list.h): it runs kernels bound by arithmetic or by memory, as
// long as these take alone at the stack's pace; it is idle from the end of its rank on; else it waits or communicates. So what is
// communicated beside kernels is not counted twice, and of kernels that are slowed down (by collectives beside them, by noise, on a slow
// GPU) the rest counts as waiting: how much less they draw then depends on what slows them. Hosts are busy and
// the network is loaded all the while. Times PUE:
//
//     joules = PUE * (sum of watts * seconds over GPUs and activities + (hosts + network) * iteration)
//
// Money. Owned: nodes and network by the year of their depreciation, upkeep a share of what was paid, space by the most that can be drawn,
// and the energy. Rented: GPU-hours alone.
//
// A job bears the share of its GPUs: of nodes that it has a part of, and of the network of the whole cluster. What the rest of the machine
// costs meanwhile, and hours in which nobody uses it, are nobody's. Leaves out: storage, staff, interest, taxes, what is emitted when
// things are made, and what GPUs draw beyond their four levels (clocks, temperature, values of operands).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/program.h"
#include "sim/timeline.h"
#include "topology/cluster.h"
#include "workloads/kernel_times.h"
#include "workloads/price_list.h"
#include "workloads/software.h"

namespace orrery::workloads {

/// Something of all GPUs together, by what they do: seconds, joules.
struct ByActivity {
  double arithmetic = 0;  // kernels bound by it; measured times of traces count here
  double memory = 0;      // kernels bound by it
  double waiting = 0;     // collectives, transfers, and what is waited for: GPUs spin
  double idle = 0;        // nothing to do until the iteration is over
  double all() const { return arithmetic + memory + waiting + idle; }
};

/// What the ranks' GPUs did in an iteration: sums to ranks x iteration. `times` are those that the Program was played with. Costs a look
/// at every operation as written, and at every rank where the Timeline has classes.
ByActivity gpu_seconds(const sim::Program& program, const sim::Timeline& timeline, const KernelTimes& times, const Software& software);

inline constexpr double joules_a_kwh = 3.6e6;

/// Joules of an iteration. The parts sum to the total.
struct Energy {
  ByActivity gpus{};
  double hosts = 0;
  double network = 0;   // adapters, switches and cables
  double facility = 0;  // what the building draws besides
  double kg_co2 = 0;
  double most_watts = 0;  // that can be drawn, at the meter: were all GPUs in the costliest kernels at once
  double machine() const { return gpus.all() + hosts + network; }
  double total() const { return machine() + facility; }
  double kwh() const { return total() / joules_a_kwh; }
};

/// Dollars of an iteration. The parts sum to the total; those that the terms do not have are 0.
struct Money {
  Terms terms = Terms::own;
  double nodes = 0;    // with GPUs and adapters
  double network = 0;  // switches and cables
  double upkeep = 0;
  double space = 0;
  double energy = 0;
  double rent = 0;
  double total() const { return nodes + network + upkeep + space + energy + rent; }
};

struct Costs {
  double gpu_hours = 0;
  ByActivity gpu_seconds{};
  std::optional<Energy> energy{};
  std::optional<Money> money{};
  std::vector<std::string> no_energy{};  // why it is not known: prices that are not there and where to add them, or what is not modelled
  std::vector<std::string> no_money{};   // likewise
};

/// What a job holds of the machine, and for how long.
struct Held {
  std::int64_t gpus = 0;    // all of one kind, each with a rank
  topology::GpuId first{};  // one of them
  sim::Duration iteration{};
  ByActivity gpu_seconds{};
};

/// The same, with nothing known of energy and money, and why.
Costs unknown(Costs costs, const std::string& why);

/// Without a list nothing is known, nor of an iteration that takes no time.
Costs costs_of(const Held& held, const topology::Cluster& cluster, const std::optional<PriceList>& prices);

}  // namespace orrery::workloads
