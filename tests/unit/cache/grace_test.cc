#include "cache/grace.h"

#include <gtest/gtest.h>

namespace larder::cache {
namespace {

// Else whoever asks again and again with a signature that is answered 503, or not for a long time, would keep what is
// old for everybody.
TEST(Grace, WhatWasSaidToOneQueryOfSeveralKeepsNothingOldForLong) {
  const origin::ContentRule plain;
  origin::ContentRule without_query;
  without_query.query_in_key = false;
  origin::ContentRule mirrors;
  mirrors.shared_name = true;
  EXPECT_EQ(stale_grace(true, plain), kStaleGrace);
  EXPECT_EQ(stale_grace(true, without_query), kShortGrace);
  EXPECT_EQ(stale_grace(true, mirrors), kShortGrace);
  for (const auto& rule : {plain, without_query, mirrors}) {
    EXPECT_EQ(stale_grace(false, rule), kStaleGrace) << "an origin that cannot be reached cannot be for anybody";
  }
}

}  // namespace
}  // namespace larder::cache
