// Tests that play with SimGrid: skipped where it was not built in.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "sim/simgrid_engine.h"
#include "tests/sim/model_maker.h"

namespace orrery::sim {

class SimGridTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_simgrid()) GTEST_SKIP() << "SimGrid was not built in";
    engine = make_simgrid_engine();
  }
  Timeline play(const ModelMaker& make, const PlayOptions& options = {}) {
    validate(make.model);
    return engine->play(make.model, options);
  }

  std::unique_ptr<Engine> engine;
};

}  // namespace orrery::sim
