#include "cache/purge_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/seed.h"

namespace larder::cache {
namespace {

using What = Purge::What;

PurgeRecord record(std::uint64_t number, bool hard, What what, std::string value = "", std::string shared = "") {
  return {number, hard, what, std::move(value), std::move(shared)};
}

class PurgeListTest : public testing::Test {
 protected:
  PurgeListTest() {
    origin::ContentRule files;
    files.name = "files";
    files.hosts = {"*.example.com"};
    origin::ContentRule shared;
    shared.name = "shared";
    shared.hosts = {"*.mirror.example"};
    shared.shared_name = true;
    shared.query_in_key = false;
    rules = *origin::RuleSet::build({}, {files, shared});
  }
  origin::Target target(std::string host, std::string path) const {
    origin::Target target;
    target.rule = rules->match(host);
    target.host = std::move(host);
    target.path_and_query = std::move(path);
    return target;
  }
  static std::vector<std::uint64_t> numbers(const PurgeList& list) {
    std::vector<std::uint64_t> all;
    for (const PurgeRecord& purge : list.all()) all.push_back(purge.number);
    return all;
  }

  std::shared_ptr<const origin::RuleSet> rules;
};

TEST_F(PurgeListTest, IsReadAsItWasWritten) {
  PurgeList list;
  EXPECT_EQ(*PurgeList::parse(list.serialize()), list);
  ASSERT_TRUE(list.add(record(1, true, What::kRule, "a rule\nwith lines")));
  ASSERT_TRUE(list.add(record(5, false, What::kEverything)));
  ASSERT_TRUE(list.add(record(6, true, What::kUrl, "dl.example.com/a b?c")));
  ASSERT_TRUE(list.add(record(1ULL << 62, false, What::kPrefix, "a.mirror.example/", "shared")));
  EXPECT_EQ(*PurgeList::parse(list.serialize()), list);
}

TEST_F(PurgeListTest, WhatIsNoListIsRefused) {
  PurgeList list;
  ASSERT_TRUE(list.add(record(7, true, What::kUrl, "dl.example.com/a")));
  const std::string text = list.serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(PurgeList::parse(text.substr(0, i))) << i;
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(PurgeList::parse(flipped)) << i;
  }
}

TEST_F(PurgeListTest, TheLastPurgesOfSomethingCount) {
  PurgeList list;
  ASSERT_TRUE(list.add(record(1, true, What::kPrefix, "a.example.com/x")));
  ASSERT_TRUE(list.add(record(2, false, What::kUrl, "a.example.com/x/1?q")));
  ASSERT_TRUE(list.add(record(3, true, What::kUrl, "b.example.com/x/1")));
  const auto judged = [&](const std::string& path, std::uint64_t after) {
    const PurgeVerdict verdict = list.judge(target("a.example.com", path), "", after);
    return std::pair(verdict.hard, verdict.soft);
  };
  EXPECT_EQ(judged("/x/1?q", 0), std::pair(1ul, 2ul));
  EXPECT_EQ(judged("/x/1", 0), std::pair(1ul, 0ul));
  EXPECT_EQ(judged("/x/1?q", 1), std::pair(0ul, 2ul));
  EXPECT_EQ(judged("/x/1?q", 2), std::pair(0ul, 0ul));
  EXPECT_EQ(judged("/y", 0), std::pair(0ul, 0ul));
  EXPECT_EQ(list.last(), 3u);
  EXPECT_EQ(list.last_hard(), 3u);
}

TEST_F(PurgeListTest, WhatALaterOneDoesTooIsForgotten) {
  PurgeList list;
  ASSERT_TRUE(list.add(record(1, false, What::kUrl, "a.example.com/x/1")));
  ASSERT_TRUE(list.add(record(2, true, What::kUrl, "a.example.com/x/1")));
  EXPECT_EQ(numbers(list), std::vector<std::uint64_t>({2}));
  ASSERT_TRUE(list.add(record(3, false, What::kPrefix, "a.example.com/x")));
  EXPECT_EQ(numbers(list), std::vector<std::uint64_t>({2, 3})) << "soft does less than hard";
  ASSERT_TRUE(list.add(record(4, true, What::kPrefix, "a.example.com/")));
  EXPECT_EQ(numbers(list), std::vector<std::uint64_t>({4}));
  ASSERT_TRUE(list.add(record(5, true, What::kRule, "files")));
  ASSERT_TRUE(list.add(record(6, false, What::kEverything)));
  EXPECT_EQ(numbers(list), std::vector<std::uint64_t>({4, 5, 6}));
  ASSERT_TRUE(list.add(record(7, true, What::kEverything)));
  EXPECT_EQ(numbers(list), std::vector<std::uint64_t>({7}));
}

TEST_F(PurgeListTest, SoftOnesMakeRoomAndHardOnesAreRefused) {
  PurgeList list;
  std::uint64_t number = 0;
  const auto add = [&](bool hard) {
    ++number;
    return list.add(record(number, hard, What::kUrl, "a.example.com/" + std::to_string(number)));
  };
  ASSERT_TRUE(add(true));
  for (std::size_t i = 0; i < PurgeList::kMost; ++i) ASSERT_TRUE(add(false)) << i;
  ASSERT_EQ(list.all().size(), 2u) << "one of everything in their place";
  EXPECT_EQ(list.judge(target("z.example.com", "/"), "", 0).soft, number);
  EXPECT_EQ(list.judge(target("a.example.com", "/1"), "", 0).hard, 1u);

  for (std::size_t i = 2; i < PurgeList::kMost; ++i) ASSERT_TRUE(add(true)) << i;
  const PurgeList full = list;
  const auto refused = add(true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNoSpace);
  EXPECT_TRUE(refused.error().text.starts_with("999 hard purges")) << refused.error().text;
  EXPECT_EQ(list, full);
  ASSERT_TRUE(list.add(record(++number, true, What::kPrefix, "a.example.com/")));
  ASSERT_TRUE(add(true)) << "there is room again";
}

TEST_F(PurgeListTest, IsBoundedInBytesToo) {
  PurgeList list;
  std::uint64_t number = 0;
  Result<> added;
  while (added && number < PurgeList::kMost) {
    ++number;
    const std::string value = fmt::format("a.example.com/{}/{}", number, std::string(4000, 'x'));
    added = list.add(record(number, true, What::kUrl, value));
  }
  EXPECT_FALSE(added);
  EXPECT_LE(list.serialize().size(), PurgeList::kMostText);
  EXPECT_GT(number, 50u);
}

TEST_F(PurgeListTest, MergedItSaysWhatEachSaid) {
  const std::vector<std::string> paths = {"/a", "/a/b", "/b", "/a?q"};
  std::mt19937_64 random(support::test_seed());
  for (int round = 0; round < 200; ++round) {
    std::array<PurgeList, 2> lists;
    for (std::uint64_t number = 1; number < 10; ++number) {
      const What what = static_cast<What>(random() % 4);
      const std::string value = what == What::kEverything ? ""
                                : what == What::kRule     ? "files"
                                                          : "a.example.com" + paths[random() % 3];
      ASSERT_TRUE(lists[random() % 2].add(record(number, random() % 2 == 0, what, value)));
    }
    PurgeList both = lists[0];
    both.merge(lists[1]);
    PurgeList other = lists[1];
    other.merge(lists[0]);
    EXPECT_EQ(both, other);
    for (const std::string& path : paths) {
      const origin::Target asked = target("a.example.com", path);
      const PurgeVerdict merged = both.judge(asked, "", 0);
      const PurgeVerdict a = lists[0].judge(asked, "", 0);
      const PurgeVerdict b = lists[1].judge(asked, "", 0);
      EXPECT_EQ(merged.hard, std::max(a.hard, b.hard));
      // A soft one that a later hard one does too may be forgotten.
      EXPECT_EQ(std::max(merged.soft, merged.hard), std::max({a.soft, b.soft, a.hard, b.hard}));
    }
  }
}

TEST_F(PurgeListTest, ListsThatAreTooMuchTogetherPurgeEverything) {
  std::array<PurgeList, 2> lists;
  for (std::uint64_t number = 1; number <= PurgeList::kMost; ++number) {
    for (std::size_t i = 0; i < 2; ++i) {
      ASSERT_TRUE(lists[i].add(record(number, true, What::kUrl, fmt::format("a{}.example.com/{}", i, number))));
    }
  }
  lists[0].merge(lists[1]);
  ASSERT_EQ(lists[0].all().size(), 1u);
  EXPECT_EQ(lists[0].all()[0], record(PurgeList::kMost, true, What::kEverything));
}

}  // namespace
}  // namespace larder::cache
