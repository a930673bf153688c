#include "cache/inspection.h"

#include <gtest/gtest.h>

#include "cache_test.h"
#include "origin/url_target.h"

namespace larder::cache {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class InspectionTest : public CacheTest {
 protected:
  InspectionTest() {
    origin::ContentRule rule;
    rule.name = "files";
    rule.hosts = {"dl.example.com"};
    rules_ = *origin::RuleSet::build({}, {rule});
    target_ = *origin::parse_url_target("http://dl.example.com/a", *rules_);
  }

  Inspection look(std::uint64_t most = kMostInspectedSlices) {
    auto seen = inspect(*cache, target_, most);
    EXPECT_TRUE(seen) << seen.error().text;
    return seen ? *std::move(seen) : Inspection();
  }
  /// An object of three slices, the last one short, that is fresh for an hour.
  ObjectInfo info() const {
    ObjectInfo info = info_of(2 * storage::kSliceSize + 5);
    info.born = info.checked = clock.wall();
    info.fresh_until = clock.wall() + hours(1);
    info.fields = {{"Cache-Control", "max-age=3600"}};
    return info;
  }
  std::shared_ptr<Object> keep(const ObjectInfo& info) {
    auto object = std::make_shared<Object>(info, clock.moment());
    const auto entry = cache->objects().entry(target_.key);
    EXPECT_EQ(entry->begin(clock.now(), nullptr).next, UrlEntry::Next::kLoad);
    entry->loaded(object);
    return object;
  }

  std::shared_ptr<const origin::RuleSet> rules_;
  origin::Target target_;
};

TEST_F(InspectionTest, NothingIsKnownAndNothingIsMade) {
  const Inspection seen = look();
  EXPECT_FALSE(seen.in_memory);
  EXPECT_FALSE(seen.on_drive);
  EXPECT_FALSE(seen.object);
  EXPECT_EQ(cache->objects().size(), 0u);
}

TEST_F(InspectionTest, CountsWhatIsStoredAndWhatIsOnItsWay) {
  const auto object = keep(info());
  cache->store_slice(object, fill(object, 2, std::byte{7}));
  store->drain();
  const auto filling = fill(object, 0, std::byte{1});
  const Inspection seen = look();
  EXPECT_TRUE(seen.in_memory);
  EXPECT_FALSE(seen.on_drive);
  ASSERT_TRUE(seen.object);
  EXPECT_EQ(seen.object->slices, 3u);
  EXPECT_EQ(seen.object->looked_at, 3u);
  EXPECT_EQ(seen.object->stored, 1u);
  EXPECT_EQ(seen.object->stored_bytes, 5u);
  EXPECT_EQ(seen.object->under_way, 1u);
  EXPECT_EQ(look(2).object->stored, 0u) << "the stored one is behind the two that are looked at";
  EXPECT_EQ(look(2).object->looked_at, 2u);
}

TEST_F(InspectionTest, SaysHowLongItIsFreshAndByWhoseWord) {
  keep(info());
  Inspection seen = look();
  EXPECT_TRUE(seen.object->fresh);
  EXPECT_EQ(seen.object->fresh_for, hours(1));
  EXPECT_EQ(seen.object->basis, FreshnessBasis::kMaxAge);
  clock.advance(hours(1) + seconds(5));
  seen = look();
  EXPECT_FALSE(seen.object->fresh);
  EXPECT_EQ(seen.object->fresh_for, -seconds(5));
  EXPECT_EQ(seen.object->age, hours(1) + seconds(5));
}

TEST_F(InspectionTest, WhatIsLentIsOldAndServed) {
  const auto object = keep(info());
  clock.advance(hours(2));
  object->lend(clock.now(), seconds(30));
  EXPECT_FALSE(look().object->fresh);
  EXPECT_TRUE(look().object->lent);
}

TEST_F(InspectionTest, ReadsFromTheDriveWhatIsNotInMemory) {
  const auto object = std::make_shared<Object>(info(), clock.moment());
  cache->store_info(target_.key, object);
  store->drain();
  const Inspection seen = look();
  EXPECT_FALSE(seen.in_memory);
  EXPECT_TRUE(seen.on_drive);
  ASSERT_TRUE(seen.object);
  EXPECT_EQ(seen.object->info.etag, "\"v1\"");
  EXPECT_TRUE(seen.object->fresh);
  EXPECT_EQ(cache->objects().size(), 0u) << "looking changes nothing";
}

TEST_F(InspectionTest, WhatWasReplacedIsSaidToBe) {
  const auto object = keep(info());
  cache->forget(*cache->objects().entry(target_.key), target_.key, object, UrlEntry::Why::kChanged);
  store->drain();
  const Inspection seen = look();
  EXPECT_TRUE(seen.replaced);
  EXPECT_FALSE(seen.object);
}

TEST_F(InspectionTest, APurgeIsSeenAtOnceInMemoryAndOnTheDrive) {
  cache->store_info(target_.key, std::make_shared<Object>(info(), clock.moment()));
  store->drain();
  ASSERT_TRUE(cache->purge({Purge::What::kRule, "files", false}, *rules_));
  Inspection seen = look();
  ASSERT_TRUE(seen.object);
  EXPECT_TRUE(seen.object->outdated) << "on the drive";
  EXPECT_FALSE(seen.object->fresh);
  keep(info());
  EXPECT_TRUE(look().object->outdated) << "in memory";

  ASSERT_TRUE(cache->purge({Purge::What::kEverything, "", true}, *rules_));
  seen = look();
  EXPECT_TRUE(seen.purged);
  EXPECT_FALSE(seen.object);
}

TEST_F(InspectionTest, SomebodyAsks) {
  const auto entry = cache->objects().entry(target_.key);
  EXPECT_EQ(entry->begin(clock.now(), nullptr).next, UrlEntry::Next::kLoad);
  EXPECT_TRUE(look().asking);
  entry->loaded(nullptr);
  EXPECT_FALSE(look().asking);
}

}  // namespace
}  // namespace larder::cache
