#include "core/turns.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace larder {
namespace {

using Line = std::deque<std::string>;

std::string take(Turns<int, Line>& turns) {
  Line& line = turns.first();
  std::string next = line.front();
  line.pop_front();
  turns.pass();
  return next;
}

TEST(Turns, KeysTakeTurnsHoweverMuchEachHasWaiting) {
  Turns<int, Line> turns;
  for (const char* name : {"a1", "a2", "a3"}) turns.of(1).emplace_back(name);
  turns.of(2).emplace_back("b1");
  std::string order;
  while (!turns.empty()) {
    order += take(turns);
    if (order == "a1b1") turns.of(2).emplace_back("b2");  // behind who waits already
  }
  EXPECT_EQ(order, "a1b1a2b2a3");
  EXPECT_EQ(turns.find(1), nullptr);
}

TEST(Turns, KeysWithinKeysTakeTurnsAmongThemselves) {
  Turns<int, Turns<int, Line>> turns;
  for (int inner = 0; inner < 3; ++inner) turns.of(1).of(inner).push_back("a" + std::to_string(inner));
  turns.of(1).of(0).emplace_back("a9");
  turns.of(2).of(0).emplace_back("b0");
  std::string order;
  while (!turns.empty()) {
    order += take(turns.first());
    turns.pass();
  }
  EXPECT_EQ(order, "a0b0a1a2a9");
}

}  // namespace
}  // namespace larder
