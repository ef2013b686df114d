#include "scenarios/hardware.h"

#include "scenarios/port_rate.h"

namespace orrery::scenarios {

using topology::CpuVendor;

void describe(Fields& fields, topology::GpuSpec& gpu) {
  fields.required("name", "what calibrations call the device", text(gpu.name));
  fields.required("memory", "capacity as the datasheet counts it", quantity(gpu.memory));
  fields.required("memory_bandwidth", "of the device memory", quantity(gpu.memory_bandwidth));
  fields.required("peak_fp32", "without tensor cores", quantity(gpu.peak_fp32));
  fields.required("peak_fp16", "dense, on tensor cores; bf16 alike", quantity(gpu.peak_fp16));
  fields.optional("peak_fp8", "dense, on tensor cores; zero where there is none", quantity(gpu.peak_fp8, Zero::allowed));
  fields.required("multiprocessors", "streaming multiprocessors in use", integer(gpu.multiprocessors, 1, 10'000));
  fields.required("compute_capability", "80 for A100, 90 for H100", integer(gpu.compute_capability, 10, 1'000));
  fields.required("l2_cache", "capacity", quantity(gpu.l2_cache));
}

void describe(Fields& fields, topology::NvlinkSpec& nvlink) {
  fields.required("links_per_gpu", "NVLinks from each GPU into the switch", integer(nvlink.links_per_gpu, 0, 1'000));
  fields.required("link_bandwidth", "of one link, nominal, per direction", quantity(nvlink.link_bandwidth));
}

void describe(Fields& fields, topology::NicSpec& nic) {
  fields.required("name", "make and model", text(nic.name));
  fields.required("bandwidth", "data rate, nominal, per direction", port_rate(nic.bandwidth));
  fields.optional("efficiency", "payload over nominal rate for large messages", real(nic.efficiency, 0.01, 1));
  fields.required("latency", "one way, adapter to adapter without a switch", quantity(nic.latency, Zero::allowed));
}

void describe(Fields& fields, topology::SwitchSpec& fabric_switch) {
  fields.required("name", "make and model", text(fabric_switch.name));
  fields.required("ports", "at the NIC's rate", integer(fabric_switch.ports, 2, 1'024));
  fields.required("latency", "port to port, cut-through", quantity(fabric_switch.latency, Zero::allowed));
}

void describe(Fields& fields, topology::HostSpec& host) {
  fields.required("memory", "of the CPUs, all together", quantity(host.memory));
  fields.required("memory_bandwidth", "of it, effective, reads and writes together", quantity(host.memory_bandwidth));
  fields.optional("storage", "local NVMe, all drives together", quantity(host.storage, Zero::allowed));
  fields.optional("storage_read", "of all drives, sequential", quantity(host.storage_read, Zero::allowed));
  fields.optional("storage_write", "of all drives, sequential", quantity(host.storage_write, Zero::allowed));
}

void describe(Fields& fields, topology::NodeSpec& node) {
  fields.optional("name", "of the preset", text(node.name));
  fields.optional("source", "where the numbers are from, with a date", text(node.source));
  fields.required("gpu", "each GPU of the node", object(node.gpu));
  fields.required("gpus", "how many", integer(node.gpus, 1, 1'024));
  fields.required("nvlink", "how GPUs of the node reach each other", object(node.nvlink));
  fields.required("pcie_bandwidth", "effective, of each GPU and direction, between GPU and NIC", quantity(node.pcie_bandwidth));
  fields.required("nic", "each adapter to the compute fabric", object(node.nic));
  fields.required("nics", "how many; the GPUs are spread evenly over them", integer(node.nics, 1, 1'024));
  fields.required("fabric_switch", "the switches that the fabric is built of", object(node.fabric_switch));
  fields.optional("cpu", "family of the host's CPU",
                  choice(node.cpu, {{"amd", CpuVendor::amd}, {"intel", CpuVendor::intel}, {"other", CpuVendor::other}}));
  fields.optional("host", "memory and storage of the node beside its GPUs', which offloading takes", object(node.host));
}

}  // namespace orrery::scenarios
