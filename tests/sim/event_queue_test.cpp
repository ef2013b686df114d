#include "sim/event_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace orrery::sim {
namespace {

TEST(EventQueue, PopsAWholeTickInOrderOfPush) {
  EventQueue<int> queue;
  queue.push(Time{5}, 1);
  queue.push(Time{3}, 2);
  queue.push(Time{5}, 3);
  EXPECT_EQ(queue.size(), 3u);

  std::vector<int> due = {99};
  EXPECT_EQ(queue.next(), Time{3});
  queue.pop_tick(due);
  EXPECT_EQ(due, (std::vector<int>{2}));
  EXPECT_EQ(queue.next(), Time{5});
  queue.pop_tick(due);
  EXPECT_EQ(due, (std::vector<int>{1, 3}));
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, WhatIsPushedAtTheTickAtHandIsATickOfItsOwn) {
  EventQueue<int> queue;
  std::vector<int> due;
  queue.push(Time{5}, 1);
  queue.pop_tick(due);
  queue.push(Time{5}, 2);
  EXPECT_EQ(queue.next(), Time{5});
  queue.pop_tick(due);
  EXPECT_EQ(due, (std::vector<int>{2}));
}

TEST(EventQueue, WhatIsPushedBeforeTheTickPoppedLastComesFirst) {
  EventQueue<int> queue;
  std::vector<int> due;
  for (const int time : {70, 90, 70, 1'000'000}) queue.push(Time{time}, time);
  queue.push(Time{8}, 8);
  queue.pop_tick(due);
  queue.pop_tick(due);
  EXPECT_EQ(due, (std::vector<int>{70, 70}));
  queue.push(Time{20}, 20);
  queue.push(Time{90}, 91);
  for (const std::vector<int>& expected : std::vector<std::vector<int>>{{20}, {90, 91}, {1'000'000}}) {
    queue.pop_tick(due);
    EXPECT_EQ(due, expected);
  }
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, EmptyOneHasNoNextTick) {
  EventQueue<int> queue;
  std::vector<int> due;
  EXPECT_THROW(queue.next(), std::logic_error);
  EXPECT_THROW(queue.pop_tick(due), std::logic_error);
}

TEST(EventQueue, CarriesPayloadsThatCannotBeCopied) {
  EventQueue<std::unique_ptr<int>> queue;
  queue.push(Time{1}, std::make_unique<int>(7));
  std::vector<std::unique_ptr<int>> due;
  queue.pop_tick(due);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(*due[0], 7);
}

// Against an ordered map of lists, with many ties and pushes between pops, at and after the tick at hand.
TEST(EventQueue, AgreesWithAnOrderedMap) {
  std::mt19937 draw(1);
  for (int trial = 0; trial < 200; ++trial) {
    EventQueue<int> queue;
    std::map<Time, std::vector<int>> expected;
    Time now{};
    int payload = 0;
    std::vector<int> due;
    for (int turn = 0; turn < 50; ++turn) {
      for (auto pushes = draw() % 8; pushes > 0; --pushes) {
        const Time at = now + Duration{static_cast<std::int64_t>(draw() % 10)};
        queue.push(at, payload);
        expected[at].push_back(payload++);
      }
      ASSERT_EQ(queue.empty(), expected.empty());
      if (queue.empty()) continue;
      now = queue.next();
      ASSERT_EQ(now, expected.begin()->first);
      queue.pop_tick(due);
      ASSERT_EQ(due, expected.begin()->second);
      expected.erase(expected.begin());
    }
  }
}

}  // namespace
}  // namespace orrery::sim
