// What a node is made of, as plain data: filled from scenarios/hardware/*.json (scenarios/hardware.h) or by hand in tests.
//
// All rates are per direction. "Effective" values (what DMA engines and verbs deliver) are apart from nominal ones, and what NCCL makes of
// them is apart again (workloads/calibration.h): no efficiency is counted twice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/units.h"

namespace orrery::topology {

struct GpuSpec {
  std::string name;     // "A100-SXM4-80GB"
  sim::Bytes memory{};  // on the board (stacks are powers of two: "80 GB" is 80 GiB), before the driver's share
  sim::BytesPerSecond memory_bandwidth{};
  sim::FlopsPerSecond peak_fp32{};  // no tensor cores
  sim::FlopsPerSecond peak_fp16{};  // dense tensor cores; bf16 alike
  sim::FlopsPerSecond peak_fp8{};   // zero where there is none
  int multiprocessors = 0;
  int compute_capability = 0;  // 80, 90
  sim::Bytes l2_cache{};
  bool operator==(const GpuSpec&) const = default;
};

/// How GPUs of one node reach each other: every GPU has a full-duplex port into a non-blocking NVSwitch.
struct NvlinkSpec {
  int links_per_gpu = 0;
  sim::BytesPerSecond link_bandwidth{};  // nominal, per direction: 25 GB/s for NVLink 3 and 4
};

struct NicSpec {
  std::string name;                 // "ConnectX-6 HDR"
  sim::BytesPerSecond bandwidth{};  // nominal data rate: 25 GB/s for HDR
  double efficiency = 1;            // payload over nominal for large messages (headers, flow control): 0.985 for HDR
  sim::Duration latency{};          // one way, adapter to adapter without a switch
};

struct SwitchSpec {
  std::string name;         // "Quantum QM8790"
  int ports = 0;            // 40
  sim::Duration latency{};  // cut-through, port to port
};

/// Cpu families differ in NCCL's network overhead (specs: collectives 2.1).
enum class CpuVendor { amd, intel, other };

/// What GPUs of a node can leave outside their memory, for all of them together.
struct HostSpec {
  sim::Bytes memory{};
  sim::BytesPerSecond memory_bandwidth{};  // effective, of all sockets: reads and writes together
  sim::Bytes storage{};                    // local NVMe; zero where there is none
  sim::BytesPerSecond storage_read{};      // sequential, of all drives
  sim::BytesPerSecond storage_write{};
};

struct NodeSpec {
  std::string name;    // "dgx-a100-80gb"
  std::string source;  // where the numbers are from, with a date
  GpuSpec gpu;
  int gpus = 0;
  NvlinkSpec nvlink;
  sim::BytesPerSecond pcie_bandwidth{};  // effective, per GPU and direction, between GPU and NIC
  NicSpec nic;
  int nics = 0;  // gpus % nics == 0: GPU g uses NIC g / (gpus / nics); NIC index is the rail
  SwitchSpec fabric_switch;
  CpuVendor cpu = CpuVendor::other;
  std::optional<HostSpec> host{};  // where it is known
};

/// How many GPUs share a PCIe switch with their NICs, on boards as HGX and DGX are: two, from Hopper on one, or those of one NIC where they
/// are more.
int gpus_a_pcie_switch(const NodeSpec& node);

}  // namespace orrery::topology
