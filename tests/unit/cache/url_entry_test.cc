#include "cache/url_entry.h"

#include <gtest/gtest.h>

#include "cache/object_table.h"
#include "cache_test.h"

namespace larder::cache {
namespace {

using Next = UrlEntry::Next;

class UrlEntryTest : public CacheTest {
 protected:
  UrlEntry::Step begin() {
    wakeup = net::Wakeup::make(executor());
    wakeup->arm();
    UrlEntry::Step step = entry.begin(clock.now(), wakeup);
    if (step.round) round = step.round;
    return step;
  }
  std::shared_ptr<Object> object(std::chrono::seconds fresh_for, std::string etag = "\"v1\"") {
    ObjectInfo info = info_of(10, std::move(etag));
    info.born = clock.wall();
    info.fresh_until = clock.wall() + fresh_for;
    return std::make_shared<Object>(std::move(info), clock.moment());
  }
  /// The entry once the disk was asked and had nothing.
  void pass_disk() {
    EXPECT_EQ(begin().next, Next::kLoad);
    entry.loaded(nullptr);
  }

  UrlEntry entry;
  std::shared_ptr<net::Wakeup> wakeup;
  std::shared_ptr<Round> round;  // of the last step that had one
};

TEST_F(UrlEntryTest, AsksTheDiskFirstAndThenTheOrigin) {
  EXPECT_EQ(begin().next, Next::kLoad);
  EXPECT_EQ(begin().next, Next::kWait);
  entry.loaded(nullptr);
  EXPECT_EQ(begin().next, Next::kLearn);
  EXPECT_EQ(begin().next, Next::kWait);
}

TEST_F(UrlEntryTest, EverybodyWhoWaitsHearsWhatARoundCameTo) {
  pass_disk();
  const auto learner = begin();
  const auto learner_wakeup = wakeup;
  const auto waiter = begin();
  const auto found = object(std::chrono::hours(1));
  entry.finish(round, found);
  EXPECT_TRUE(learner_wakeup->notified());
  EXPECT_TRUE(wakeup->notified());
  EXPECT_EQ(std::get<std::shared_ptr<Object>>(*learner.round->end()), found);
  EXPECT_EQ(std::get<std::shared_ptr<Object>>(*waiter.round->end()), found);
}

TEST_F(UrlEntryTest, WhatMayNotBeKeptIsForwardedForAWhile) {
  pass_disk();
  const auto learner = begin();
  entry.finish(round, Forward{ForwardReason::kForbidden, clock.now() + std::chrono::minutes(2)});
  EXPECT_TRUE(std::holds_alternative<Forward>(*learner.round->end()));
  EXPECT_EQ(begin().next, Next::kForward);
  EXPECT_EQ(begin().next, Next::kForward) << "nobody waits for anybody";
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(begin().next, Next::kLearn);
  entry.finish(round, Forward{ForwardReason::kForbidden, clock.now() + std::chrono::minutes(2)});
  entry.may_be_kept();
  EXPECT_EQ(begin().next, Next::kLearn);
}

// Each answer names another version: what is longer than one of the node's requests would never come to its end.
TEST_F(UrlEntryTest, WhatChangesAllTheTimeIsForwarded) {
  pass_disk();
  for (int i = 0; i < UrlEntry::kMostChanges; ++i) {
    ASSERT_EQ(begin().next, Next::kLearn) << i;
    const auto found = object(std::chrono::hours(1));
    entry.finish(round, found);
    EXPECT_TRUE(entry.forget(found, UrlEntry::Why::kChanged, clock.now()));
    EXPECT_FALSE(entry.forget(found, UrlEntry::Why::kChanged, clock.now()))
        << "one change counts once, whoever finds it";
  }
  const auto step = begin();
  EXPECT_EQ(step.next, Next::kForward);
  EXPECT_EQ(step.forward.reason, ForwardReason::kChanging);
  entry.may_be_kept();
  EXPECT_EQ(begin().next, Next::kForward) << "each of its answers could be kept";
  clock.advance(UrlEntry::kChangesCounted);
  EXPECT_EQ(begin().next, Next::kLearn);
}

TEST_F(UrlEntryTest, AFreshObjectIsServedAndAnOldOneAskedAbout) {
  pass_disk();
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto found = object(std::chrono::seconds(10));
  entry.finish(round, found);
  EXPECT_EQ(begin().next, Next::kServe);
  clock.advance(std::chrono::seconds(11));
  const auto step = begin();
  EXPECT_EQ(step.next, Next::kRevalidate);
  EXPECT_EQ(step.object, found);
}

TEST_F(UrlEntryTest, ANewVersionSupersedesTheOldOne) {
  pass_disk();
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto old = object(std::chrono::seconds(0));
  entry.finish(round, old);
  ASSERT_EQ(begin().next, Next::kRevalidate);
  entry.finish(round, object(std::chrono::hours(1), "\"v2\""));
  EXPECT_TRUE(old->superseded());
  EXPECT_FALSE(entry.object()->superseded());
}

// Only the origin's word holds for everybody: what the disk had may be old.
TEST_F(UrlEntryTest, WhatTheDiskHadIsLookedAtByEverybody) {
  EXPECT_EQ(begin().next, Next::kLoad);
  const auto waiter = begin();
  EXPECT_EQ(waiter.next, Next::kWait);
  entry.loaded(object(std::chrono::seconds(0)));
  EXPECT_TRUE(wakeup->notified());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(*waiter.round->end()));
  EXPECT_EQ(begin().next, Next::kRevalidate);
}

TEST_F(UrlEntryTest, AnAnswerIsForItsOwnRoundOnly) {
  pass_disk();
  const auto first = begin();
  entry.finish(round, Error(Errc::kTimeout, "no"));
  EXPECT_TRUE(std::holds_alternative<Error>(*first.round->end()));
  const auto second = begin();
  EXPECT_EQ(second.next, Next::kLearn);
  EXPECT_EQ(second.round->end(), nullptr);
}

// An answer of 64 KiB for each URL of a hundred thousand is more memory than a node has.
TEST_F(UrlEntryTest, AnAnswerLivesAsLongAsSomebodyWaitsForIt) {
  pass_disk();
  auto waiter = begin();
  const auto answer = std::make_shared<const Answer>();
  entry.finish(round, answer);
  EXPECT_EQ(std::get<std::shared_ptr<const Answer>>(*waiter.round->end()), answer);
  waiter.round = round = nullptr;
  EXPECT_EQ(answer.use_count(), 1);
}

// One request that an origin does not answer holds up nobody who would ask it something else.
TEST_F(UrlEntryTest, ARoundCanBeOvertaken) {
  pass_disk();
  const auto silent = begin();
  entry.overtake(silent.round);
  const auto beside = begin();
  EXPECT_EQ(beside.next, Next::kLearn);
  const auto waiter = begin();
  EXPECT_EQ(waiter.round, beside.round);
  entry.overtake(silent.round);
  EXPECT_EQ(begin().round, beside.round) << "it is overtaken once";
  wakeup->arm();
  const auto found = object(std::chrono::hours(1));
  entry.finish(silent.round, found);
  EXPECT_TRUE(wakeup->notified()) << "what it finds after all is for everybody";
  EXPECT_EQ(begin().next, Next::kServe);
  entry.finish(beside.round, object(std::chrono::hours(1)));
  EXPECT_FALSE(found->superseded()) << "both have found one version: downloads of it go on";
  EXPECT_EQ(std::get<std::shared_ptr<Object>>(*beside.round->end()), found);
}

// An origin that says of an old version that it still holds, after somebody else has been given the new one.
TEST_F(UrlEntryTest, WhatComesTooLateReplacesNothing) {
  pass_disk();
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto old = object(std::chrono::seconds(10));
  entry.finish(round, old);
  clock.advance(std::chrono::seconds(11));
  ASSERT_EQ(begin().next, Next::kRevalidate);
  const auto late = round;
  entry.overtake(late);
  ASSERT_EQ(begin().next, Next::kRevalidate);
  const auto fresh = object(std::chrono::hours(1), "\"v2\"");
  EXPECT_TRUE(entry.finish(round, fresh));

  EXPECT_FALSE(entry.finish(late, old)) << "it was replaced meanwhile";
  EXPECT_TRUE(std::holds_alternative<std::monostate>(*late->end())) << "whoever waited looks again";
  EXPECT_EQ(begin().object, fresh);
  EXPECT_FALSE(fresh->superseded());
}

TEST_F(UrlEntryTest, AnotherVersionThatComesTooLateEndsNothing) {
  pass_disk();
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto late = round;
  entry.overtake(late);
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto found = object(std::chrono::hours(1));
  EXPECT_TRUE(entry.finish(round, found));
  const auto another = object(std::chrono::hours(1), "\"v2\"");
  EXPECT_FALSE(entry.finish(late, another));
  EXPECT_TRUE(another->superseded());
  EXPECT_FALSE(found->superseded());
  EXPECT_EQ(begin().object, found);
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(begin().next, Next::kRevalidate);
}

TEST_F(UrlEntryTest, ARefusalIsNotRemembered) {
  pass_disk();
  begin();
  entry.finish(round, Forward{ForwardReason::kForbidden, clock.now() + std::chrono::minutes(2), true});
  EXPECT_EQ(begin().next, Next::kLearn);
}

TEST_F(UrlEntryTest, ARoundKnowsWhetherSomebodyWaits) {
  pass_disk();
  const auto step = begin();
  EXPECT_FALSE(step.round->is_awaited());
  {
    const Round::Waiting waiting(*step.round);
    EXPECT_TRUE(step.round->is_awaited());
  }
  EXPECT_FALSE(step.round->is_awaited());
}

TEST_F(UrlEntryTest, AForgottenObjectIsLearnedAnew) {
  pass_disk();
  ASSERT_EQ(begin().next, Next::kLearn);
  const auto found = object(std::chrono::hours(1));
  entry.finish(round, found);
  entry.forget(found, UrlEntry::Why::kChanged, clock.now());
  EXPECT_TRUE(found->superseded());
  EXPECT_EQ(begin().next, Next::kLearn);
}

TEST(ObjectTable, ForgetsTheLeastRecentlyUsedFirstAndNothingInUse) {
  ObjectTable table(64);  // two for each of 64 shards
  const auto url = [](std::uint64_t n) { return origin::UrlKey{{n, 0}}; };
  const auto in_use = table.entry(url(1));
  for (std::uint64_t n = 2; n < 100; ++n) {
    table.entry(url(n));
    table.entry(url(2));
  }
  EXPECT_EQ(table.entry(url(1)), in_use);
  EXPECT_LE(table.size(), 4u);
}

}  // namespace
}  // namespace larder::cache
