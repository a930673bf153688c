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
  EXPECT_EQ(why_forward(object_of(false, "\"a\"", seconds(0)), false), std::nullopt);
  EXPECT_EQ(why_forward(object_of(true, "W/\"a\"", seconds(0)), true), std::nullopt) << "the origin can be asked";
  EXPECT_EQ(why_forward(object_of(true, "", seconds(1)), true), std::nullopt);
  EXPECT_EQ(why_forward(object_of(true, "", seconds(0)), true), Why::kNoValidator);
  EXPECT_EQ(why_forward(object_of(true, "", seconds(1)), false), Why::kNoDrive);
  ObjectInfo untold = object_of(false, "\"a\"", seconds(1));
  untold.total = kUnknownTotal;
  EXPECT_EQ(why_forward(untold, true), std::nullopt);
  EXPECT_EQ(why_forward(untold, false), Why::kNoDrive) << "nobody can ask for the rest before its end is known";
  ObjectInfo forbidden = object_of(false, "\"a\"", seconds(1));
  forbidden.forbidden = true;
  EXPECT_EQ(why_forward(forbidden, true), Why::kForbidden);
  ObjectInfo talkative = object_of(false, "\"a\"", seconds(1));
  talkative.fields.emplace_back("Content-Disposition", std::string(30'000, 'x'));
  EXPECT_EQ(why_forward(talkative, true), Why::kTooLong) << "a hundred thousand such would be all memory";
}

}  // namespace
}  // namespace larder::cache
