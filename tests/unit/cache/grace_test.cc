#include "cache/grace.h"

#include <gtest/gtest.h>

#include <memory>

namespace larder::cache {
namespace {

// Else whoever asks again and again with a signature that is answered 503, or kept waiting, would keep what is old for
// everybody.
TEST(Grace, WhatWasSaidToOneQueryOfSeveralKeepsNothingOldForOthers) {
  const origin::ContentRule plain;
  origin::ContentRule without_query;
  without_query.query_in_key = false;
  origin::ContentRule mirrors;
  mirrors.shared_name = true;
  const RoundEnd answer = std::make_shared<const Answer>();
  const RoundEnd silence = Error(Errc::kTimeout, "");
  for (const RoundEnd& end : {answer, silence}) {
    EXPECT_TRUE(stale_grace(end, false, plain).to_all);
    EXPECT_EQ(stale_grace(end, false, plain).lasts, kStaleGrace);
    EXPECT_FALSE(stale_grace(end, false, without_query).to_all);
    EXPECT_FALSE(stale_grace(end, false, mirrors).to_all);
    EXPECT_TRUE(stale_grace(end, true, mirrors).to_all) << "it cannot be reached by anybody";
  }
  EXPECT_EQ(stale_grace(answer, false, mirrors).lasts, kShortGrace) << "it may be answered the next moment";
  EXPECT_EQ(stale_grace(silence, false, mirrors).lasts, kStaleGrace);
}

}  // namespace
}  // namespace larder::cache
