#include "cli/collective_way.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>
#include <vector>

#include "scenarios/read_file.h"
#include "sim/error.h"
#include "workloads/import_msccl.h"

namespace orrery::cli {
namespace {

/// What to do about a name that NCCL does not know, of those that it does not know either.
std::string remedy_with_ours(const std::string& name, const std::string& remedy) {
  const std::vector<std::string> ours = workloads::step_algorithm_names();
  if (const std::string near = sim::nearest_name(name, ours); !near.empty()) return fmt::format("did you mean {}?", near);
  return remedy + fmt::format("; alone may stand {} or FILE.xml", fmt::join(ours, ", "));
}

workloads::NcclFilter filter_from(const std::string& algorithms, const std::string& protocols) {
  try {
    return workloads::parse_nccl_filter(algorithms, protocols);
  } catch (const sim::Error& error) {
    std::vector<sim::Fault> faults = error.faults();
    for (sim::Fault& fault : faults) {
      fault.place = fault.place == "NCCL_ALGO" ? "--algo" : "--proto";
      if (fault.place == "--algo") fault.remedy = remedy_with_ours(algorithms, fault.remedy);
    }
    throw sim::Error(std::move(faults), error.kind());
  }
}

/// Of an algorithm that is not NCCL's, which would choose.
workloads::Protocol one_protocol(const std::string& protocols) {
  if (protocols.empty()) return workloads::Protocol::simple;
  const workloads::NcclFilter filter = filter_from("", protocols);
  std::vector<workloads::Protocol> left;
  for (const workloads::Protocol protocol : {workloads::Protocol::ll, workloads::Protocol::ll128, workloads::Protocol::simple}) {
    if (filter.allows(sim::CollectiveKind::all_reduce, workloads::NcclAlgorithm::ring, protocol)) left.push_back(protocol);
  }
  if (left.size() == 1) return left.front();
  throw sim::Error({.place = "--proto",
                    .what = fmt::format("\"{}\" leaves {} protocols, of which only NCCL chooses", protocols, left.size()),
                    .remedy = "write ll, ll128 or simple"});
}

sim::Error not_grouped(const std::string& what) {
  return sim::Error({.place = "--aggregate", .what = "groups NCCL's own collectives, not " + what, .remedy = "leave one of the two out"});
}

}  // namespace

void add_way_options(CLI::App& command, CollectiveWayOptions& options) {
  command
      .add_option("--algo", options.algorithms,
                  fmt::format("what NCCL may choose from, as NCCL_ALGO: ring,tree or ^nvls; or one of {}, or an XML file of MSCCL's",
                              fmt::join(workloads::step_algorithm_names(), " ")))
      ->type_name("A|FILE.xml");
  command.add_option("--proto", options.protocols, "as NCCL_PROTO: simple, or ^ll; for other algorithms one, default simple")
      ->type_name("P");
  command.add_option("--pxn", options.pxn, "messages by the receiver's rail; off: NCCL_PXN_DISABLE=1, by the sender's own NIC")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("{on,off}")
      ->capture_default_str();
  command.add_option("--aggregate", options.calls, "calls in one ncclGroup, as nccl-tests' -m; times are of one of them")
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--slices", options.slices, "NCCL's rings slice by slice, as its kernels pass data on");
}

void choose_way(const CollectiveWayOptions& options, workloads::CollectiveJob& job) {
  const std::optional<workloads::StepAlgorithm> algorithm = workloads::step_algorithm(options.algorithms);
  const bool is_file = options.algorithms.ends_with(".xml");
  const workloads::Pxn pxn = options.pxn == "off" ? workloads::Pxn::off : workloads::Pxn::on;
  if (!algorithm && !is_file) {
    const bool any_ring = options.slices && options.algorithms.empty();
    job.filter = filter_from(any_ring ? "ring" : options.algorithms, options.protocols);
    job.filter.pxn = pxn;
    job.way = workloads::ByNccl{options.calls};
    if (options.calls > 1 && !job.operation.kind) throw not_grouped("send_receive");
    if (options.calls > 1 && options.slices) throw not_grouped("--slices");
    if (options.slices) job.way = workloads::InSlices{};
    return;
  }
  job.filter.pxn = pxn;
  if (options.calls > 1) throw not_grouped(options.algorithms);
  if (options.slices)
    throw sim::Error({.place = "--slices", .what = "are of NCCL's rings", .remedy = "leave --algo out, or write --algo ring"});
  if (algorithm) {
    job.way = workloads::ByAlgorithm{*algorithm, one_protocol(options.protocols)};
    return;
  }
  if (!options.protocols.empty())
    throw sim::Error({.place = "--proto", .what = options.algorithms + " says itself by which protocol", .remedy = "leave --proto out"});
  constexpr std::size_t most_bytes = std::size_t{1} << 26;
  job.way = workloads::read_msccl(scenarios::file_text(options.algorithms, most_bytes), options.algorithms);
}

}  // namespace orrery::cli
