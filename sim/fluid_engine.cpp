#include "sim/fluid_engine.h"

#include <utility>

#include "sim/fluid_player.h"
#include "sim/fluid_session.h"

namespace orrery::sim {
namespace {

class FluidEngine final : public Engine {
 public:
  explicit FluidEngine(Resolve resolve) : resolve_(resolve) {}
  Timeline play(const Model& model, const PlayOptions& options) override {
    return FluidPlayer(model, options, resolve_, statistics_).play();
  }
  std::unique_ptr<Session> open(std::vector<Resource> resources) override { return std::make_unique<FluidSession>(std::move(resources)); }

 private:
  Resolve resolve_;
  OrderStatistics statistics_;
};

}  // namespace

std::unique_ptr<Engine> make_fluid_engine(Resolve resolve) { return std::make_unique<FluidEngine>(resolve); }

}  // namespace orrery::sim
