// A fat-tree (topology/fat_tree.h) as a Shape: nothing is stored per vertex or cable, a fabric of a million ports costs some hundred bytes.
#pragma once

#include <vector>

#include "topology/fat_tree.h"
#include "topology/shape.h"

namespace orrery::topology {

class FatTreeShape final : public Shape {
 public:
  /// `nics`: where some are slower than the fabric's links, of all nodes. Throws sim::Error (bad input, no place) where the machine does
  /// not fit: says how many nodes the levels hold and what would fit.
  explicit FatTreeShape(const FatTreeSpec& spec, std::vector<NicRun> nics = {});

  const FatTree& tree() const { return tree_; }

  std::int64_t vertices() const override;
  std::int64_t cables() const override { return tree_.at[tree_.levels].first_cable; }  // the top has none up: its first would be after all
  VertexId end(std::uint32_t cable, int which) const override;
  /// Up-ports first, then down-ports, child by child.
  int out_degree(VertexId vertex) const override;
  LinkId out_link(VertexId vertex, int port) const override;
  int level(VertexId vertex) const override;
  int levels() const override { return tree_.levels; }
  std::int64_t switches(int level) const override;
  const std::vector<CableLayer>& layers() const override { return layers_; }
  int layer(std::uint32_t cable) const override;  // of its lower end
  std::int64_t cables(int layer) const override;
  sim::BytesPerSecond bandwidth(std::uint32_t cable) const override;
  bool is_uniform() const override { return nics_.empty(); }
  bool joins_rails() const override { return rails() == 1 || tree_.at[tree_.levels].lanes == 1; }
  /// "node12/nic3"; "leaf2.5" (unit 2, rail 5); "spine1.5.9" (pod 1 of rail 5, switch 9), "core17", with 4 levels "core3.17" and "top40".
  /// The rail is left out where there is one or the switch joins all, the block where the level has one.
  std::string name(VertexId vertex) const override;
  std::optional<VertexId> find(std::string_view name) const override;
  std::vector<std::string> names_instead_of(std::string_view name) const override;

 private:
  struct Place {  // of a vertex: switch `member` of a block
    int level = 0;
    Block block;
    int member = 0;
  };
  Place place(VertexId vertex) const;
  VertexId vertex_at(const Place& place) const;
  /// The place at the lower end of a cable, and by which uplink the cable leaves it.
  Place lower_end(std::uint32_t cable, int& uplink) const;
  std::string names_of_level(int level) const;

  FatTree tree_;
  std::vector<CableLayer> layers_;
  std::vector<NicRun> nics_;
};

}  // namespace orrery::topology
