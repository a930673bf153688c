#include "node/descriptor_budget.h"

#include <gtest/gtest.h>

#include <random>

namespace larder::node {
namespace {

TEST(DescriptorBudget, TooFewAreRefusedWithWhatIsNeeded) {
  const DescriptorNeeds needs{.own = 40, .segments_full = 100, .segments_most = 300};
  const auto refused = share_descriptors(155, needs);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNoSpace);
  for (const char* part : {"155 files", "at least 156", "100 for the segments", "LimitNOFILE", "segment_size"}) {
    EXPECT_NE(refused.error().text.find(part), std::string::npos) << part << " in " << refused.error().text;
  }
  EXPECT_TRUE(share_descriptors(156, needs));
}

TEST(DescriptorBudget, WhereThereIsEnoughEverybodyGetsWhatIsOfUse) {
  const auto budget = share_descriptors(1'048'576, {.own = 40, .segments_full = 1000, .segments_most = 2064});
  EXPECT_EQ(budget->segments, 2064U);
  EXPECT_EQ(budget->clients, 1'048'576U - 40 - 2064 - 1024);
}

TEST(DescriptorBudget, NeverGivesAwayMoreThanThereIs) {
  std::mt19937 random(7);
  for (int i = 0; i < 10'000; ++i) {
    DescriptorNeeds needs;
    needs.own = random() % 200;
    needs.segments_full = random() % 2000;
    needs.segments_most = needs.segments_full + random() % 2000;
    const std::size_t limit = random() % 8000;
    const auto budget = share_descriptors(limit, needs);
    ASSERT_EQ(budget.has_value(), limit >= needs.own + needs.segments_full + 16);
    if (!budget) continue;
    ASSERT_GE(budget->segments, needs.segments_full);
    ASSERT_LE(budget->segments, needs.segments_most);
    ASSERT_GE(budget->clients, 8U);
    ASSERT_LE(needs.own + budget->segments + budget->clients, limit);
  }
}

}  // namespace
}  // namespace larder::node
