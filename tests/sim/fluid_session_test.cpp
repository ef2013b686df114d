#include "sim/fluid_session.h"

#include <gtest/gtest.h>

#include "sim/fluid_engine.h"
#include "tests/sim/model_maker.h"

namespace orrery::sim {
namespace {

TEST(FluidSession, ActivitiesStartedOnlineShareAsPlayedOnesDo) {
  const auto session = make_fluid_engine()->open({{gigabyte_per_second}});
  std::vector<std::pair<int, Time>> ends;
  const auto start = [&](int name, std::int64_t bytes, Time when) {
    session->start({.amount = bytes, .demands = {{ResourceId{0}, 1}}}, when, [&ends, name](Time end) { ends.emplace_back(name, end); });
  };
  start(1, 1'000, Time{});
  start(2, 500, Time{});
  session->run_until(at(1_us));
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0], std::pair(2, at(1_us)));
  EXPECT_EQ(session->now(), at(1_us));
  session->run_until(Time::never());
  EXPECT_EQ(ends[1], std::pair(1, at(1'500_ns)));
  EXPECT_EQ(session->now(), at(1'500_ns));
}

TEST(FluidSession, CallbacksMayStartWhatComesNext) {
  const auto session = make_fluid_engine()->open({{gigabyte_per_second}});
  int left = 5;
  Time last{};
  std::function<void(Time)> next = [&](Time end) {
    last = end;
    if (--left > 0) session->start({.amount = 1'000, .latency = 1_us, .demands = {{ResourceId{0}, 1}}}, end, next);
  };
  session->start({.amount = 1'000, .latency = 1_us, .demands = {{ResourceId{0}, 1}}}, Time{}, next);
  session->run_until(Time::never());
  EXPECT_EQ(last, at(10_us));
}

TEST(FluidSession, ReusedNumbersDoNotHearOldEnds) {
  const auto session = make_fluid_engine()->open({{gigabyte_per_second}});
  // Two runs slow each other down and leave superseded ends behind; later runs take their numbers. Each later run must take exactly 1 us.
  session->start({.amount = 1'000, .demands = {{ResourceId{0}, 1}}}, Time{}, nullptr);
  session->start({.amount = 100, .demands = {{ResourceId{0}, 1}}}, at(100_ns), nullptr);
  session->run_until(Time::never());
  Time end{};
  for (int i = 0; i < 10; ++i) {
    const Time begin = session->now();
    session->start({.amount = 1'000, .demands = {{ResourceId{0}, 1}}}, begin, [&](Time when) { end = when; });
    session->run_until(Time::never());
    EXPECT_EQ(end - begin, 1_us);
  }
}

}  // namespace
}  // namespace orrery::sim
