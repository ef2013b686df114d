#include "sim/fluid_engine.h"

#include <utility>

#include "sim/fluid_player.h"
#include "sim/fluid_session.h"

namespace orrery::sim {
namespace {

class FluidEngine final : public Engine {
 public:
  Timeline play(const Model& model, const PlayOptions& options) override { return FluidPlayer(model, options).play(); }
  std::unique_ptr<Session> open(std::vector<Resource> resources) override { return std::make_unique<FluidSession>(resources); }
};

}  // namespace

std::unique_ptr<Engine> make_fluid_engine() { return std::make_unique<FluidEngine>(); }

}  // namespace orrery::sim
