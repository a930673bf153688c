// What another process has found to be outdated.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/object_table.h"
#include "cache/url_entry.h"
#include "cache_test.h"

namespace larder::cache {
namespace {

constexpr origin::UrlKey kStored{{11, 12}};
constexpr origin::UrlKey kBeside{{13, 14}};

class OutdatedTest : public CacheTest {
 protected:
  std::shared_ptr<Object> object(std::string etag = "\"v1\"") {
    ObjectInfo info = info_of(10, std::move(etag));
    info.born = info.checked = clock.wall();
    info.fresh_until = clock.wall() + std::chrono::hours(1);
    return std::make_shared<Object>(std::move(info), clock.moment());
  }
  UrlEntry::Step begin(UrlEntry& entry) {
    auto wakeup = net::Wakeup::make(executor());
    wakeup->arm();
    wakeups.push_back(wakeup);
    return entry.begin(clock.now(), wakeup);
  }
  /// The entry of a URL, with a fresh object at hand that is described on a drive.
  std::shared_ptr<UrlEntry> served(const origin::UrlKey& url) {
    auto entry = cache->objects().entry(url);
    EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kLoad);
    const auto at_hand = object();
    cache->store_info(url, at_hand);
    store->drain();
    entry->loaded(at_hand);
    EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kServe);
    return entry;
  }

  std::vector<std::shared_ptr<net::Wakeup>> wakeups;
};

TEST_F(OutdatedTest, NobodyGetsItFromTheStartAnyMore) {
  const auto entry = served(kStored);
  const auto other = served(kBeside);
  const auto read = entry->object();

  cache->forget_outdated(kStored);

  EXPECT_TRUE(read->superseded());
  EXPECT_EQ(entry->object(), nullptr);
  EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kLearn) << "the drive is not looked at again";
  store->drain();
  EXPECT_EQ(run(cache->load_info(executor(), kStored)), nullptr) << "after a restart neither";
  EXPECT_EQ(begin(*other).next, UrlEntry::Next::kServe);
  EXPECT_NE(run(cache->load_info(executor(), kBeside)), nullptr);
}

TEST_F(OutdatedTest, WhatIsNotAtHandIsErasedToo) {
  cache->store_info(kStored, object());
  cache->forget_outdated(kStored);
  EXPECT_EQ(cache->objects().size(), 0u) << "nothing is made for it";
  store->drain();
  EXPECT_EQ(run(cache->load_info(executor(), kStored)), nullptr);
  cache->forget_outdated(kBeside);
}

TEST_F(OutdatedTest, WhatIsBeingReadFromADriveIsNotTaken) {
  for (const bool all : {false, true}) {
    const origin::UrlKey url = all ? kBeside : kStored;
    cache->store_info(url, object());
    store->drain();
    const auto entry = cache->objects().entry(url);
    ASSERT_EQ(begin(*entry).next, UrlEntry::Next::kLoad);
    ASSERT_EQ(begin(*entry).next, UrlEntry::Next::kWait);
    const auto read = run(cache->load_info(executor(), url));
    ASSERT_NE(read, nullptr);

    if (all) {
      cache->forget_all_outdated();
    } else {
      cache->forget_outdated(url);
    }
    entry->loaded(read);

    EXPECT_EQ(entry->object(), nullptr);
    EXPECT_TRUE(wakeups.back()->notified()) << "who has waited looks again";
    EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kLearn);
  }
}

TEST_F(OutdatedTest, WhatIsReadLaterIsTaken) {
  const auto entry = cache->objects().entry(kStored);
  entry->drop();
  ASSERT_EQ(begin(*entry).next, UrlEntry::Next::kLoad);
  entry->loaded(object());
  EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kServe);
}

// The origin's word on the version that was dropped says nothing of another one.
TEST_F(OutdatedTest, ARevalidationUnderWayBringsItNotBack) {
  const auto entry = served(kStored);
  clock.advance(std::chrono::hours(2));
  const auto step = begin(*entry);
  ASSERT_EQ(step.next, UrlEntry::Next::kRevalidate);
  cache->forget_outdated(kStored);
  EXPECT_FALSE(entry->finish(step.round, step.object));
  EXPECT_EQ(entry->object(), nullptr);
  EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kLearn);
}

TEST_F(OutdatedTest, WhatTheOriginSaysMeanwhileIsTaken) {
  const auto entry = cache->objects().entry(kStored);
  ASSERT_EQ(begin(*entry).next, UrlEntry::Next::kLoad);
  entry->loaded(nullptr);
  const auto step = begin(*entry);
  ASSERT_EQ(step.next, UrlEntry::Next::kLearn);
  cache->forget_outdated(kStored);
  EXPECT_TRUE(entry->finish(step.round, object("\"v2\"")));
  EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kServe);
}

TEST_F(OutdatedTest, AllMayBeOutdated) {
  const auto entry = served(kStored);
  const auto other = served(kBeside);
  const auto read = entry->object();

  cache->forget_all_outdated();

  EXPECT_TRUE(read->superseded());
  EXPECT_EQ(begin(*entry).next, UrlEntry::Next::kLearn);
  EXPECT_EQ(begin(*other).next, UrlEntry::Next::kLearn);
  const auto loaded = run(cache->load_info(executor(), kStored));
  ASSERT_NE(loaded, nullptr) << "what is stored stays";
  EXPECT_FALSE(loaded->usable(clock.now())) << "once the origin has been asked";
}

TEST_F(OutdatedTest, LookingDoesNotMakeAnEntry) {
  EXPECT_EQ(cache->objects().peek(kStored), nullptr);
  const auto entry = cache->objects().entry(kStored);
  EXPECT_EQ(cache->objects().peek(kStored), entry);
  EXPECT_EQ(cache->objects().size(), 1u);
}

}  // namespace
}  // namespace larder::cache
