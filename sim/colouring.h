// Things of one kind, each with a colour, and the one step of colour refinement: those of one colour whose signatures differ part.
//
// A signature stands for what a thing's neighbours look like. A thing is touched when a neighbour gets another colour. Colours are never
// used again, so what is touched looks otherwise than before, and otherwise than those of its colour that are not: they keep the colour,
// and a step costs by what is touched. Where all are, the most numerous keep it, for whoever gets another has its neighbours touched.
//
//     Colouring flows(3);                                  // all of colour 0, all touched
//     flows.part([&](std::uint32_t flow) { return signature(flow); },
//                [&](std::uint32_t flow, std::uint32_t from, std::uint32_t to) { for (auto n : neighbours(flow)) others.touch(n); });
//
// Cost: 4 bytes and a bit a thing, 12 bytes a colour; while a step runs, some 40 bytes a group that it meets.
// Leaves out: what signatures are made of (sim/refinement.cpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace orrery::sim {

/// A set of small numbers that is gone through in ascending order.
class NumberSet {
 public:
  /// Of numbers below `numbers`: none of them.
  explicit NumberSet(std::size_t numbers) : words_((numbers + 63) / 64) {}
  static NumberSet all(std::size_t numbers);

  bool empty() const { return !any_; }
  bool contains(std::uint32_t number) const { return (words_[number / 64] >> number % 64 & 1) != 0; }
  void insert(std::uint32_t number) {
    words_[number / 64] |= std::uint64_t{1} << number % 64;
    any_ = true;
  }
  void erase(std::uint32_t number) { words_[number / 64] &= ~(std::uint64_t{1} << number % 64); }
  void clear();
  /// Whether the two, of as many numbers, have one in common.
  bool meets(const NumberSet& other) const;
  /// `use` may erase the number that it is given.
  template <class Use>
  void for_each(const Use& use) const {
    if (!any_) return;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        use(static_cast<std::uint32_t>(w * 64 + std::countr_zero(word)));
      }
    }
  }

 private:
  std::vector<std::uint64_t> words_;
  bool any_ = false;  // that something was inserted since it was cleared
};

/// Different pairs of a colour and a signature, numbered as they come. An open table that doubles.
class ColourGroups {
 public:
  struct Group {
    std::uint64_t signature;
    std::uint32_t colour;
    std::uint32_t members;
    std::uint32_t new_colour;
  };

  ColourGroups() : slots_(least_slots, 0) {}
  /// Counts a member of the pair's group; returns the group's number.
  std::uint32_t add(std::uint32_t colour, std::uint64_t signature) {
    if (last_ < groups_.size() && groups_[last_].signature == signature && groups_[last_].colour == colour) {
      ++groups_[last_].members;
      return last_;
    }
    return last_ = found(colour, signature);
  }
  std::vector<Group>& groups() { return groups_; }

 private:
  static constexpr std::size_t least_slots = 64;
  std::uint32_t found(std::uint32_t colour, std::uint64_t signature) {
    std::size_t slot = place(colour, signature);
    for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      Group& group = groups_[slots_[slot] - 1];
      if (group.signature != signature || group.colour != colour) continue;
      ++group.members;
      return slots_[slot] - 1;
    }
    groups_.push_back({signature, colour, 1, colour});
    slots_[slot] = static_cast<std::uint32_t>(groups_.size());
    if (groups_.size() * 2 > slots_.size()) grow();
    return static_cast<std::uint32_t>(groups_.size() - 1);
  }
  std::size_t place(std::uint32_t colour, std::uint64_t signature) const {
    const std::uint64_t mixed = (signature + colour * 0x9e3779b97f4a7c15U) * 0xd6e8feb86659fd93U;
    return static_cast<std::size_t>(mixed >> 32) & (slots_.size() - 1);
  }
  void grow();

  std::vector<Group> groups_;
  std::vector<std::uint32_t> slots_;  // 1 + number of a group; 0: free
  std::uint32_t last_ = 0;            // neighbours by number are often alike
};

class Colouring {
 public:
  /// All of one colour, and all touched.
  explicit Colouring(std::size_t things);
  /// Of colours 0, 1, ..., each with a member; none touched.
  explicit Colouring(std::vector<std::uint32_t> colour_of);

  std::uint32_t of(std::uint32_t thing) const { return colour_of_[thing]; }
  std::uint32_t things() const { return static_cast<std::uint32_t>(colour_of_.size()); }
  /// Nothing can part what is alone in its colour.
  bool is_alone(std::uint32_t thing) const { return colours_[colour_of_[thing]].members == 1; }
  void touch(std::uint32_t thing) { touched_.insert(thing); }
  void touch_all();
  NumberSet& touched() { return touched_; }

  /// Parts the touched by `signature(thing)` and calls `recoloured(thing, from, to)` in order of the things; none is touched any more.
  /// Returns whether any was recoloured. `signature` must not ask for colours of this kind.
  template <class Signature, class Recoloured>
  bool part(const Signature& signature, const Recoloured& recoloured) {
    if (touched_.empty()) return false;
    ColourGroups groups;
    touched_.for_each([&](std::uint32_t thing) {
      if (is_alone(thing)) {
        touched_.erase(thing);
      } else {
        colour_of_[thing] = groups.add(colour_of_[thing], signature(thing));  // for the time being, its group
      }
    });
    const bool parted = give_colours(groups.groups());
    touched_.for_each([&](std::uint32_t thing) {
      const ColourGroups::Group& group = groups.groups()[colour_of_[thing]];
      colour_of_[thing] = group.new_colour;
      if (group.new_colour != group.colour) recoloured(thing, group.colour, group.new_colour);
    });
    touched_.clear();
    return parted;
  }

  /// The colours, numbered in order of their first members. The Colouring is spent.
  std::vector<std::uint32_t> numbered() &&;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Colour {
    std::uint32_t members = 0;
    std::uint32_t touched = 0;    // of them; 0 but in give_colours
    std::uint32_t keeper = none;  // the group that keeps the colour; none but in give_colours
  };

  bool give_colours(std::vector<ColourGroups::Group>& groups);

  std::vector<std::uint32_t> colour_of_;  // by thing
  std::vector<Colour> colours_;           // by colour
  NumberSet touched_;
};

}  // namespace orrery::sim
