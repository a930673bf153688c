#include "core/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace larder {
namespace {

Descriptor opened() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

TEST(Descriptor, IsClosedWithItsOwner) {
  int number = -1;
  {
    const Descriptor descriptor = opened();
    number = descriptor.number();
    ASSERT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_EQ(Descriptor().number(), -1);
}

TEST(Descriptor, MovesToAnotherOwner) {
  Descriptor first = opened();
  const int number = first.number();
  {
    const Descriptor second = std::move(first);
    EXPECT_EQ(second.number(), number);
    EXPECT_EQ(first.number(), -1);  // NOLINT(bugprone-use-after-move): that it is empty is what is tested
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, WhatIsReplacedIsClosed) {
  Descriptor descriptor = opened();
  const int before = descriptor.number();
  Descriptor other = opened();
  const int number = other.number();
  descriptor = std::move(other);
  EXPECT_EQ(descriptor.number(), number);
  descriptor = Descriptor();
  EXPECT_EQ(descriptor.number(), -1);
  EXPECT_FALSE(is_open(number));
  other = Descriptor();  // NOLINT(bugprone-use-after-move): it may hold what it was given in exchange
  EXPECT_FALSE(is_open(before));
}

TEST(Descriptor, WhatIsReleasedStaysOpen) {
  int number = -1;
  {
    Descriptor descriptor = opened();
    number = descriptor.release();
    EXPECT_EQ(descriptor.number(), -1);
  }
  EXPECT_TRUE(is_open(number));
  const Descriptor owner(number);
}

}  // namespace
}  // namespace larder
