// Reads how SLURM groups hosts: topology.conf (topology/tree, topology/block) and topology.yaml (since 24.11).
//
//     const Survey survey = read_slurm(text, "topology.conf");
//     survey.groups          // "su1": hosts su1-n001 ... su1-n020; "core": children su1, su2
//
// The scheduler's tree says which hosts are near each other and no more: a host has one switch there, whatever rails it has, so that only
// Survey::groups and remarks are filled, no devices and no cables. LinkSpeed and block sizes are not kept. A YAML file may hold several
// topologies: the one with cluster_default is taken, or the first.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Throws sim::Error with "file:line" for unknown keys, a switch or block without children, named twice or below two others, a host in two,
/// children that the file does not name, switches below each other in a ring, lists of names that are none, and more than 2^20 hosts.
Survey read_slurm_conf(std::string_view text, std::string_view file);
Survey read_slurm_yaml(std::string_view text, std::string_view file);

/// Either, by the file's name (.yaml, .yml) or how the text begins ("-" or "---").
Survey read_slurm(std::string_view text, std::string_view file);

}  // namespace orrery::topology
