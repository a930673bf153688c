#include "core/gate.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace larder {
namespace {

TEST(Gate, OpensWhenAllHaveDoneTheirPart) {
  const auto gate = std::make_shared<Gate>(2);
  const std::jthread one([gate] { gate->done(); });
  const std::jthread other([gate] { gate->done(); });
  EXPECT_TRUE(gate->wait_until(SystemClock().now() + std::chrono::minutes(10)));
}

TEST(Gate, StaysShutAsLongAsOneIsLeft) {
  Gate gate(2);
  gate.done();
  EXPECT_FALSE(gate.wait_until(SystemClock().now() + std::chrono::milliseconds(1)));
  gate.done();
  EXPECT_TRUE(gate.wait_until(SystemClock().now()));
}

}  // namespace
}  // namespace larder
