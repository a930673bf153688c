#include "storage/scrub_walk.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/bytes.h"

namespace larder::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Segment = ScrubWalk::Segment;

constexpr WallTime kNow{std::chrono::seconds(1'767'000'000)};

TEST(ScrubWalk, TakesWhatIsThereOldestFirst) {
  const std::vector<Segment> there = {{3, 10}, {5, 10}, {9, 20}};
  ScrubWalk walk;
  EXPECT_FALSE(walk.under_way());
  EXPECT_EQ(walk.percent(there), 0);
  walk.begin(there, kNow);
  for (const std::uint64_t expected : {3, 5, 9}) {
    ASSERT_EQ(walk.next(there), expected);
    walk.pass(expected);
  }
  EXPECT_EQ(walk.next(there), std::nullopt);
  walk.end(kNow + hours(1));
  EXPECT_EQ(walk.last_end(), kNow + hours(1));
  EXPECT_EQ(walk.percent(there), 100);
}

TEST(ScrubWalk, SegmentsThatCameSinceAreForTheNextWalk) {
  std::vector<Segment> there = {{3, 10}, {5, 10}};
  ScrubWalk walk;
  walk.begin(there, kNow);
  walk.pass(3);
  there.push_back({6, 10});
  EXPECT_EQ(walk.next(there), 5u);
  walk.pass(5);
  EXPECT_EQ(walk.next(there), std::nullopt);
}

TEST(ScrubWalk, SegmentsThatWentAreLeftOut) {
  ScrubWalk walk;
  walk.begin(std::vector<Segment>{{3, 10}, {5, 10}, {9, 20}}, kNow);
  const std::vector<Segment> left = {{9, 20}};
  EXPECT_EQ(walk.next(left), 9u);
  EXPECT_EQ(walk.percent(left), 0);
  EXPECT_EQ(walk.next({}), std::nullopt);
  EXPECT_EQ(walk.percent({}), 100);
}

TEST(ScrubWalk, SaysHowFarItIsInBytes) {
  const std::vector<Segment> there = {{3, 10}, {5, 30}, {9, 60}, {11, 500}};
  ScrubWalk walk;
  walk.begin(std::span(there).first(3), kNow);
  walk.pass(3);
  EXPECT_DOUBLE_EQ(walk.percent(there), 10);
  walk.pass(5);
  EXPECT_DOUBLE_EQ(walk.percent(there), 40);
}

TEST(ScrubWalk, AnEmptyDriveIsWalkedOverAtOnce) {
  ScrubWalk walk;
  walk.begin({}, kNow);
  EXPECT_FALSE(walk.under_way());
  EXPECT_EQ(walk.last_end(), kNow);
}

TEST(ScrubWalk, BeginsOnceADay) {
  const std::vector<Segment> there = {{3, 10}};
  ScrubWalk walk;
  EXPECT_TRUE(walk.due(kNow)) << "never walked";
  walk.begin(there, kNow);
  EXPECT_FALSE(walk.due(kNow + hours(48))) << "under way";
  walk.pass(3);
  walk.end(kNow + hours(1));
  struct Case {
    WallTime now;
    bool due = false;
  };
  for (const Case& one : {Case{kNow + hours(2), false}, Case{kNow + hours(23), false}, Case{kNow + hours(24), true},
                          Case{kNow - hours(1), true}}) {
    EXPECT_EQ(walk.due(one.now), one.due) << (one.now - kNow).count();
  }
}

TEST(ScrubWalk, GoesOnAfterARestart) {
  const std::vector<Segment> there = {{3, 10}, {5, 10}, {9, 20}};
  ScrubWalk walk;
  walk.begin(there, kNow);
  walk.pass(3);
  const auto again = ScrubWalk::parse(walk.serialize());
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->next(there), 5u);
  EXPECT_EQ(again->last_end(), std::nullopt);
  walk.end(kNow);
  EXPECT_EQ(ScrubWalk::parse(walk.serialize())->last_end(), kNow);
  EXPECT_FALSE(ScrubWalk::parse(walk.serialize())->due(kNow + hours(1)));
}

TEST(ScrubWalk, AStateThatCannotBeReadIsRefused) {
  const std::string good = ScrubWalk().serialize();
  for (const std::string& text :
       {std::string(), std::string("x"), good + "x", good.substr(0, good.size() - 1), "passed 1\n" + good}) {
    EXPECT_FALSE(ScrubWalk::parse(text)) << text;
  }
  const auto absurd =
      ScrubWalk::parse("larder scrub, format 1\npassed 1\nuntil 2\nbegan 99999999999999999\nended -5\n");
  ASSERT_TRUE(absurd);
  EXPECT_EQ(absurd->last_end(), std::nullopt);
}

TEST(ScrubRead, TakesWholePagesUpToOneSliceAndItsHeader) {
  const auto all = [](const TableEntry&) { return true; };
  const std::vector<TableEntry> entries = {
      {{}, 4096, kMiB, 0},                      // header in the page before
      {{}, 4096 + kMiB + 4096, 100, 0},         // short: header and payload in one page
      {{}, 4096 + kMiB + 4096 + 192, 5000, 0},  // over the end of the page
  };
  const auto first = next_scrub_read(entries, 0, all);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->first, 0u);
  EXPECT_EQ(first->end, 1u);
  EXPECT_EQ(first->offset, 0u);
  EXPECT_EQ(first->length, kMiB + 4096);
  const auto second = next_scrub_read(entries, first->end, all);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->end, 3u);
  EXPECT_EQ(second->offset, 4096 + kMiB);
  EXPECT_EQ(second->length, 3 * 4096u);
  EXPECT_EQ(next_scrub_read(entries, second->end, all), std::nullopt);
}

TEST(ScrubRead, NeverReadsMoreThanItsBuffer) {
  std::vector<TableEntry> entries;
  std::uint64_t end = kBlockSize;
  for (std::uint64_t length = 0; end < 20 * kMiB; length = (length * 7 + 333'333) % (kMiB + 1)) {
    const std::uint64_t offset = payload_offset_after(end, length);
    entries.push_back({{}, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length), 0});
    end = record_end(offset, length);
  }
  std::size_t at = 0;
  while (const auto read = next_scrub_read(entries, at, [](const TableEntry&) { return true; })) {
    EXPECT_LE(read->length, ScrubRead::kMost);
    EXPECT_EQ(read->offset % kPageSize, 0u);
    EXPECT_EQ(read->length % kPageSize, 0u);
    EXPECT_EQ(read->first, at);
    EXPECT_LE(read->offset + kBlockSize, entries[read->first].offset);
    EXPECT_GE(read->offset + read->length, entries[read->end - 1].offset + entries[read->end - 1].length);
    at = read->end;
  }
  EXPECT_EQ(at, entries.size());
}

TEST(ScrubRead, LeavesOutWhatIsNotWanted) {
  const std::vector<TableEntry> entries = {{{}, 128, 10, 0}, {{}, 256, 10, 0}, {{}, 384, 10, 0}, {{}, 512, 10, 0}};
  const auto read = next_scrub_read(entries, 0, [](const TableEntry& entry) { return entry.offset == 256; });
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first, 1u);
  EXPECT_EQ(read->end, 2u);
  EXPECT_EQ(next_scrub_read(entries, 2, [](const TableEntry& entry) { return entry.offset == 256; }), std::nullopt);
}

TEST(ScrubPace, LeavesADriveAloneAfterAStart) {
  struct Case {
    std::uint64_t rate;
    milliseconds first;
  };
  const SteadyTime started = SteadyTime() + seconds(5);
  for (const Case& one : {Case{10 * kMiB, seconds(60)}, Case{64 * kKiB, seconds(60)}, Case{100 * kMiB, seconds(6)},
                          Case{6000 * kMiB, milliseconds(100)}}) {
    EXPECT_EQ(ScrubPace(one.rate).first(started) - started, one.first) << one.rate;
  }
}

TEST(ScrubPace, KeepsTheRateAndLeavesASlowDriveAlone) {
  struct Case {
    std::uint64_t bytes;
    milliseconds took;
    milliseconds next;  // after the read began
  };
  const ScrubPace pace(10 * kMiB);
  const SteadyTime began = SteadyTime() + seconds(5);
  for (const Case& one :
       {Case{kMiB, milliseconds(2), milliseconds(100)}, Case{0, milliseconds(0), milliseconds(0)},
        Case{kMiB, milliseconds(40), milliseconds(100)}, Case{kMiB, milliseconds(70), milliseconds(140)},
        Case{kMiB, milliseconds(900), milliseconds(1800)}}) {
    EXPECT_EQ(pace.next(one.bytes, began, began + one.took) - began, one.next) << one.took.count();
  }
}

}  // namespace
}  // namespace larder::storage
