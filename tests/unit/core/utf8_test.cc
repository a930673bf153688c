#include "core/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/code_points.h"

namespace larder {
namespace {

TEST(Utf8, CharactersAreTakenOneByOne) {
  std::vector<char32_t> points;
  for (std::string_view text = "aé東🚀\xff\xc3"; !text.empty();) points.push_back(take_point(text));
  EXPECT_EQ(points, (std::vector<char32_t>{U'a', U'é', U'東', U'🚀', kNoPoint, kNoPoint}));
}

TEST(Utf8, OverlongSurrogatesAndTooLargeOnesAreNone) {
  EXPECT_TRUE(is_utf8("\xf4\x8f\xbf\xbf"));
  for (const char* text :
       {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\x80"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(CodePoints, KindsAreToldApart) {
  EXPECT_TRUE(is_control(0) && is_control(0x9F) && !is_control(0xA0));
  EXPECT_TRUE(is_invisible(0x202E) && is_invisible(0x200D) && is_invisible(0x10FFFF) && !is_invisible(U'a'));
  EXPECT_FALSE(is_invisible(0x0600)) << "a sign that is seen";
  EXPECT_TRUE(is_joiner(0x200D) && !is_joiner(0x200B));
  EXPECT_TRUE(is_blank(U' ') && is_blank(0x3000) && !is_blank(0x200B));
}

}  // namespace
}  // namespace larder
