#include "cli/collective_way.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/read_file.h"
#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/byte_matrix.h"
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
workloads::Protocol one_protocol(const std::string& protocols, workloads::CollectiveOperation operation) {
  if (protocols.empty()) return workloads::Protocol::simple;
  const workloads::NcclFilter filter = filter_from("", protocols);
  const sim::CollectiveKind kind = operation.kind.value_or(sim::CollectiveKind::all_reduce);
  std::vector<workloads::Protocol> left;
  for (const workloads::Protocol protocol : {workloads::Protocol::ll, workloads::Protocol::ll128, workloads::Protocol::simple}) {
    if (filter.allows(kind, workloads::NcclAlgorithm::ring, protocol)) left.push_back(protocol);
  }
  if (left.size() == 1) return left.front();
  throw sim::Error({.place = "--proto",
                    .what = fmt::format("\"{}\" leaves {} protocols, of which only NCCL chooses", protocols, left.size()),
                    .remedy = "write ll, ll128 or simple"});
}

bool is_xml(std::string_view name) {
  constexpr std::string_view ending = ".xml";
  const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return name.size() >= ending.size() && std::ranges::equal(name.substr(name.size() - ending.size()), ending, is_same);
}

sim::Error not_grouped(const std::string& what) {
  return sim::Error({.place = "--aggregate", .what = "groups NCCL's own collectives, not " + what, .remedy = "leave one of the two out"});
}

sim::Error wrong_parts(std::string_view option, std::string what, std::string remedy) {
  return sim::Error({.place = std::string(option), .what = std::move(what), .remedy = std::move(remedy)});
}

workloads::Imbalance imbalance_from(const std::string& text) {
  workloads::Imbalance imbalance;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), imbalance.factor);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(imbalance.factor);
  if (!is_number || imbalance.factor < 1)
    throw wrong_parts("--imbalance", fmt::format("\"{}\" is no number from 1 on", sim::printable(text)),
                      "write how many times the mean the fullest rank receives, e.g. 1.5");
  return imbalance;
}

/// An all-to-all that NCCL does in its messages, of which some are longer.
void choose_parts(const CollectiveWayOptions& options, workloads::CollectiveJob& job) {
  const std::string_view given = options.matrix.empty() ? "--imbalance" : "--matrix";
  if (!options.matrix.empty() && !options.imbalance.empty())
    throw wrong_parts("--imbalance", "the matrix says who sends how much", "leave --imbalance or --matrix out");
  if (job.operation.kind != sim::CollectiveKind::all_to_all)
    throw wrong_parts(given, fmt::format("is of all_to_all, not of {}", name_of(job.operation)), "ask for all_to_all, or leave it out");
  if (!options.algorithms.empty() || !options.protocols.empty() || options.slices)
    throw wrong_parts(given, "unequal parts go by NCCL's own messages", "leave --algo, --proto and --slices out");
  if (options.calls > 1) throw not_grouped("unequal parts");
  job.filter.pxn = options.pxn == "off" ? workloads::Pxn::off : workloads::Pxn::on;
  if (options.matrix.empty()) {
    job.way = workloads::InUnequalParts{imbalance_from(options.imbalance)};
    return;
  }
  constexpr std::size_t most_bytes = std::size_t{1} << 27;
  workloads::ByteMatrix matrix = workloads::read_byte_matrix(scenarios::file_text(options.matrix, most_bytes), options.matrix);
  if (matrix.ranks > 1 && matrix.longest().count == 0)
    throw wrong_parts("--matrix", "sends nothing from one rank to another", "put bytes beside the diagonal, which is what a rank keeps");
  job.sizes = {matrix.most_sent()};
  job.way = workloads::InUnequalParts{std::move(matrix)};
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
  command
      .add_option("--cross-nic", options.cross_nic,
                  "rings leave by another NIC than they came in by where that is faster; off: NCCL_CROSS_NIC=0")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("{on,off}")
      ->capture_default_str();
  command.add_option("--aggregate", options.calls, "calls in one ncclGroup, as nccl-tests' -m; times are of one of them")
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--slices", options.slices, "NCCL's rings slice by slice, as its kernels pass data on");
  command.add_option("--matrix", options.matrix, "all_to_all of unequal parts: bytes, a row a sender and a column a receiver")
      ->type_name("FILE.csv");
  command.add_option("--imbalance", options.imbalance, "all_to_all whose first rank receives F times the mean, F from 1 to the ranks")
      ->type_name("F");
}

void choose_way(const CollectiveWayOptions& options, workloads::CollectiveJob& job) {
  if (!options.matrix.empty() || !options.imbalance.empty()) return choose_parts(options, job);
  const std::optional<workloads::StepAlgorithm> algorithm = workloads::step_algorithm(options.algorithms);
  const bool is_file = is_xml(options.algorithms);
  const workloads::Pxn pxn = options.pxn == "off" ? workloads::Pxn::off : workloads::Pxn::on;
  if (options.cross_nic == "off" && (algorithm || is_file))
    throw sim::Error({.place = "--cross-nic", .what = "is of NCCL's rings", .remedy = "leave it or --algo out"});
  if (!algorithm && !is_file) {
    const bool any_ring = options.slices && options.algorithms.empty();
    job.filter = filter_from(any_ring ? "ring" : options.algorithms, options.protocols);
    job.filter.pxn = pxn;
    if (options.cross_nic == "off") job.filter.cross_nic = topology::CrossNic::never;
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
    job.way = workloads::ByAlgorithm{*algorithm, one_protocol(options.protocols, job.operation)};
    return;
  }
  if (!options.protocols.empty())
    throw sim::Error({.place = "--proto", .what = options.algorithms + " says itself by which protocol", .remedy = "leave --proto out"});
  constexpr std::size_t most_bytes = std::size_t{1} << 26;
  job.way = workloads::read_msccl(scenarios::file_text(options.algorithms, most_bytes), options.algorithms);
}

}  // namespace orrery::cli
