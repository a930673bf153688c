#include "cache/forward.h"

#include <gtest/gtest.h>

#include "cache_test.h"

namespace larder::cache {
namespace {

ObjectInfo object_of(bool single, std::string etag, std::chrono::seconds fresh_for) {
  ObjectInfo info = info_of(100, std::move(etag));
  info.single = single;
  info.checked = support::ManualClock::kStart;
  info.fresh_until = info.checked + fresh_for;
  return info;
}

TEST(WhyForward, NamesTheFirstReason) {
  using std::chrono::seconds;
  using Why = ForwardReason;
  EXPECT_EQ(why_forward(object_of(false, "\"a\"", seconds(0)), false, false), std::nullopt);
  EXPECT_EQ(why_forward(object_of(true, "W/\"a\"", seconds(0)), true, false), std::nullopt)
      << "the origin can be asked";
  EXPECT_EQ(why_forward(object_of(true, "", seconds(1)), true, false), std::nullopt);
  EXPECT_EQ(why_forward(object_of(true, "", seconds(0)), true, false), Why::kNoValidator);
  EXPECT_EQ(why_forward(object_of(true, "", seconds(1)), false, false), Why::kNoDrive);
  EXPECT_EQ(why_forward(object_of(false, "\"a\"", seconds(1)), true, true), std::nullopt);
  EXPECT_EQ(why_forward(object_of(false, "\"a\"", seconds(1)), false, true), Why::kNoDrive)
      << "nobody can ask for the rest before its end is known";
  ObjectInfo forbidden = object_of(false, "\"a\"", seconds(1));
  forbidden.forbidden = true;
  EXPECT_EQ(why_forward(forbidden, true, false), Why::kForbidden);
  ObjectInfo talkative = object_of(false, "\"a\"", seconds(1));
  talkative.fields.emplace_back("Content-Disposition", std::string(30'000, 'x'));
  EXPECT_EQ(why_forward(talkative, true, false), Why::kTooLong) << "a hundred thousand such would be all memory";
}

}  // namespace
}  // namespace larder::cache
