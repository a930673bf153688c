#include "fleet/ip_recheck.h"

#include <tuple>

#include "space/ip_waiting.h"
#include "unit/fleet/ip_space_fixture.h"

namespace larder::fleet {
namespace {

class IpRecheckTest : public IpSpaceTest {
 protected:
  /// As the housekeeper does; returns how many nodes it looked at.
  std::size_t look_at_all() {
    std::size_t looked = 0;
    for (;;) {
      const auto waiting = *read(
          [&](database::Transaction& transaction) { return space::find_waiting_organisations(transaction, "", 1000); });
      if (waiting.empty()) return looked;
      for (const std::string& id : waiting) {
        looked += *write([&](database::Transaction& transaction) {
          return look_again(transaction, now(), rules, id, {1, 1'000'000});
        });
      }
    }
  }
  space::Review review(const Node& node) {
    const std::string id = review_of(node).value();
    return *read([&](database::Transaction& transaction) { return space::load_review(transaction, id); });
  }

  tenancy::Resource third = add_resource("Third ISP", ledger::OrganisationKind::kIsp);
};

TEST_F(IpRecheckTest, SeveralNodesThatTogetherPassTheLimitWaitForAReview) {
  EXPECT_EQ(add(isp, "a", {"2.0.0.0/17", "2.0.128.0/18"}).ip_space.state, "valid");
  const Node second = add(isp, "b", {"2.1.0.0/17", "2.1.128.0/18"});
  EXPECT_EQ(states(second), (States{"in_review too_many", "in_review too_many"}));
  EXPECT_EQ(add(isp, "c", {"2.2.0.0/17", "2.2.128.0/18"}).ip_space.state, "in_review");
  EXPECT_EQ(add(isp, "d", {"2.3.0.0/22"}).ip_space.state, "in_review") << "what waits counts too";
  EXPECT_EQ(add(other, "a", {"2.4.0.0/17", "2.4.128.0/18"}).ip_space.state, "valid") << "each has a sum of its own";
}

TEST_F(IpRecheckTest, RejectedBlocksAreNotInTheSum) {
  const Node wide = add(isp, "a", {"2.0.0.0/8"});
  reject(wide);
  EXPECT_EQ(load(wide.ref.id).ip_space.state, "attention_required");
  EXPECT_EQ(add(isp, "b", {"3.0.0.0/18"}).ip_space.state, "valid");
}

TEST_F(IpRecheckTest, AbsurdSizesCountInSum) {
  EXPECT_EQ(states(add(isp, "a", {"2.0.0.0/8"})), (States{"in_review too_many"})) << "the limit itself";
  EXPECT_EQ(states(add(isp, "b", {"3.0.0.0/32"})), (States{"attention_required absurd_size too_many"}));
  EXPECT_EQ(states(add(other, "c", {"4.0.0.0/9", "5.0.0.0/9", "6.0.0.0/9"})),
            States(3, "attention_required absurd_size too_many"));
}

TEST_F(IpRecheckTest, WhatAnAdministratorApprovedIsNotAbsurd) {
  const Node wide = add(isp, "a", {"2.0.0.0/8"});
  approve(wide);
  EXPECT_EQ(states(add(isp, "b", {"3.0.0.0/24"})), (States{"in_review too_many"}));
}

TEST_F(IpRecheckTest, TheSumOfTheLargestListsIsStillANumber) {
  ip_space_config.absurd_above = std::int64_t{1} << 40;
  for (int i = 0; i < 3; ++i) {
    approve(add(isp, fmt::format("n{}", i), {"::/1", "8000::/1"}, true));
    add(isp, fmt::format("m{}", i), {"0.0.0.0/0", "::/0"}, true);
  }
  const auto claims = read(
      [&](database::Transaction& transaction) { return space::load_claims(transaction, isp.organisation.id, ""); });
  EXPECT_EQ(claims->approved, 3 * space::kMostClaimed);
  EXPECT_EQ(claims->pending, 3 * space::kMostClaimed);
}

TEST_F(IpRecheckTest, ClaimsThatNobodyApprovedAreInNobodysWay) {
  for (int i = 11; i < 60; ++i) add(isp, fmt::format("squatter-{}", i), {fmt::format("{}.0.0.0/8", i)});
  const Node mine = add(other, "mine", {"20.1.0.0/24", "59.1.0.0/24", "60.1.0.0/24"});
  EXPECT_EQ(states(mine), (States{"approved", "approved", "approved"}));
}

TEST_F(IpRecheckTest, AnAdministratorSeesClaimsThatCompete) {
  const Node wide = add(isp, "wide", {"2.0.0.0/8"});
  add(third, "routed", {"2.1.0.0/24"});
  const Node mine = add(other, "mine", {"2.0.0.0/15"});
  EXPECT_EQ(states(mine), (States{"attention_required overlaps_other too_many"})) << "for what is routed";
  const auto overlaps = review(mine).overlaps;
  ASSERT_EQ(overlaps.size(), 2U);
  EXPECT_EQ(overlaps[0].node.name + " " + overlaps[0].state, "routed approved");
  EXPECT_EQ(overlaps[1].node.name + " " + overlaps[1].state, "wide in_review");
  EXPECT_EQ(review(wide).overlaps.size(), 2U) << "and the other way round";
  EXPECT_EQ(states(wide), (States{"in_review too_many"})) << "which changes nothing";
}

TEST_F(IpRecheckTest, OfManyThatCompeteTheFirstAreShown) {
  ip_space_config.review_above = 10;
  const Node mine = add(other, "mine", {"2.0.0.0/16"});
  for (std::size_t i = 0; i < space::kOverlapsShown + 5; ++i) {
    add(isp, fmt::format("n{}", i), {fmt::format("2.0.{}.0/24", i)});
  }
  EXPECT_EQ(review(mine).overlaps.size(), space::kOverlapsShown);
}

TEST_F(IpRecheckTest, AClaimOfOnesOwnIsStillInTheWay) {
  add(isp, "a", {"2.0.0.0/16"});
  EXPECT_FALSE(try_add(isp, "b", {"2.0.0.0/24"}).has_value());
  const Node shared = add(isp, "b", {"2.0.0.0/24"}, true);
  EXPECT_EQ(states(shared), (States{"in_review overlaps_own too_many"}));
}

TEST_F(IpRecheckTest, WhatWaitedForADeletedNodeIsLookedAtAgainTheLongestWaitingFirst) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/24"});
  clock.advance(std::chrono::seconds(1));
  const Node second = add(third, "second", {});
  const Node first = add(other, "first", {"2.0.0.0/25"});
  clock.advance(std::chrono::seconds(1));
  edit(second, {"2.0.0.0/23"});
  EXPECT_EQ(states(first), (States{"attention_required overlaps_other"}));
  const std::int64_t version = load(first.ref.id).version;

  remove(in_the_way);
  EXPECT_EQ(states(first), (States{"attention_required overlaps_other"})) << "not by the request of somebody else";
  EXPECT_EQ(look_at_all(), 2U);

  EXPECT_EQ(states(first), (States{"approved"}));
  EXPECT_EQ(load(first.ref.id).ip_space.state, "valid");
  EXPECT_EQ(load(first.ref.id).version, version + 1);
  EXPECT_EQ(review_of(first), std::nullopt);
  EXPECT_EQ(states(second), (States{"attention_required overlaps_other"})) << "now for the first";
  EXPECT_EQ(count("audit", "action = 'node.recheck' AND actor_name = 'system' AND actor_id IS NULL"), 1);
  EXPECT_EQ(count("ip_recheck"), 0);
}

TEST_F(IpRecheckTest, WhatWaitedForABlockIsLookedAtAgainWhenItIsTakenOffTheList) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/22", "3.0.0.0/24"});
  const Node inner = add(other, "inner", {"2.0.1.0/24"});
  const Node outer = add(third, "outer", {"2.0.0.0/20"});
  edit(in_the_way, {"2.0.0.0/24", "2.0.2.0/23", "3.0.0.0/24"});
  look_at_all();
  EXPECT_EQ(states(inner), (States{"approved"})) << "a part of what was listed is gone";
  EXPECT_EQ(states(outer), (States{"attention_required overlaps_other"}));
  edit(load(in_the_way.ref.id), {"3.0.0.0/24"});
  look_at_all();
  EXPECT_EQ(states(outer), (States{"attention_required overlaps_other"})) << "the inner one is in its way";
  edit(load(inner.ref.id), {});
  look_at_all();
  EXPECT_EQ(states(outer), (States{"approved"}));
}

TEST_F(IpRecheckTest, WhatWaitedForTheSumIsLookedAtAgainWhenAClaimIsRejectedOrGoes) {
  ip_space_config.review_above = 600;
  const Node large = add(isp, "large", {"2.0.0.0/22"});
  const Node small = add(isp, "small", {"2.1.0.0/24"});
  EXPECT_EQ(states(small), (States{"in_review too_many"}));
  reject(large);
  EXPECT_EQ(states(small), (States{"approved"}));
  const Node more = add(isp, "more", {"2.2.0.0/23"});
  EXPECT_EQ(states(more), (States{"in_review too_many"}));
  remove(load(small.ref.id));
  EXPECT_EQ(states(more), (States{"approved"}));
}

TEST_F(IpRecheckTest, WhatIsNotAbsurdAnyMoreOnlyWaitsForAReview) {
  const Node large = add(isp, "large", {"2.0.0.0/8"});
  const Node small = add(isp, "small", {"3.0.0.0/15"});
  EXPECT_EQ(states(small), (States{"attention_required absurd_size too_many"}));
  remove(large);
  EXPECT_EQ(states(small), (States{"in_review too_many"}));
  EXPECT_EQ(load(small.ref.id).ip_space.state, "in_review");
}

TEST_F(IpRecheckTest, WhatOverlapsTheOwnNodesIsNotApprovedByItself) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/24"});
  const Node waiting = add(other, "waiting", {"2.0.0.0/25"});
  const Node shared = add(other, "shared", {"2.0.0.0/26"}, true);
  ReviewDecision meant;
  meant.despite_overlaps = true;
  ASSERT_TRUE(decide(*review_of(shared), meant).has_value());
  remove(in_the_way);
  look_at_all();
  EXPECT_EQ(states(waiting), (States{"in_review overlaps_own"}));
}

TEST_F(IpRecheckTest, WhatWasSeenInAReviewCanStillBeDecidedWhenAPartOfItIsApprovedByItself) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/24"});
  const Node waiting = add(other, "waiting", {"2.0.0.0/25", "224.0.0.0/24"});
  const auto seen = review_of(waiting);
  remove(in_the_way);
  look_at_all();
  EXPECT_EQ(states(waiting), (States{"approved", "attention_required bogon"}));
  EXPECT_EQ(review_of(waiting), seen);
}

TEST_F(IpRecheckTest, ARequestLooksAtAFewOfItsOwnOrganisationAndTheHousekeeperAtTheRest) {
  ip_space_config.review_above = 600;
  const Node in_the_way = add(isp, "a", {"2.0.0.0/22"});
  std::vector<Node> waiting;
  for (std::size_t i = 0; i < kRecheckInRequest.nodes + 3; ++i) {
    waiting.push_back(add(isp, fmt::format("n{}", i), {fmt::format("3.0.{}.0/26", i)}));
  }
  remove(load(in_the_way.ref.id));
  EXPECT_EQ(count("node", "ip_space_state = 'valid'"), static_cast<std::int64_t>(kRecheckInRequest.nodes));
  EXPECT_EQ(count("ip_recheck"), 3);
  EXPECT_EQ(look_at_all(), 3U);
  EXPECT_EQ(look_at_all(), 0U);
  for (const Node& node : waiting) EXPECT_EQ(load(node.ref.id).ip_space.state, "valid");
}

TEST_F(IpRecheckTest, WhatOthersWaitForIsNotWorkedOffInARequest) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/17"});
  for (int i = 0; i < 20; ++i) add(other, fmt::format("n{}", i), {fmt::format("2.0.{}.0/24", i)});
  remove(in_the_way);
  ASSERT_EQ(count("ip_recheck"), 20);
  const Node mine = add(third, "mine", {"5.0.0.0/24"});
  edit(mine, {});
  remove(load(mine.ref.id));
  EXPECT_EQ(count("ip_recheck"), 20);
  EXPECT_EQ(count("audit", "action = 'node.recheck'"), 0);
}

TEST_F(IpRecheckTest, OrganisationsAreFoundInTurnsTheLongestWaitingFirst) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/17"});
  const bool other_is_first = other.organisation.id < third.organisation.id;
  const auto& [one, two] = other_is_first ? std::tie(other, third) : std::tie(third, other);
  add(two, "a", {"2.0.3.0/24"});
  clock.advance(std::chrono::seconds(1));
  for (int i = 0; i < 2; ++i) add(one, fmt::format("n{}", i), {fmt::format("2.0.{}.0/24", i)});
  remove(in_the_way);
  const auto waiting = [&](const std::string& after, std::size_t most) {
    return *read([&](database::Transaction& transaction) {
      return space::find_waiting_organisations(transaction, after, most);
    });
  };
  using Ids = std::vector<std::string>;
  const std::string& a = one.organisation.id;
  const std::string& b = two.organisation.id;
  EXPECT_EQ(waiting("", 10), (Ids{b, a}));
  EXPECT_EQ(waiting("", 1), (Ids{a}));
  EXPECT_EQ(waiting(a, 1), (Ids{b}));
  EXPECT_EQ(waiting(b, 1), (Ids{}));
}

TEST_F(IpRecheckTest, AListThatIsLongIsLeftToTheHousekeeper) {
  ip_space_config.review_above = 1500;
  const Node in_the_way = add(isp, "a", {"2.0.0.0/21"});
  std::vector<std::string> blocks;
  for (std::size_t i = 0; i <= kRecheckInRequest.blocks_of_a_node; ++i) {
    blocks.push_back(fmt::format("3.0.{}.{}/32", i / 200, 1 + i % 200));
  }
  const Node waiting = add(isp, "long", blocks);
  remove(in_the_way);
  EXPECT_EQ(load(waiting.ref.id).ip_space.state, "in_review");
  EXPECT_EQ(look_at_all(), 1U);
  EXPECT_EQ(load(waiting.ref.id).ip_space.state, "valid");
}

TEST_F(IpRecheckTest, AnEditThatTakesNothingAwayLooksAtNothing) {
  const Node node = add(isp, "a", {"2.0.0.0/24"});
  add(other, "waiting", {"2.0.0.0/25"});
  edit(node, {"2.0.0.0/24", "2.1.0.0/24"});
  EXPECT_EQ(count("ip_recheck"), 0);
  EXPECT_EQ(count("audit", "action = 'node.recheck'"), 0);
}

}  // namespace
}  // namespace larder::fleet
