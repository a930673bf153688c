#include "http/head_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace larder::http {
namespace {

void receive(HeadBuffer& buffer, std::string_view text) {
  while (!text.empty()) {
    const auto space = buffer.space();
    const auto count = std::min(space.size(), text.size());
    std::memcpy(space.data(), text.data(), count);
    buffer.commit(count);
    text.remove_prefix(count);
  }
}

TEST(HeadBuffer, KeepsWhatIsUnread) {
  HeadBuffer buffer(16 * 1024);
  receive(buffer, "hello world");
  buffer.consume(6);
  EXPECT_EQ(buffer.unread(), "world");
}

TEST(HeadBuffer, GrowsToItsLimitAndNoFurther) {
  HeadBuffer buffer(10'000);
  const std::string text(10'000, 'x');
  receive(buffer, text);
  EXPECT_EQ(buffer.unread(), text);
  EXPECT_TRUE(buffer.full());
  buffer.consume(1);
  EXPECT_FALSE(buffer.full());
  receive(buffer, "y");
  EXPECT_EQ(buffer.unread(), text.substr(1) + "y");
}

TEST(HeadBuffer, GivesItsMemoryBackAndStartsAnew) {
  HeadBuffer buffer(100);
  receive(buffer, "x");
  buffer.consume(1);
  buffer.release();
  EXPECT_TRUE(buffer.empty());
  receive(buffer, "again");
  EXPECT_EQ(buffer.unread(), "again");
}

}  // namespace
}  // namespace larder::http
