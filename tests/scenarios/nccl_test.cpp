#include "scenarios/nccl.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "scenarios/field_reader.h"
#include "sim/error.h"

namespace orrery::scenarios {
namespace {

const PresetLibrary shipped_constants{std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", "nowhere"};

/// What the reader says of 2.28's file with `from`, once in it, replaced; its lines in one.
std::string said_of(const std::string& from, const std::string& to) {
  std::ostringstream text;
  text << std::ifstream(shipped_constants.root / "nccl" / "2.28.json").rdbuf();
  std::string changed = text.str();
  const std::size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  changed.replace(at, from.size(), to);
  Document document = parse_document("nccl.json", changed);
  workloads::NcclConstants nccl;
  std::string said;
  for (const PlacedFault& placed : read(document, shipped_constants, nccl)) said += sim::to_text(placed.fault) + "\n";
  return said;
}

TEST(NcclReader, WhatItReadsIsWhatTheFileSays) {
  Document document = open_preset(shipped_constants, PresetKind::nccl, "2.28");
  workloads::NcclConstants nccl;
  throw_if_any(read(document, shipped_constants, nccl));
  const auto of = [](auto name) { return static_cast<std::size_t>(name); };
  using workloads::Generation;
  using workloads::Hop;
  using workloads::NcclAlgorithm;
  using workloads::Protocol;
  EXPECT_EQ(nccl.hop_latency[of(Hop::net)][of(NcclAlgorithm::nvls_tree)][of(Protocol::simple)], sim::Duration{20'900'000});
  EXPECT_EQ(nccl.hop_latency[of(Hop::pci)][of(NcclAlgorithm::ring)][of(Protocol::ll128)], sim::Duration{2'500'000});
  EXPECT_EQ(nccl.nvls_tree_per_channel[of(Generation::hopper)][1], sim::gigabytes_per_second(57.7));
  EXPECT_EQ(nccl.tree_corrections.size(), 24U);
  EXPECT_TRUE(nccl.pxn);
  EXPECT_TRUE(nccl.alternating_rings);
  EXPECT_EQ(nccl.tree_corrections[16].from.count, std::int64_t{4} << 20);
  EXPECT_EQ(nccl.tree_corrections[16].factors, (std::array<double, 3>{0.7, 0.8, 0.7}));
  EXPECT_EQ(nccl.shares.tree_ll, 1 / 3.8);
  EXPECT_EQ(nccl.shares.tree_ll128_one_node, 7.0 / 9);
}

TEST(NcclReader, SlipsAreNamedWithTheirPlace) {
  EXPECT_EQ(said_of("\"pat_per_rank\"", "\"pat_a_rank\""),
            "nccl.json:1:1: \"pat_per_rank\" is missing; add it: a quantity with unit, e.g. \"130 ns\" (of PAT's latency)\n"
            "nccl.json:32:3 /pat_a_rank: unknown key \"pat_a_rank\"; did you mean \"pat_per_rank\"?\n");
  EXPECT_EQ(said_of("\"tree_ll\": ", "\"tree_l\": "),
            "nccl.json:66:13 /shares: \"tree_ll\" is missing; add it: a number from 0 to 1 (LL's part of a tree's)\n"
            "nccl.json:72:5 /shares/tree_l: unknown key \"tree_l\"; did you mean \"tree_ll\"?\n");
  EXPECT_EQ(said_of("{ \"from_bytes\": 64, \"ll\": 1,", "{ \"from_bytes\": 64,"),
            "nccl.json:81:5 /tree_corrections/0: \"ll\" is missing; add it: a number from 0.01 to 10 (of this protocol's bandwidth)\n");
  EXPECT_EQ(
      said_of("\"nvls\": \"25 us\"", "\"nvls\": { \"ll\": \"25 us\" }"),
      "nccl.json:15:70 /hop_latency/nvlink/nvls: {\"ll\":\"25 us\"} is not a quantity; write a quantity with unit, e.g. \"130 ns\"\n");
  EXPECT_EQ(said_of("\"pat\": 0.75", "\"pat\": 1.75"), "nccl.json:78:12 /shares/pat: 1.75 is out of range; write a number from 0 to 1\n");
  EXPECT_EQ(said_of("\"blackwell\": 0.74", "\"rubin\": 0.74"),
            "nccl.json:65:22 /nvls_efficiency: \"blackwell\" is missing; add it: a number from 0 to 1 (compute capability from 100)\n"
            "nccl.json:65:65 /nvls_efficiency/rubin: unknown key \"rubin\"; known: volta, ampere, hopper, blackwell\n");
}

TEST(NcclReader, OldVersionsCrossRails) {
  const auto of_version = [](const char* version) {
    Document document = open_preset(shipped_constants, PresetKind::nccl, version);
    workloads::NcclConstants nccl;
    throw_if_any(read(document, shipped_constants, nccl));
    return std::pair{nccl.pxn, nccl.alternating_rings};
  };
  EXPECT_EQ(of_version("2.8"), (std::pair{false, false}));
  for (const char* version : {"2.12", "2.18"}) EXPECT_EQ(of_version(version), (std::pair{true, false})) << version;
  for (const char* version : {"2.20", "2.21", "2.23"}) EXPECT_EQ(of_version(version), (std::pair{true, true})) << version;
}

}  // namespace
}  // namespace orrery::scenarios
