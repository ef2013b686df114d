// Files of half a million lines: each format is read whole, in time and memory that grow with the text, so that all take seconds together.
// One that is cut off is refused where it ends. Fewer lines under sanitizers, whose allocations cost ten times as much.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "sim/error.h"
#include "topology/import_dot.h"
#include "topology/import_forwarding.h"
#include "topology/import_graphml.h"
#include "topology/import_iblinkinfo.h"
#include "topology/import_ibnetdiscover.h"
#include "topology/import_nccl_topology.h"
#include "topology/import_opensm.h"
#include "topology/import_slurm.h"

namespace orrery::topology {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int lines_of_each = 20'000;
#else
constexpr int lines_of_each = 500'000;
#endif
constexpr int on_a_leaf = 32;
constexpr int entries = 10'000;  // of a table
constexpr int leaves = lines_of_each / on_a_leaf;
constexpr int few = 20'000;  // of a file that is cut off

/// `line(i)` for every i below `lines`, between what stands before and behind.
template <class Line>
std::string lines_between(std::string_view head, int lines, const Line& line, std::string_view tail) {
  std::string text(head);
  for (int i = 0; i < lines; ++i) {
    line(std::back_inserter(text), i);
    text += '\n';
  }
  return text.append(tail);
}

using Out = std::back_insert_iterator<std::string>;

std::uint64_t guid_of_host(int i) { return 0x100000000U + static_cast<std::uint64_t>(i); }
std::uint64_t guid_of_leaf(int i) { return 0x200000000U + static_cast<std::uint64_t>(i) / on_a_leaf; }

/// Refused at its last line, with a remedy. The text ends in the middle of that line, at the last of `within`.
void expect_refused_where_cut(std::string text, std::string_view within, const std::function<void(std::string_view)>& read) {
  text.resize(text.rfind(within));
  const auto line = 1 + std::count(text.begin(), text.end(), '\n');
  try {
    read(text);
    FAIL() << "a file that is cut off was read";
  } catch (const sim::Error& error) {
    ASSERT_EQ(error.faults().size(), 1U) << error.what();
    EXPECT_EQ(error.faults().front().place, fmt::format("big:{}", line)) << error.what();
    EXPECT_FALSE(error.faults().front().remedy.empty()) << error.what();
  }
}

void expect_hosts_and_leaves(const Survey& survey) {
  EXPECT_EQ(std::ssize(survey.devices), lines_of_each + leaves);
  EXPECT_EQ(std::ssize(survey.cables), lines_of_each);
}

std::string ibnetdiscover_of(int lines) {
  const auto line = [](Out out, int i) {
    fmt::format_to(out, "CA {} 1 {:#018x} 4x EDR - SW 7 {} {:#018x} ( 'n{} HCA-1' - 'leaf' )", 1 + i % 40000, guid_of_host(i),
                   1 + i % on_a_leaf, guid_of_leaf(i), i);
  };
  return lines_between("", lines, line, "");
}

TEST(LargeImports, Ibnetdiscover) {
  expect_hosts_and_leaves(read_ibnetdiscover(ibnetdiscover_of(lines_of_each), "big"));
  expect_refused_where_cut(ibnetdiscover_of(few), " ( 'n", [](std::string_view cut) { read_ibnetdiscover(cut, "big"); });
}

std::string iblinkinfo_of(int lines) {
  const auto line = [](Out out, int i) {
    fmt::format_to(out, "{:#018x} \"n{} mlx5_0\" {} 1[  ] ==( 4X 53.125 Gbps Active/  LinkUp)==>  {:#018x} 7 {}[  ] \"leaf\" ( )",
                   guid_of_host(i), i, 1 + i % 40000, guid_of_leaf(i), 1 + i % on_a_leaf);
  };
  return lines_between("", lines, line, "");
}

TEST(LargeImports, Iblinkinfo) {
  expect_hosts_and_leaves(read_iblinkinfo(iblinkinfo_of(lines_of_each), "big"));
  expect_refused_where_cut(iblinkinfo_of(few), "==>", [](std::string_view cut) { read_iblinkinfo(cut, "big"); });
}

std::string opensm_subnet_of(int lines) {
  const auto line = [](Out out, int i) {
    constexpr std::string_view ids = "VenID:000002C9 DevID:101B0000 Rev:00000000";
    fmt::format_to(out,
                   "{{ CA Ports:02 SystemGUID:{0:016x} NodeGUID:{0:016x} PortGUID:{0:016x} {1} {{n{2} HCA-1}} LID:{3:04X} PN:01 }} "
                   "{{ SW Ports:29 SystemGUID:{4:016x} NodeGUID:{4:016x} PortGUID:{4:016x} {1} {{leaf}} LID:0010 PN:{5:02X} }} "
                   "PHY=4x LOG=ACT SPD=50",
                   guid_of_host(i), ids, i, 1 + i % 40000, guid_of_leaf(i), 1 + i % on_a_leaf);
  };
  return lines_between("", lines, line, "");
}

TEST(LargeImports, OpensmSubnet) {
  expect_hosts_and_leaves(read_opensm_subnet(opensm_subnet_of(lines_of_each), "big"));
  expect_refused_where_cut(opensm_subnet_of(few), " LOG=ACT", [](std::string_view cut) { read_opensm_subnet(cut, "big"); });
}

std::string forwarding_of(int lines) {
  const auto line = [](Out out, int i) {
    if (i % entries == 0)
      fmt::format_to(out, "Unicast lids [0x0-0xbfff] of switch Lid 1 guid {:#018x} (s):\n", guid_of_leaf(on_a_leaf * i));
    fmt::format_to(out, "{:#06x} {:03}", 1 + i % entries, 1 + i % on_a_leaf);
    if (i % entries == entries - 1) fmt::format_to(out, "\n{} valid lids dumped", entries);
  };
  return lines_between("", lines, line, "");
}

// The second of two tables has no end: what is named is where it begins, behind the first one, its head and its end.
TEST(LargeImports, ForwardingTables) {
  const Survey survey = read_forwarding(forwarding_of(lines_of_each), "big");
  ASSERT_EQ(std::ssize(survey.tables), lines_of_each / entries);
  EXPECT_EQ(survey.tables.back().towards(entries), 1 + (lines_of_each - 1) % on_a_leaf);
  std::string cut = forwarding_of(2 * entries);
  cut.resize(cut.rfind(fmt::format("\n{} valid", entries)));
  try {
    read_forwarding(cut, "big");
    FAIL() << "a table that is cut off was read";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().front().place, fmt::format("big:{}", entries + 3));
    EXPECT_EQ(error.faults().front().remedy, "take the whole dump");
  }
}

/// Half of the lines are switches, the others join them in a ring.
std::string graphml_of(int lines) {
  const auto line = [half = lines / 2](Out out, int i) {
    if (i < half) {
      fmt::format_to(out, "<node id=\"n{}\"/>", i);
    } else {
      fmt::format_to(out, "<edge source=\"n{}\" target=\"n{}\"/>", i - half, (i - half + 1) % half);
    }
  };
  return lines_between(
      "<graphml><key id=\"t\" for=\"node\" attr.name=\"type\"><default>switch</default></key><graph edgedefault=\"undirected\">\n", lines,
      line, "</graph></graphml>\n");
}

TEST(LargeImports, Graphml) {
  const Survey survey = read_graphml(graphml_of(lines_of_each), "big");
  EXPECT_EQ(std::ssize(survey.devices), lines_of_each / 2);
  EXPECT_EQ(std::ssize(survey.cables), lines_of_each / 2);
  expect_refused_where_cut(graphml_of(few), "</graphml>", [](std::string_view cut) { read_graphml(cut, "big"); });
}

std::string dot_of(int lines) {
  const auto line = [half = lines / 2](Out out, int i) {
    if (i < half) {
      fmt::format_to(out, "n{};", i);
    } else {
      fmt::format_to(out, "n{} -- n{};", i - half, (i - half + 1) % half);
    }
  };
  return lines_between("graph big {\nnode [type=switch]\n", lines, line, "}\n");
}

TEST(LargeImports, Dot) {
  const Survey survey = read_dot(dot_of(lines_of_each), "big");
  EXPECT_EQ(std::ssize(survey.devices), lines_of_each / 2);
  EXPECT_EQ(std::ssize(survey.cables), lines_of_each / 2);
  expect_refused_where_cut(dot_of(few), "}", [](std::string_view cut) { read_dot(cut, "big"); });
}

/// Every fourth line is a switch, which is two names and one below the topmost; the others are empty.
std::string slurm_conf_of(int lines) {
  const auto line = [](Out out, int i) {
    if (i % 4 == 3) fmt::format_to(out, "SwitchName=s{} Nodes=n{}", i / 4, i / 4);
  };
  return lines_between(fmt::format("SwitchName=top Switches=s[0-{}]\n", lines / 4 - 1), lines, line, "");
}

TEST(LargeImports, SlurmConf) {
  EXPECT_EQ(std::ssize(read_slurm_conf(slurm_conf_of(lines_of_each), "big").groups), lines_of_each / 4 + 1);
  expect_refused_where_cut(slurm_conf_of(few), "n", [](std::string_view cut) { read_slurm_conf(cut, "big"); });
}

// 2^20 names are what a file may hold: the hosts of line 2 are more than what line 1 leaves.
TEST(LargeImports, NamesOfSlurmThatAreTooManyAreRefusedWhereTheyStand) {
  try {
    read_slurm_conf("SwitchName=s0 Nodes=n[1-300000]\nSwitchName=s1 Nodes=m[1-300000]\n", "big");
    FAIL() << "more than 2^19 names were read";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().front().place, "big:2");
    EXPECT_FALSE(error.faults().front().remedy.empty());
  }
}

std::string slurm_yaml_of(int lines) {
  const auto line = [](Out out, int i) {
    if (i % 8 == 6) fmt::format_to(out, "      - switch: s{}", i / 8);
    if (i % 8 == 7) fmt::format_to(out, "        nodes: n{}", i / 8);
  };
  return lines_between(
      fmt::format("---\n- topology: t\n  cluster_default: true\n  tree:\n    switches:\n      - switch: top\n        children: s[0-{}]\n",
                  lines / 8 - 1),
      lines, line, "");
}

TEST(LargeImports, SlurmYaml) {
  EXPECT_EQ(std::ssize(read_slurm_yaml(slurm_yaml_of(lines_of_each), "big").groups), lines_of_each / 8 + 1);
  expect_refused_where_cut(slurm_yaml_of(few), ": n", [](std::string_view cut) { read_slurm_yaml(cut, "big"); });
}

std::string nccl_topology_of(int lines) {
  const auto line = [](Out out, int i) {
    fmt::format_to(out, "<pci busid=\"{:04x}:{:02x}:{:02x}.0\" class=\"0x060400\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\"/>",
                   i >> 13, (i >> 5) & 255, i & 31);
  };
  return lines_between("<system version=\"1\"><cpu numaid=\"0\" host_hash=\"0x1\" vendor=\"AuthenticAMD\">\n", lines, line,
                       "</cpu></system>\n");
}

TEST(LargeImports, NcclTopology) {
  EXPECT_EQ(std::ssize(read_nccl_topology(nccl_topology_of(lines_of_each), "big").pci), lines_of_each);
  expect_refused_where_cut(nccl_topology_of(few), "</system>", [](std::string_view cut) { read_nccl_topology(cut, "big"); });
}

}  // namespace
}  // namespace orrery::topology
