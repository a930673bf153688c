// What event loops count, beside plain numbers.
#include <gtest/gtest.h>

#include <string>

#include "node/latency_counts.h"
#include "node/rule_traffic.h"

namespace larder::node {
namespace {

using std::chrono::milliseconds;

TEST(LatencyCounts, CountEachWaitUnderTheFirstBoundThatItIsWithin) {
  LatencyCounts counts;
  for (const int wait : {0, 5, 6, 10'000, 10'001}) counts.add(milliseconds(wait));
  LatencyCounts::Sum sum;
  counts.add_to(sum);
  counts.add_to(sum);  // as another loop's
  EXPECT_EQ(sum.counts[0], 4u);
  EXPECT_EQ(sum.counts[1], 2u);
  EXPECT_EQ(sum.counts[LatencyCounts::kBounds.size() - 1], 2u);
  EXPECT_EQ(sum.counts[LatencyCounts::kBounds.size()], 2u);
  EXPECT_EQ(sum.all, 2 * milliseconds(20'012));
}

TEST(RuleTraffic, IsBoundedHoweverManyNamesThereHaveBeen) {
  RuleTraffic traffic;
  for (std::size_t i = 0; i < 2 * RuleTraffic::kMostRules; ++i) traffic.of("rule " + std::to_string(i)).requests.add(1);
  traffic.of("rule 0").requests.add(1);
  RuleTraffic::Sums sums;
  traffic.add_to(sums);
  EXPECT_EQ(sums.size(), RuleTraffic::kMostRules + 1);
  EXPECT_EQ(sums.find("rule 0")->second.requests, 2u);
  EXPECT_EQ(sums.find(RuleTraffic::kOther)->second.requests, RuleTraffic::kMostRules);
}

}  // namespace
}  // namespace larder::node
