// Mean and least rates of random permutations on full trees: another implementation of D-mod-K, ECMP and max-min fair sharing found them,
// over five permutations, and here are twenty. Routing matters as it does there: paths up collide by D-mod-K, those down too by hash, and
// none do where packets choose for themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "topology/throughput.h"

namespace orrery::topology {
namespace {

constexpr int permutations = 20;

struct PermutationRates {
  double mean = 0;
  double mean_of_minima = 0;
  double least = 1;
  double most_flows = 0;  // on a link, in any draw
};

PermutationRates permutation_rates(FatTreeSpec spec, Routing routing) {
  spec.routing = routing;
  const Fabric fabric(spec);
  PermutationRates rates;
  for (std::uint64_t seed = 0; seed < permutations; ++seed) {
    const Throughput result = throughput(fabric, permutation_traffic(fabric.shape(), seed), {.flow = seed});
    rates.mean += result.mean / permutations;
    rates.mean_of_minima += result.minimum / permutations;
    rates.least = std::min(rates.least, result.minimum);
    double most_flows = 0;
    for (const LayerLoad& layer : result.layers) most_flows = std::max(most_flows, layer.most_offered);
    EXPECT_EQ(result.minimum, 1 / most_flows) << "the fullest link is the first to be full";
    rates.most_flows = std::max(rates.most_flows, most_flows);
  }
  return rates;
}

struct PublishedRates {
  FatTreeSpec tree;
  double d_mod_k_mean;
  double d_mod_k_minimum;
  double ecmp_mean;
  double ecmp_minimum;
};

std::vector<PublishedRates> published_rates() {
  return {{{.nodes = 800, .rails = 1, .radix = 40}, 0.655, 0.197, 0.528, 0.193},
          {{.nodes = 2048, .rails = 1, .radix = 64}, 0.647, 0.170, 0.515, 0.175},
          {{.nodes = 1024, .rails = 1, .radix = 16}, 0.550, 0.207, 0.425, 0.169}};
}

// A minimum is one over the flows of the fullest link, which were 4 to 7: a mean of twenty of them may be 0.02 from one of five.
TEST(PublishedRates, OfRandomPermutationsAreReproduced) {
  for (const PublishedRates& published : published_rates()) {
    SCOPED_TRACE(published.tree.nodes);
    const PermutationRates by_destination = permutation_rates(published.tree, Routing::d_mod_k);
    EXPECT_NEAR(by_destination.mean, published.d_mod_k_mean, 0.02);
    EXPECT_NEAR(by_destination.mean_of_minima, published.d_mod_k_minimum, 0.02);
    const PermutationRates by_hash = permutation_rates(published.tree, Routing::ecmp);
    EXPECT_NEAR(by_hash.mean, published.ecmp_mean, 0.02);
    EXPECT_NEAR(by_hash.mean_of_minima, published.ecmp_minimum, 0.02);
    for (const PermutationRates& rates : {by_destination, by_hash}) {
      EXPECT_GE(rates.most_flows, 4);
      EXPECT_LE(rates.most_flows, 7);
      EXPECT_EQ(rates.least, 1 / rates.most_flows);
    }
  }
}

TEST(PublishedRates, AreInTheOrderOfTheRoutings) {
  for (const PublishedRates& published : published_rates()) {
    const double by_destination = permutation_rates(published.tree, Routing::d_mod_k).mean;
    EXPECT_GT(by_destination, permutation_rates(published.tree, Routing::ecmp).mean);
    const PermutationRates adaptive = permutation_rates(published.tree, Routing::adaptive);
    EXPECT_GT(adaptive.mean, by_destination);
    EXPECT_EQ(adaptive.least, 1) << "a 1:1 tree whose packets choose has room for every permutation";
  }
}

}  // namespace
}  // namespace orrery::topology
