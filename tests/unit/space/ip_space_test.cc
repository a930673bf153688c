#include "space/ip_space.h"

#include <random>

#include "space/ip_changes.h"
#include "space/ip_overlaps.h"
#include "support/seed.h"
#include "unit/fleet/ip_space_fixture.h"

namespace larder::space {
namespace {

using database::Transaction;
using fleet::IpSpaceTest;
using fleet::Node;
using fleet::ReviewDecision;
using ledger::FieldProblems;
using ledger::ProblemKind;
using ledger::Result;

TEST_F(IpSpaceTest, BlocksThatNothingSpeaksAgainstAreRoutedAtOnce) {
  const Node node = add(isp, "a", {"2.21.234.0/24", "2a00:1450::/48"});
  EXPECT_EQ(node.ip_space.state, "valid");
  EXPECT_EQ(node.ip_space.routed.ipv4_addresses, 256);
  EXPECT_EQ(node.ip_space.routed.ipv6_networks, 256);
  EXPECT_EQ(node.cidr_blocks, (States{"2.21.234.0/24", "2a00:1450::/48"}));
  EXPECT_EQ(review_of(node), std::nullopt);
  EXPECT_EQ(add(isp, "b", {}).ip_space.state, "not_configured");
}

TEST_F(IpSpaceTest, FiftyThousandAddressesAreTheLimit) {
  ip_space_config.review_above = 512;
  EXPECT_EQ(add(isp, "a", {"2.21.234.0/23"}).ip_space.state, "valid");
  const Node node = add(isp, "b", {"2.22.0.0/23", "2.23.0.0/24"});
  EXPECT_EQ(node.ip_space.state, "in_review");
  EXPECT_EQ(states(node), (States{"in_review too_many", "in_review too_many"}));
  EXPECT_EQ(node.ip_space.requested.ipv4_addresses, 768);
  EXPECT_EQ(node.ip_space.routed.ipv4_addresses, 0);
}

TEST_F(IpSpaceTest, WhatWasApprovedStaysSoWhenMoreIsAskedFor) {
  ip_space_config.review_above = 512;
  const Node node = edit(add(isp, "a", {"2.21.234.0/23"}), {"2.21.234.0/23", "2.23.0.0/24"});
  EXPECT_EQ(states(node), (States{"approved", "in_review too_many"}));
  EXPECT_EQ(node.ip_space.routed.ipv4_addresses, 512);
}

TEST_F(IpSpaceTest, RangesThatNobodyHasNeedAttention) {
  EXPECT_EQ(states(add(isp, "a", {"10.0.0.0/24"})), (States{"attention_required bogon"}));
  EXPECT_EQ(states(add(isp, "b", {"224.0.0.0/24"})), (States{"attention_required bogon"}));
  EXPECT_EQ(states(add(isp, "c", {"2d00::/48"})), (States{"attention_required unallocated"}));
  EXPECT_EQ(states(add(other, "d", {"44.0.0.0/7"})), (States{"attention_required absurd_size too_many"}));
  EXPECT_EQ(states(add(school, "e", {"10.1.0.0/24"})), (States{"approved"}));
  EXPECT_EQ(states(add(school, "f", {"192.0.2.0/24"})), (States{"attention_required bogon"}));
  rules.allow_private = true;
  EXPECT_EQ(states(add(isp, "g", {"127.0.0.0/24"})), (States{"approved"}));
}

TEST_F(IpSpaceTest, AnOverlapWithOnesOwnNodeIsNamedAndRefused) {
  add(isp, "seattle-1", {"2.21.234.0/24"});
  const auto refused = try_add(isp, "seattle-2", {"9.9.9.0/24", "2.21.234.128/25"});
  ASSERT_FALSE(refused.has_value());
  ASSERT_EQ(refused.error().fields.size(), 1U);
  EXPECT_EQ(refused.error().fields[0].pointer, "/cidr_blocks/1");
  EXPECT_EQ(
      refused.error().fields[0].detail,
      "2.21.234.128/25 overlaps 2.21.234.0/24 of your cache node seattle-1; set share_blocks if both are to serve "
      "these clients");
}

TEST_F(IpSpaceTest, AnOverlapIsToldAtItsEntryThoughOthersAreWrong) {
  add(isp, "seattle-1", {"2.21.234.0/24"});
  FieldProblems problems;
  const auto refused = write([&](Transaction& transaction) {
    fleet::NodeWish wish;
    wish.blocks = parse_cidr_list({"x", "9.9.9.0/24", "2.21.234.0/24"}, "/cidr_blocks", problems);
    return fleet::create_node(transaction, now(), actor, rules, isp, "seattle-2", wish, problems);
  });
  ASSERT_FALSE(refused.has_value());
  ASSERT_EQ(problems.list().size(), 2U);
  EXPECT_EQ(problems.list()[0].pointer, "/cidr_blocks/0");
  EXPECT_EQ(problems.list()[1].pointer, "/cidr_blocks/2");
}

TEST_F(IpSpaceTest, AnOverlapOnPurposeIsReviewed) {
  add(isp, "seattle-1", {"2.21.234.0/24"});
  EXPECT_EQ(states(add(isp, "seattle-2", {"2.21.232.0/22"}, true)), (States{"in_review overlaps_own"}));
}

TEST_F(IpSpaceTest, AnOverlapWithAnotherOrganisationNeedsAttentionAndTellsNothingOfIt) {
  add(isp, "secret-name", {"2.21.234.0/24"});
  const Node node = add(other, "mine", {"2.21.234.0/25", "2.21.236.0/24"});
  EXPECT_EQ(states(node), (States{"attention_required overlaps_other", "approved"}));
  const auto space = read([&](Transaction& transaction) { return load_ip_space(transaction, node.ref.id); });
  EXPECT_EQ(space->blocks[0].reasons[0].detail, "2.21.234.0/25 overlaps the IP space of another organisation");
  EXPECT_FALSE(space->blocks[0].reasons[0].node.has_value());
}

TEST_F(IpSpaceTest, PrivateBlocksOfTwoOrganisationsHaveNothingToDoWithEachOther) {
  const tenancy::Resource company = add_resource("Company", ledger::OrganisationKind::kEnterprise);
  EXPECT_EQ(states(add(school, "a", {"10.0.0.0/16"})), (States{"in_review too_many"}));
  EXPECT_EQ(states(add(company, "a", {"10.0.0.0/24"})), (States{"approved"}));
  EXPECT_FALSE(try_add(company, "b", {"10.0.0.0/25"}).has_value());
}

TEST_F(IpSpaceTest, AReviewIsOpenAsLongAsSomethingIsPending) {
  const Node node = add(isp, "a", {"10.0.0.0/24", "10.0.1.0/24"});
  const auto review = review_of(node);
  ASSERT_TRUE(review.has_value());
  const Node again = edit(node, {"10.0.1.0/24", "2.21.234.0/24"});
  EXPECT_EQ(review_of(again), review);
  edit(again, {"2.21.234.0/24"});
  EXPECT_EQ(review_of(node), std::nullopt);
  EXPECT_EQ(count("ip_review", "state = 'withdrawn'"), 1);
}

TEST_F(IpSpaceTest, BlocksThatCameInWhileSomebodyReadAreNotApprovedWithTheOthers) {
  const Node node = add(isp, "a", {"10.0.0.0/24"});
  const std::string read_by_admin = *review_of(node);
  edit(node, {"10.0.0.0/24", "10.99.0.0/24"});
  const auto decided = decide(read_by_admin, {});
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().kind, ProblemKind::kConflict);
  EXPECT_EQ(states(node), (States{"attention_required bogon", "attention_required bogon"}));
  const auto withdrawn = read([&](Transaction& transaction) { return load_review(transaction, read_by_admin); });
  EXPECT_EQ(withdrawn->block_count, 1) << "what was asked for then";
  ASSERT_NE(review_of(node), std::nullopt);
  EXPECT_NE(*review_of(node), read_by_admin);
  ASSERT_TRUE(decide(*review_of(node), {}).has_value());
  EXPECT_EQ(states(node), (States{"approved", "approved"}));
}

TEST_F(IpSpaceTest, AReviewOfANodeThatIsGoneIsWithdrawnAndCannotBeDecided) {
  const Node node = add(isp, "a", {"10.0.0.0/24"});
  const std::string review = *review_of(node);
  ASSERT_TRUE(write([&](Transaction& transaction) {
                return fleet::delete_node(transaction, now(), actor, rules, node, node.ref.name);
              }).has_value());
  const auto decided = decide(review, {});
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().kind, ProblemKind::kConflict);
  const auto kept = read([&](Transaction& transaction) { return load_review(transaction, review); });
  EXPECT_EQ(kept->state, "withdrawn");
  EXPECT_EQ(kept->block_count, 1);
}

TEST_F(IpSpaceTest, WhatWasSaidOfARejectedBlockIsStillSaidAfterAnApproval) {
  const Node node = add(isp, "a", {"10.0.0.0/24"});
  ASSERT_TRUE(decide(*review_of(node), {ReviewDecision::Kind::kReject, {}, "not yours"}).has_value());
  const Node more = edit(load(node.ref.id), {"10.0.0.0/24", "10.0.1.0/24"});
  ASSERT_TRUE(decide(*review_of(more), {}).has_value());
  EXPECT_EQ(states(node), (States{"rejected rejected", "approved"}));
  EXPECT_EQ(load(node.ref.id).ip_space.feedback, "not yours");
}

TEST_F(IpSpaceTest, Ipv6ThatWrapsIpv4IsNobodysSpace) {
  const Node node = add(isp, "a", {"64:ff9b::c171:0/112", "64:ff9b:1::/48", "2001:0:c171::/48", "2002:c171::/48"});
  EXPECT_EQ(states(node), States(4, "attention_required bogon")) << "NAT64, the same at home, Teredo, 6to4";
}

TEST_F(IpSpaceTest, AListShowsTheFirstBlocksOfAReviewAndCountsAll) {
  std::vector<std::string> blocks;
  for (int i = 0; i < 30; ++i) blocks.push_back(fmt::format("10.0.{}.0/24", i));
  const Node node = add(isp, "a", blocks);
  const auto list = [&](const char* state) {
    const auto found = read([&](Transaction& transaction) {
      return list_reviews(transaction, {state, std::nullopt}, {.sort = {"requested_at", "v.requested_at"}});
    });
    return found->items.at(0).item;
  };
  const Review open = list("open");
  EXPECT_EQ(open.blocks.size(), kBlocksInList);
  EXPECT_EQ(open.block_count, 30);
  EXPECT_EQ(open.count.ipv4_addresses, 30 * 256);
  const auto whole = read([&](Transaction& transaction) { return load_review(transaction, open.id); });
  EXPECT_EQ(whole->blocks.size(), 30U);
  EXPECT_EQ(whole->count.ipv4_addresses, 30 * 256);
  ASSERT_TRUE(decide(open.id, {}).has_value());
  EXPECT_EQ(list("approved").blocks.size(), kBlocksInList);
  EXPECT_EQ(list("approved").count.ipv4_addresses, 30 * 256);
}

TEST_F(IpSpaceTest, ABlockOfPublicAndPrivateAddressesIsComparedWithBothAndNeedsAttention) {
  ip_space_config.review_above = ip_space_config.absurd_above = 1'000'000'000;
  const tenancy::Resource company = add_resource("Company", ledger::OrganisationKind::kEnterprise);
  add(isp, "public", {"192.169.0.0/24"});
  const Node inner = add(company, "inner", {"192.168.7.0/24"});
  add(school, "own", {"192.168.9.0/24"});
  const Node mixed = add(school, "mixed", {"192.168.0.0/15"}, true);
  EXPECT_EQ(states(mixed), (States{"attention_required bogon overlaps_own overlaps_other"}));
  ReviewDecision meant;
  meant.despite_overlaps = true;
  ASSERT_TRUE(decide(*review_of(mixed), meant).has_value());
  EXPECT_EQ(states(add(company, "more", {"192.168.10.0/24"})), (States{"approved"})) << "private is of their own";
  EXPECT_FALSE(try_add(school, "more", {"192.168.10.0/24"}).has_value());
  EXPECT_EQ(states(add(other, "b", {"192.169.5.0/24"})), (States{"attention_required overlaps_other"}));
}

TEST_F(IpSpaceTest, TheWholeAddressSpaceIsCountedAndNeedsAttention) {
  const Node all = add(isp, "all", {"0.0.0.0/0", "::/0"});
  EXPECT_EQ(all.ip_space.state, "attention_required");
  EXPECT_EQ(all.ip_space.requested.ipv4_addresses, 4'294'967'296);
  EXPECT_EQ(all.ip_space.requested.ipv6_networks, 72'057'594'037'927'936);
  EXPECT_EQ(all.ip_space.routed.total(), 0);
  EXPECT_EQ(add(other, "one", {"2a00::1/128"}).ip_space.requested.ipv6_networks, 1)
      << "only approved ones of others count";
}

TEST_F(IpSpaceTest, FiftyThousandItselfIsNotTooMany) {
  // 32768 + 16384 + 512 + 256 + 64 + 16 = 50000
  const std::vector<std::string> exactly = {"2.0.0.0/17", "2.1.0.0/18", "2.2.0.0/23",
                                            "2.3.0.0/24", "2.4.0.0/26", "2.5.0.0/28"};
  EXPECT_EQ(add(isp, "a", exactly).ip_space.state, "valid");
  std::vector<std::string> more = {"3.0.0.0/17", "3.1.0.0/18", "3.2.0.0/23", "3.3.0.0/24", "3.4.0.0/26", "3.5.0.0/28"};
  more.push_back("2a00:1450::/64");
  EXPECT_EQ(add(other, "b", more).ip_space.state, "in_review") << "an IPv6 network counts too";
}

TEST_F(IpSpaceTest, ApprovingRoutesWhatWasAskedFor) {
  const Node node = add(isp, "a", {"10.0.0.0/24", "2.21.234.0/24"});
  const std::string review = *review_of(node);
  ASSERT_TRUE(decide(review, {}).has_value());
  EXPECT_EQ(states(node), (States{"approved", "approved"}));
  EXPECT_EQ(load(node.ref.id).ip_space.state, "valid");
  EXPECT_EQ(load(node.ref.id).version, node.version + 1);
  const auto twice = decide(review, {});
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().kind, ProblemKind::kConflict);
}

TEST_F(IpSpaceTest, ApprovingInPartRejectsTheRestWithFeedback) {
  const Node node = add(isp, "a", {"10.0.0.0/24", "10.0.1.0/24", "2.21.234.0/24"});
  ReviewDecision decision{ReviewDecision::Kind::kApprovePart, {prefix("10.0.1.0/24")}, "10.0.0.0/24 is ours"};
  ASSERT_TRUE(decide(*review_of(node), decision).has_value());
  EXPECT_EQ(states(node), (States{"rejected rejected", "approved", "approved"}));
  EXPECT_EQ(load(node.ref.id).ip_space.state, "attention_required");
  EXPECT_EQ(load(node.ref.id).ip_space.feedback, "10.0.0.0/24 is ours");
  const Node mended = edit(load(node.ref.id), {"10.0.1.0/24", "2.21.234.0/24"});
  EXPECT_EQ(mended.ip_space.state, "valid");
  EXPECT_EQ(mended.ip_space.feedback, std::nullopt);
}

TEST_F(IpSpaceTest, APartThatIsNotInTheReviewIsRefused) {
  const Node node = add(isp, "a", {"10.0.0.0/24", "2.21.234.0/24"});
  ReviewDecision decision{ReviewDecision::Kind::kApprovePart, {prefix("2.21.234.0/24")}, "no"};
  const auto refused = decide(*review_of(node), decision);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fields[0].pointer, "/blocks/0");
}

TEST_F(IpSpaceTest, WhatOthersHaveGotMeanwhileIsApprovedOnlyIfThatIsMeant) {
  const Node wide = add(isp, "wide", {"2.20.0.0/15", "2.30.0.0/16"});
  const std::string review = *review_of(wide);
  EXPECT_EQ(states(add(other, "quick", {"2.20.0.0/17"})), (States{"approved"})) << "what waits is in nobody's way";
  const auto refused = decide(review, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ProblemKind::kConflict);
  EXPECT_EQ(refused.error().detail,
            "addresses of these blocks are routed to other organisations: 2.20.0.0/17 to quick of Other ISP");
  EXPECT_EQ(refused.error().fields[0].pointer, "/despite_overlaps");
  EXPECT_EQ(refused.error().members.at("overlaps").as_array().size(), 1U);
  EXPECT_EQ(review_of(wide), review) << "nothing is decided";

  ReviewDecision meant;
  meant.despite_overlaps = true;
  ASSERT_TRUE(decide(review, meant).has_value());
  EXPECT_EQ(states(wide), (States{"approved", "approved"}));
  EXPECT_EQ(overlaps_of(review), (States{"2.20.0.0/15 with 2.20.0.0/17 of Other ISP"})) << "told afterwards";
  EXPECT_EQ(count("audit", "action = 'review.decide' AND after_json LIKE '%despite_overlaps%'"), 1);
  edit(load(wide.ref.id), {"2.30.0.0/16"});
  EXPECT_EQ(overlaps_of(review), States{}) << "only one has it";
}

TEST_F(IpSpaceTest, WhatNobodyElseHasOfAReviewIsApprovedInPart) {
  const Node wide = add(isp, "wide", {"2.20.0.0/15", "2.30.0.0/16"});
  add(other, "quick", {"2.20.0.0/17"});
  ReviewDecision decision{ReviewDecision::Kind::kApprovePart, {prefix("2.20.0.0/15")}, "no"};
  EXPECT_FALSE(decide(*review_of(wide), decision).has_value());
  decision.approved = {prefix("2.30.0.0/16")};
  EXPECT_TRUE(decide(*review_of(wide), decision).has_value());
}

TEST_F(IpSpaceTest, ARejectedBlockStaysRejectedWhenTheListIsSavedAgain) {
  const Node node = add(isp, "a", {"10.0.0.0/24"});
  ASSERT_TRUE(decide(*review_of(node), {ReviewDecision::Kind::kReject, {}, "not yours"}).has_value());
  edit(load(node.ref.id), {"10.0.0.0/24"});
  EXPECT_EQ(states(node), (States{"rejected rejected"}));
  EXPECT_EQ(review_of(node), std::nullopt);
}

TEST_F(IpSpaceTest, AnEditIsShownBeforeItIsApplied) {
  const Node first = add(isp, "first", {"2.21.0.0/24"});
  const Node second = add(isp, "second", {"2.22.0.0/23"});
  const auto changes = read([&](Transaction& transaction) -> Result<IpChanges> {
    FieldProblems problems;
    TRY(const auto before, load_ip_space(transaction, second.ref.id));
    const IpSpaceRequest request{isp.organisation, second.ref.id, prefixes({"2.22.0.0/24", "2.21.0.0/23"}), true};
    TRY(const auto after, assess(transaction, now(), rules, request, before, problems));
    return changes_of(transaction, isp.organisation.id, second.ref.id, before, after);
  });
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->gained, prefixes({"2.21.0.0/23"}));
  EXPECT_EQ(changes->lost, prefixes({"2.22.1.0/24"}));
  ASSERT_EQ(changes->moved.size(), 1U);
  EXPECT_EQ(changes->moved[0].prefix, prefix("2.21.0.0/24"));
  EXPECT_EQ(changes->moved[0].from.name, "first");
}

TEST_F(IpSpaceTest, OverlapsAgreeWithComparingEveryPair) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  const auto some = [&](std::size_t limit) {
    std::vector<std::string> texts;
    std::vector<net::Prefix> taken;
    for (std::size_t i = 0; i < limit; ++i) {
      const net::Prefix one(net::IpAddress::v4(0x02000000U + random() % 65536), 20 + static_cast<int>(random() % 13));
      bool apart = true;
      for (const net::Prefix& before : taken) apart &= !before.contains(one) && !one.contains(before);
      if (!apart) continue;
      taken.push_back(one);
      texts.push_back(to_string(one));
    }
    return texts;
  };
  ip_space_config.review_above = 1'000'000;
  std::vector<Node> nodes;
  for (int i = 0; i < 8; ++i) nodes.push_back(add(isp, "n" + std::to_string(i), some(20), true));
  for (int round = 0; round < 20; ++round) {
    const auto wanted = prefixes(some(10));
    const auto found = read([&](Transaction& transaction) {
      return find_overlaps(transaction, isp.organisation.id, wanted, nodes[0].ref.id);
    });
    ASSERT_TRUE(found.has_value());
    std::set<std::string> fast;
    for (const Overlap& overlap : *found) fast.insert(to_string(overlap.wanted) + " " + overlap.node.name);
    std::set<std::string> slow;
    for (const net::Prefix& one : wanted) {
      for (std::size_t i = 1; i < nodes.size(); ++i) {
        for (const std::string& text : nodes[i].cidr_blocks) {
          const net::Prefix block = prefix(text);
          if (block.contains(one) || one.contains(block)) slow.insert(to_string(one) + " " + nodes[i].ref.name);
        }
      }
    }
    ASSERT_EQ(fast, slow);
  }
}

}  // namespace
}  // namespace larder::space
