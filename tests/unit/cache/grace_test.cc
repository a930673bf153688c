#include "cache/grace.h"

#include <gtest/gtest.h>

#include <memory>

namespace larder::cache {
namespace {

RoundEnd answer_of(int status) {
  auto answer = std::make_shared<Answer>();
  answer->status = status;
  return std::shared_ptr<const Answer>(std::move(answer));
}

// Else whoever asks again and again with a signature that is answered 503 would keep what is old for everybody.
TEST(Grace, WhatWasSaidToOneQueryOfSeveralKeepsNothingOldForLong) {
  const origin::ContentRule plain;
  origin::ContentRule without_query;
  without_query.query_in_key = false;
  origin::ContentRule mirrors;
  mirrors.shared_name = true;
  EXPECT_EQ(stale_grace(answer_of(503), plain), kStaleGrace);
  EXPECT_EQ(stale_grace(answer_of(503), without_query), kShortGrace);
  EXPECT_EQ(stale_grace(answer_of(429), mirrors), kShortGrace);
  const RoundEnd silence = Error(Errc::kTimeout, "");
  for (const auto& rule : {plain, without_query, mirrors}) EXPECT_EQ(stale_grace(silence, rule), kStaleGrace);
}

}  // namespace
}  // namespace larder::cache
