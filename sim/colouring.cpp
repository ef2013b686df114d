#include "sim/colouring.h"

#include <algorithm>

namespace orrery::sim {

NumberSet NumberSet::all(std::size_t numbers) {
  NumberSet set(numbers);
  std::fill(set.words_.begin(), set.words_.end(), ~std::uint64_t{0});
  if (numbers % 64 != 0) set.words_.back() = (std::uint64_t{1} << numbers % 64) - 1;
  set.any_ = true;
  return set;
}

void NumberSet::clear() {
  if (any_) std::fill(words_.begin(), words_.end(), 0);
  any_ = false;
}

bool NumberSet::meets(const NumberSet& other) const {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    if ((words_[w] & other.words_[w]) != 0) return true;
  }
  return false;
}

void ColourGroups::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    std::size_t slot = place(groups_[g].colour, groups_[g].signature);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = g + 1;
  }
}

Colouring::Colouring(std::size_t things) : colour_of_(things, 0), colours_(1), touched_(NumberSet::all(things)) {
  colours_[0].members = static_cast<std::uint32_t>(things);
}

Colouring::Colouring(std::vector<std::uint32_t> colour_of) : colour_of_(std::move(colour_of)), touched_(colour_of_.size()) {
  for (const std::uint32_t colour : colour_of_) {
    if (colour >= colours_.size()) colours_.resize(std::size_t{colour} + 1);
    ++colours_[colour].members;
  }
}

void Colouring::touch_all() { touched_ = NumberSet::all(colour_of_.size()); }

bool Colouring::give_colours(std::vector<ColourGroups::Group>& groups) {
  for (const auto& group : groups) colours_[group.colour].touched += group.members;
  for (std::uint32_t g = 0; g < groups.size(); ++g) {
    Colour& colour = colours_[groups[g].colour];
    if (colour.touched < colour.members) continue;
    if (colour.keeper == none || groups[g].members > groups[colour.keeper].members) colour.keeper = g;
  }
  const std::size_t before = colours_.size();
  for (std::uint32_t g = 0; g < groups.size(); ++g) {
    Colour& colour = colours_[groups[g].colour];
    if (colour.keeper == g) continue;
    colour.members -= groups[g].members;
    groups[g].new_colour = static_cast<std::uint32_t>(colours_.size());
    colours_.push_back({.members = groups[g].members});
  }
  for (const auto& group : groups) {
    colours_[group.colour].touched = 0;
    colours_[group.colour].keeper = none;
  }
  return colours_.size() > before;
}

std::vector<std::uint32_t> Colouring::numbered() && {
  std::vector<std::uint32_t> numbers(colours_.size(), none);
  std::uint32_t next = 0;
  for (std::uint32_t& colour : colour_of_) {
    if (numbers[colour] == none) numbers[colour] = next++;
    colour = numbers[colour];
  }
  return std::move(colour_of_);
}

}  // namespace orrery::sim
