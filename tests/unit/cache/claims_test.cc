#include "cache/claims.h"

#include <gtest/gtest.h>

#include "cache_test.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

class ClaimsTest : public CacheTest {
 protected:
  static constexpr std::uint64_t kTotal = 5 * kSliceSize + 17;

  Claims claims_of(std::uint32_t first, std::uint32_t count) {
    return {first, object->claim(first, count, *store, interest), interest, *store};
  }
  std::vector<std::uint32_t> numbers(Claims& claims) {
    std::vector<std::uint32_t> all;
    while (claims.front(*object)) all.push_back(claims.take_front()->number());
    return all;
  }

  std::shared_ptr<Object> object = std::make_shared<Object>(info_of(kTotal), clock.moment());
  std::shared_ptr<FillInterest> interest = std::make_shared<FillInterest>();
};

TEST_F(ClaimsTest, WhatIsMissingEndsWhereSomebodyElseBegins) {
  Claims to_the_end = claims_of(3, 8);
  EXPECT_EQ(to_the_end.missing(*object), (http::ByteRange{3 * kSliceSize, kTotal}));
  to_the_end.abandon(*object);
  EXPECT_TRUE(to_the_end.missing(*object).empty());

  const auto other = std::make_shared<FillInterest>();
  ASSERT_EQ(object->claim(1, 1, *store, other), 1u);
  ASSERT_NE(object->take(1, *store, other), nullptr);
  Claims claims(0, 0, interest, *store);
  claims.extend(*object, 0, 3 * kSliceSize);
  EXPECT_EQ(claims.missing(*object), (http::ByteRange{0, kSliceSize}));
  EXPECT_EQ(numbers(claims), (std::vector<std::uint32_t>{0, 2}));
}

TEST_F(ClaimsTest, WhatIsStoredMeanwhileIsPassedOver) {
  cache->store_slice(object, fill(object, 1, std::byte{1}));
  store->drain();
  Claims claims(0, 0, interest, *store);
  claims.extend(*object, 0, 3 * kSliceSize);
  EXPECT_EQ(numbers(claims), (std::vector<std::uint32_t>{0, 2}));
}

TEST_F(ClaimsTest, OnlySlicesThatAreWhollyThereAreTakenOn) {
  Claims claims(0, 0, interest, *store);
  claims.extend(*object, 100, 3 * kSliceSize - 1);
  EXPECT_EQ(numbers(claims), (std::vector<std::uint32_t>{1}));
  Claims to_the_end(0, 0, interest, *store);
  to_the_end.extend(*object, 4 * kSliceSize, kTotal);
  EXPECT_EQ(numbers(to_the_end), (std::vector<std::uint32_t>{4, 5}));
}

// An origin that sends everything again: what was half there is not first any more, and holds no memory while its fill
// waits for some.
TEST_F(ClaimsTest, OnlyTheFirstSliceHoldsMemory) {
  Claims claims = claims_of(3, 1);
  const std::shared_ptr<FillingSlice> half = claims.front(*object);
  half->set_buffer(*cache->memory().try_take(half->length()));
  half->advance(1000);
  claims.extend(*object, 0, kTotal);
  EXPECT_EQ(half->state(), FillingSlice::State::kAbandoned);
  EXPECT_NE(object->filling(3), half);
  EXPECT_NE(object->filling(3), nullptr) << "who looks again finds the new one";
  EXPECT_EQ(numbers(claims), (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(ClaimsTest, TheFirstSliceGoesOnWhereItIs) {
  Claims claims = claims_of(3, 2);
  const std::shared_ptr<FillingSlice> half = claims.front(*object);
  half->set_buffer(*cache->memory().try_take(half->length()));
  half->advance(1000);
  EXPECT_EQ(claims.missing(*object).begin, 3 * kSliceSize + 1000);
  claims.extend(*object, 3 * kSliceSize + 1000 - 1000, kTotal);
  EXPECT_EQ(claims.front(*object), half);
  EXPECT_EQ(half->state(), FillingSlice::State::kFilling);
}

TEST_F(ClaimsTest, WhatIsLeftIsForOthersOrFails) {
  Claims claims = claims_of(0, 2);
  const std::shared_ptr<FillingSlice> first = claims.front(*object);
  claims.abandon(*object);
  EXPECT_EQ(claims.front(*object), nullptr);
  EXPECT_EQ(first->state(), FillingSlice::State::kAbandoned);
  EXPECT_EQ(object->filling(0), nullptr);

  claims.extend(*object, 0, 2 * kSliceSize);
  const std::shared_ptr<FillingSlice> second = claims.front(*object);
  object->take_over(0);
  EXPECT_EQ(second->state(), FillingSlice::State::kAbandoned);
  EXPECT_EQ(object->claim(0, 2, *store, std::make_shared<FillInterest>()), 2u) << "and what was to follow it";
  claims.extend(*object, 3 * kSliceSize, 4 * kSliceSize);
  EXPECT_EQ(claims.front(*object)->number(), 3u);
  interest->set(FillInterest::Origin::kConfirmed);
  object->take_over(3);
  EXPECT_NE(object->filling(3), nullptr) << "it is on its way";
}

// Readers follow a body whose length nobody tells: they find the slice that comes next before its fill is there.
TEST_F(ClaimsTest, ABodyOfUnknownLengthIsTakenOnToItsEnd) {
  const auto untold = std::make_shared<Object>(info_of(kUnknownTotal), clock.moment());
  Claims claims(0, 0, interest, *store);
  claims.extend(*untold, 0, kUnknownTotal);
  const auto awaited = untold->filling(1);
  ASSERT_NE(awaited, nullptr);
  EXPECT_EQ(claims.front(*untold)->number(), 0u);
  claims.take_front();
  EXPECT_EQ(claims.front(*untold), awaited);
  untold->set_total(kSliceSize);
  claims.abandon(*untold);
  EXPECT_EQ(awaited->state(), FillingSlice::State::kAbandoned) << "who waits looks again, and finds the end";
  EXPECT_FALSE(untold->underway(5));
}

}  // namespace
}  // namespace larder::cache
