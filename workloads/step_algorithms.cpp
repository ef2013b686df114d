#include "workloads/step_algorithms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "sim/error.h"
#include "workloads/steps_writer.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using Peers = StepsWriter::Peers;

constexpr std::array<std::string_view, 5> step_names = {"recursive_halving_doubling", "bruck", "ring_2d", "hierarchical", "direct"};

Peers both(int peer) { return {.to = peer, .from = peer}; }

int floor_power(int ranks) { return static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks))); }

/// A run of chunks.
struct ChunkRun {
  int first = 0;
  int count = 0;
};

/// Halving and doubling over 2^k ranks, of which the i-th is rank `numbers[i]`, and as many chunks.
void halve_and_double(StepsWriter& write, const std::vector<int>& numbers) {
  const auto size = static_cast<int>(numbers.size());
  std::vector<ChunkRun> runs(numbers.size(), {0, size});
  const auto at = [&](int i) { return static_cast<std::size_t>(i); };
  for (int distance = 1; distance < size; distance *= 2) {
    for (int i = 0; i < size; ++i) {
      const int half = runs[at(i)].count / 2;
      const bool upper = (i & distance) != 0;
      const int kept = runs[at(i)].first + (upper ? half : 0);
      const Peers peer = both(numbers[at(i ^ distance)]);
      write.send(numbers[at(i)], peer, input(runs[at(i)].first + (upper ? 0 : half)), half);
      write.receive_add(numbers[at(i)], peer, input(kept), half);
      runs[at(i)] = {kept, half};
    }
    write.end_round();
  }
  for (int distance = size / 2; distance > 0; distance /= 2) {
    for (int i = 0; i < size; ++i) {
      ChunkRun& run = runs[at(i)];
      const bool upper = (i & distance) != 0;
      const int others = upper ? run.first - run.count : run.first + run.count;
      const Peers peer = both(numbers[at(i ^ distance)]);
      write.send(numbers[at(i)], peer, input(run.first), run.count);
      write.receive(numbers[at(i)], peer, input(others), run.count);
      run = {std::min(run.first, others), 2 * run.count};
    }
    write.end_round();
  }
}

void halving_doubling_all_reduce(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  const int power = floor_power(ranks);
  std::vector<int> numbers;
  for (int rank = 0; rank < ranks; ++rank) {
    const bool folds = rank < 2 * (ranks - power);
    if (folds && rank % 2 == 0) write.send(rank, both(rank + 1), input(0), power);
    if (folds && rank % 2 == 1) write.receive_add(rank, both(rank - 1), input(0), power);
    if (!folds || rank % 2 == 1) numbers.push_back(rank);
  }
  write.end_round();
  halve_and_double(write, numbers);
  for (int rank = 0; rank < 2 * (ranks - power); ++rank) {
    if (rank % 2 == 1) write.send(rank, both(rank - 1), input(0), power);
    if (rank % 2 == 0) write.receive(rank, both(rank + 1), output(0), power);
  }
}

void doubling_all_gather(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  for (int distance = 1; distance < ranks; distance *= 2) {
    for (int rank = 0; rank < ranks; ++rank) {
      const int own = rank / distance * distance;
      const int peer = rank ^ distance;
      write.send(rank, both(peer), output(own), distance);
      write.receive(rank, both(peer), output(own ^ distance), distance);
    }
    write.end_round();
  }
}

/// Rank r gathers the parts of r, r + 1, ... in its scratch memory and puts them where they belong at the end.
void bruck_all_gather(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  write.scratch(ranks);
  for (int rank = 0; rank < ranks; ++rank) write.copy(rank, input(0), scratch(0), 1);
  write.end_round();
  for (int held = 1; held < ranks; held *= 2) {
    const int moved = std::min(held, ranks - held);
    for (int rank = 0; rank < ranks; ++rank) {
      const Peers peers{.to = (rank + ranks - held) % ranks, .from = (rank + held) % ranks};
      write.send(rank, peers, scratch(0), moved);
      write.receive(rank, peers, scratch(held), moved);
    }
    write.end_round();
  }
  for (int rank = 0; rank < ranks; ++rank) {
    write.copy(rank, scratch(0), output(rank), ranks - rank);
    write.copy(rank, scratch(ranks - rank), output(0), rank);
  }
}

/// Part i of the scratch memory is on its way to the rank i further. Those that go in a round are laid side by side behind it.
void bruck_all_to_all(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  write.apart();
  write.scratch(2 * ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    write.copy(rank, input(rank), scratch(0), ranks - rank);
    write.copy(rank, input(0), scratch(ranks - rank), rank);
  }
  write.end_round();
  for (int distance = 1; distance < ranks; distance *= 2) {
    struct LaidRun {
      ChunkRun run;
      int beside;
    };
    std::vector<LaidRun> runs;
    int moved = 0;
    for (int first = distance; first < ranks; first += 2 * distance) {
      runs.push_back({{first, std::min(distance, ranks - first)}, ranks + moved});
      moved += runs.back().run.count;
    }
    for (int rank = 0; rank < ranks; ++rank) {
      for (const auto& [run, beside] : runs) write.copy(rank, scratch(run.first), scratch(beside), run.count);
    }
    write.end_round();
    for (int rank = 0; rank < ranks; ++rank) {
      const Peers peers{.to = (rank + distance) % ranks, .from = (rank + ranks - distance) % ranks};
      write.send(rank, peers, scratch(ranks), moved);
      write.receive(rank, peers, scratch(ranks), moved);
    }
    write.end_round();
    for (int rank = 0; rank < ranks; ++rank) {
      for (const auto& [run, beside] : runs) write.copy(rank, scratch(beside), scratch(run.first), run.count);
    }
    write.end_round();
  }
  for (int rank = 0; rank < ranks; ++rank) {
    for (int i = 0; i < ranks; ++i) write.copy(rank, scratch(i), output((rank + ranks - i) % ranks), 1);
  }
}

/// A ring of ranks, and the parts of the buffer that go around in it, each of so many chunks.
struct StepRing {
  std::vector<int> ranks;
  std::vector<ChunkRun> parts;  // as many as ranks
};

enum class OnceRound { scatter, gather };

/// All rings at once; each rank is in one of them. After a scatter the i-th rank of a ring has the sum of part i, before a gather as well.
void go_round(StepsWriter& write, const std::vector<StepRing>& rings, OnceRound what) {
  const auto size = static_cast<int>(rings.front().ranks.size());
  const bool adds = what == OnceRound::scatter;
  for (int round = 0; round + 1 < size; ++round) {
    for (const StepRing& ring : rings) {
      const auto number = [&](int i) { return static_cast<std::size_t>((i + 2 * size) % size); };
      for (int i = 0; i < size; ++i) {
        const Peers peers{.to = ring.ranks[number(i + 1)], .from = ring.ranks[number(i - 1)]};
        const int sent = i - round - (adds ? 1 : 0);  // of the parts the own one goes last, or first
        const ChunkRun out = ring.parts[number(sent)];
        const ChunkRun in = ring.parts[number(sent - 1)];
        write.send(ring.ranks[number(i)], peers, input(out.first), out.count);
        if (adds) {
          write.receive_add(ring.ranks[number(i)], peers, input(in.first), in.count);
        } else {
          write.receive(ring.ranks[number(i)], peers, input(in.first), in.count);
        }
      }
    }
    write.end_round();
  }
}

/// Rows and columns of ranks; `row` ranks a row. Part i of the buffer is the i-th of each row's, and has a part for each rank of a column.
std::vector<StepRing> rows_of(int ranks, int row) {
  std::vector<StepRing> rings;
  const int column = ranks / row;
  for (int y = 0; y < column; ++y) {
    StepRing& ring = rings.emplace_back();
    for (int x = 0; x < row; ++x) {
      ring.ranks.push_back(y * row + x);
      ring.parts.push_back({x * column, column});
    }
  }
  return rings;
}

std::vector<StepRing> columns_of(int ranks, int row) {
  std::vector<StepRing> rings;
  const int column = ranks / row;
  for (int x = 0; x < row; ++x) {
    StepRing& ring = rings.emplace_back();
    for (int y = 0; y < column; ++y) {
      ring.ranks.push_back(y * row + x);
      ring.parts.push_back({x * column + y, 1});
    }
  }
  return rings;
}

/// Among ranks first, first + 1, ...: each gets the sum of its part. Sums are made one after the other, as data come.
void direct_scatter(StepsWriter& write, int first, const std::vector<ChunkRun>& parts) {
  const auto size = static_cast<int>(parts.size());
  for (int i = 0; i < size; ++i) {
    const ChunkRun own = parts[static_cast<std::size_t>(i)];
    for (int d = 1; d < size; ++d) {
      const int peer = (i + d) % size;
      const ChunkRun other = parts[static_cast<std::size_t>(peer)];
      write.send(first + i, both(first + peer), input(other.first), other.count);
    }
    for (int d = 1; d < size; ++d) {
      write.receive_add(first + i, both(first + (i + d) % size), input(own.first), own.count);
      write.end_round(first + i);
    }
  }
}

void direct_gather(StepsWriter& write, int first, const std::vector<ChunkRun>& parts, ChunkPlace (*place)(int)) {
  const auto size = static_cast<int>(parts.size());
  for (int i = 0; i < size; ++i) {
    const ChunkRun own = parts[static_cast<std::size_t>(i)];
    for (int d = 1; d < size; ++d) {
      const int peer = (i + d) % size;
      const ChunkRun other = parts[static_cast<std::size_t>(peer)];
      write.send(first + i, both(first + peer), place(own.first), own.count);
      write.receive(first + i, both(first + peer), place(other.first), other.count);
    }
  }
}

std::vector<ChunkRun> single_chunks(int count) {
  std::vector<ChunkRun> parts;
  for (int i = 0; i < count; ++i) parts.push_back({i, 1});
  return parts;
}

void ring_2d_all_reduce(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  const int row = row_of_ring_2d(layout);
  const std::vector<StepRing> rows = rows_of(ranks, row);
  const std::vector<StepRing> columns = columns_of(ranks, row);
  go_round(write, rows, OnceRound::scatter);
  go_round(write, columns, OnceRound::scatter);
  go_round(write, columns, OnceRound::gather);
  go_round(write, rows, OnceRound::gather);
}

void hierarchical_all_reduce(StepsWriter& write, StepLayout layout) {
  const int row = layout.gpus_a_node;
  const std::vector<StepRing> rows = rows_of(layout.ranks, row);
  const std::vector<StepRing> columns = columns_of(layout.ranks, row);
  for (const StepRing& node : rows) direct_scatter(write, node.ranks.front(), node.parts);
  go_round(write, columns, OnceRound::scatter);
  go_round(write, columns, OnceRound::gather);
  for (const StepRing& node : rows) direct_gather(write, node.ranks.front(), node.parts, input);
}

void direct_all_to_all(StepsWriter& write, StepLayout layout) {
  const int ranks = layout.ranks;
  write.apart();
  for (int rank = 0; rank < ranks; ++rank) {
    write.copy(rank, input(rank), output(rank), 1);
    for (int d = 1; d < ranks; ++d) {
      const Peers peers{.to = (rank + d) % ranks, .from = (rank + ranks - d) % ranks};
      write.send(rank, peers, input(*peers.to), 1);
      write.receive(rank, peers, output(*peers.from), 1);
    }
  }
}

void direct_reduce_scatter(StepsWriter& write, StepLayout layout) { direct_scatter(write, 0, single_chunks(layout.ranks)); }

void direct_all_gather(StepsWriter& write, StepLayout layout) { direct_gather(write, 0, single_chunks(layout.ranks), output); }

void direct_all_reduce(StepsWriter& write, StepLayout layout) {
  direct_scatter(write, 0, single_chunks(layout.ranks));
  direct_gather(write, 0, single_chunks(layout.ranks), input);
}

struct StepRecipe {
  StepAlgorithm algorithm;
  CollectiveKind kind;
  void (*write)(StepsWriter& write, StepLayout layout);
};

constexpr std::array step_recipes = {
    StepRecipe{StepAlgorithm::recursive_halving_doubling, CollectiveKind::all_reduce, halving_doubling_all_reduce},
    StepRecipe{StepAlgorithm::recursive_halving_doubling, CollectiveKind::all_gather, doubling_all_gather},
    StepRecipe{StepAlgorithm::bruck, CollectiveKind::all_gather, bruck_all_gather},
    StepRecipe{StepAlgorithm::bruck, CollectiveKind::all_to_all, bruck_all_to_all},
    StepRecipe{StepAlgorithm::ring_2d, CollectiveKind::all_reduce, ring_2d_all_reduce},
    StepRecipe{StepAlgorithm::hierarchical, CollectiveKind::all_reduce, hierarchical_all_reduce},
    StepRecipe{StepAlgorithm::direct, CollectiveKind::all_reduce, direct_all_reduce},
    StepRecipe{StepAlgorithm::direct, CollectiveKind::all_gather, direct_all_gather},
    StepRecipe{StepAlgorithm::direct, CollectiveKind::reduce_scatter, direct_reduce_scatter},
    StepRecipe{StepAlgorithm::direct, CollectiveKind::all_to_all, direct_all_to_all}};

[[noreturn]] void refuse_steps(StepAlgorithm algorithm, CollectiveKind kind, int ranks) {
  std::string what = fmt::format("{} has no {}", name_of(algorithm), sim::name_of(kind));
  std::string remedy = "leave the algorithm out, or take";
  const std::size_t without = remedy.size();
  for (const StepRecipe& recipe : step_recipes) {
    if (recipe.kind == kind) remedy += fmt::format("{}{}", remedy.size() == without ? " " : ", ", name_of(recipe.algorithm));
  }
  if (remedy.size() == without) remedy = "leave the algorithm out: none of these has it";
  if (algorithm == StepAlgorithm::recursive_halving_doubling && kind == CollectiveKind::all_gather) {
    what = fmt::format("recursive doubling all-gathers over powers of two, not over {} ranks", ranks);
    remedy = "take bruck, which is the same for any number";
  }
  throw sim::Error({.place = "collective", .what = std::move(what), .remedy = std::move(remedy)}, sim::ErrorKind::unavailable);
}

}  // namespace

std::string_view name_of(StepAlgorithm algorithm) { return step_names[static_cast<std::size_t>(algorithm)]; }

std::vector<std::string> step_algorithm_names() { return {step_names.begin(), step_names.end()}; }

std::optional<StepAlgorithm> step_algorithm(std::string_view name) {
  const auto found = std::ranges::find(step_names, name);
  if (found == step_names.end()) return std::nullopt;
  return static_cast<StepAlgorithm>(found - step_names.begin());
}

std::int64_t message_bound(StepAlgorithm algorithm, StepLayout layout) {
  const std::int64_t ranks = layout.ranks;
  const std::int64_t row = algorithm == StepAlgorithm::ring_2d ? row_of_ring_2d(layout) : layout.gpus_a_node;
  switch (algorithm) {
    case StepAlgorithm::recursive_halving_doubling:
      return 2 * ranks * std::bit_width(static_cast<unsigned>(layout.ranks));
    case StepAlgorithm::bruck:  // of an all-to-all: what is copied part by part
    case StepAlgorithm::direct:
      return 2 * ranks * ranks;
    case StepAlgorithm::ring_2d:
    case StepAlgorithm::hierarchical:
      break;
  }
  return 2 * ranks * (row + ranks / row);
}

int row_of_ring_2d(StepLayout layout) {
  if (layout.gpus_a_node > 1) return layout.gpus_a_node;
  auto row = static_cast<int>(std::sqrt(layout.ranks));
  while (layout.ranks % row != 0) --row;
  return row;
}

CollectiveSteps steps_of(StepAlgorithm algorithm, CollectiveKind kind, StepLayout layout) {
  sim::check(layout.ranks >= 1 && layout.gpus_a_node >= 1 && layout.ranks % layout.gpus_a_node == 0, "nodes have equally many ranks");
  const auto recipe =
      std::ranges::find_if(step_recipes, [&](const StepRecipe& other) { return other.algorithm == algorithm && other.kind == kind; });
  const bool doubles = algorithm == StepAlgorithm::recursive_halving_doubling;
  const bool in_powers = kind == CollectiveKind::all_reduce || floor_power(layout.ranks) == layout.ranks;
  if (recipe == step_recipes.end() || (doubles && !in_powers)) refuse_steps(algorithm, kind, layout.ranks);
  StepsWriter write(name_of(algorithm), kind, {.ranks = layout.ranks, .chunks = doubles ? floor_power(layout.ranks) : layout.ranks});
  recipe->write(write, layout);
  return write.take();
}

}  // namespace orrery::workloads
