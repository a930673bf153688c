#include "cache/purges.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/temp_dir.h"

namespace larder::cache {
namespace {

using Kept = storage::SliceStore::KeptPurges;

class RecallTest : public testing::Test {
 protected:
  RecallTest() {
    Log::Options options;
    options.target = folder_ / "log";
    log_ = *Log::open(options);
    EXPECT_TRUE(one_.add({.number = 7, .what = Purge::What::kRule, .value = "r"}));
  }

  static Kept drive(std::optional<std::string> text = {}, std::string damage = "") {
    return {"/srv/1", true, std::move(text), std::move(damage)};
  }
  static Kept beside(std::optional<std::string> text = {}, std::string damage = "") {
    return {"/var/lib/larder", false, std::move(text), std::move(damage)};
  }
  PurgeList recalled(const std::vector<Kept>& kept) { return recall(kept, WallTime(std::chrono::hours(9)), *log_); }
  bool all_is_purged(const std::vector<Kept>& kept) {
    const PurgeList list = recalled(kept);
    return list.all().size() == 1 && list.all()[0].hard && list.all()[0].what == Purge::What::kEverything;
  }

  support::TempDir folder_;
  std::unique_ptr<Log> log_;
  PurgeList one_;
};

TEST_F(RecallTest, TakesWhatAnyPlaceKept) {
  EXPECT_EQ(recalled({drive(one_.serialize()), drive(), beside()}), one_);
  EXPECT_EQ(recalled({drive(), beside(one_.serialize())}), one_);
  EXPECT_EQ(recalled({drive("no list"), beside(one_.serialize())}), one_);
  EXPECT_EQ(recalled({drive(one_.serialize()), beside({}, "no permission")}), one_);
}

TEST_F(RecallTest, WhereNothingWasKeptNothingIsPurged) {
  EXPECT_EQ(recalled({}), PurgeList());
  EXPECT_EQ(recalled({drive(), drive(), beside()}), PurgeList());
  EXPECT_EQ(recalled({drive(), drive(), beside({}, "no permission")}), PurgeList()) << "the drives were told of none";
}

TEST_F(RecallTest, WhereItCannotBeReadEverythingIsPurged) {
  EXPECT_TRUE(all_is_purged({drive("no list")}));
  EXPECT_TRUE(all_is_purged({drive({}, "an error"), drive(), beside()})) << "the others may have been away";
  EXPECT_TRUE(all_is_purged({beside({}, "no permission")})) << "drives that come back later may hold anything";
}

}  // namespace
}  // namespace larder::cache
