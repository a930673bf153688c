#include "storage/slice_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <unordered_map>

#include "store_test.h"
#include "support/seed.h"

namespace larder::storage {
namespace {

Place place(unsigned drive, std::uint32_t slot, std::uint32_t offset) {
  return Place(drive, slot, offset, Place::Verified::kNo);
}

std::optional<Place> find(const SliceIndex& index, const SliceKey& key) {
  std::optional<Place> found;
  index.visit(key, [&](const Place& at) { found = at; });
  return found;
}

TEST(Place, KeepsItsPartsApart) {
  const Place at(63, Place::kMaxSlots - 1, 256 * 1024 * 1024 - 64, Place::Verified::kYes);

  EXPECT_EQ(at.drive(), 63u);
  EXPECT_EQ(at.slot(), Place::kMaxSlots - 1);
  EXPECT_EQ(at.offset(), 256u * 1024 * 1024 - 64);
  EXPECT_TRUE(at.verified());
  EXPECT_FALSE(at.requested());
  EXPECT_EQ(at.bits() & ((1 << Place::kSpareBits) - 1), 0u);
}

TEST(SliceIndex, BehavesLikeAMap) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  SliceIndex index;
  std::unordered_map<std::uint64_t, Place> expected;  // by object * 16 + number
  std::uint64_t population = 100;

  for (int step = 0; step < 200'000; ++step) {
    if (step % 20'000 == 0) population = std::uint64_t{1} << (random() % 16 + 2);
    const std::uint64_t id = random() % population;
    const SliceKey key = key_of(id / 16, id % 16);
    const Place at = place(random() % 4, random() % 8, (random() % 1000 + 2) * 64);
    switch (random() % 6) {
      case 0:
      case 1:
      case 2:
        index.put(key, at);
        expected[id] = at;
        break;
      case 3: EXPECT_EQ(index.erase(key), expected.erase(id) == 1); break;
      case 4: {
        const auto there = expected.find(id);
        const bool same = there != expected.end() && there->second.same_place(at);
        EXPECT_EQ(index.erase_at(key, at), same);
        if (same) expected.erase(there);
        break;
      }
      default: {
        const auto found = find(index, key);
        const auto there = expected.find(id);
        ASSERT_EQ(found.has_value(), there != expected.end());
        if (found) {
          ASSERT_TRUE(found->same_place(there->second));
        }
      }
    }
    if (random() % 20'000 == 0) {
      const unsigned drive = random() % 4;
      const std::size_t erased = std::erase_if(expected, [&](const auto& e) { return e.second.drive() == drive; });
      EXPECT_EQ(index.erase_drive(drive), erased);
    }
    if (random() % 10'000 == 0) {
      const std::size_t erased = std::erase_if(expected, [&](const auto& e) { return e.second.same_segment(at); });
      EXPECT_EQ(index.erase_segment(at), erased);
    }
    ASSERT_EQ(index.count(), expected.size());
  }
  for (const auto& [id, at] : expected) {
    const auto found = find(index, key_of(id / 16, id % 16));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->same_place(at));
  }
}

TEST(SliceIndex, StaysBelow24BytesASliceWhileItGrows) {
  SliceIndex index;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    index.put(key_of(i / 50, i % 50), place(0, i / 1000, 128));
    if (i >= 200'000 && i % 50'000 == 0) {
      EXPECT_LT(static_cast<double>(index.bytes()) / (i + 1), 24.0) << i;
    }
  }
  EXPECT_EQ(index.count(), 1'000'000u);
  EXPECT_LT(static_cast<double>(index.bytes()) / 1e6, 24.0);
}

TEST(SliceIndex, SlicesOfOneObjectNeverShareATag) {
  std::set<std::uint64_t> tags;
  std::map<std::size_t, int> shards;
  for (std::uint32_t number = 0; number < 100'000; ++number) {
    const SliceIndex::Hash hash = SliceIndex::hash(key_of(5, number));
    EXPECT_TRUE(tags.insert(hash.tag.high).second) << number;
    ++shards[hash.shard];
  }
  EXPECT_EQ(shards.size(), SliceIndex::kShards);
  for (const auto& [shard, count] : shards) EXPECT_LT(count, 600) << shard;  // 390 on average
}

TEST(SliceIndex, MarksStayUntilTheSliceMoves) {
  SliceIndex index;
  index.put(key_of(1), place(0, 0, 128));
  index.visit(key_of(1), [](Place& at) {
    at.mark_requested();
    at.mark_verified();
  });
  EXPECT_TRUE(find(index, key_of(1))->requested());
  EXPECT_TRUE(find(index, key_of(1))->verified());

  EXPECT_TRUE(index.move(key_of(1), place(0, 0, 128), place(0, 1, 256)));

  EXPECT_FALSE(find(index, key_of(1))->requested());
  EXPECT_EQ(find(index, key_of(1))->offset(), 256u);
}

TEST(SliceIndex, MovesOnlyWhatIsStillThere) {
  SliceIndex index;
  index.put(key_of(1), place(0, 2, 128));

  EXPECT_FALSE(index.move(key_of(1), place(0, 0, 128), place(0, 1, 256)));
  EXPECT_FALSE(index.move(key_of(2), place(0, 0, 128), place(0, 1, 256)));

  EXPECT_EQ(find(index, key_of(1))->slot(), 2u);
  EXPECT_FALSE(find(index, key_of(2)));
}

}  // namespace
}  // namespace larder::storage
