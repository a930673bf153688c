#include "space/ip_rejections.h"

#include <algorithm>
#include <random>
#include <set>

#include "fleet/ip_recheck.h"
#include "support/seed.h"
#include "tenancy/invitations.h"
#include "tenancy/members.h"
#include "tenancy/user_deletion.h"
#include "unit/fleet/ip_space_fixture.h"

namespace larder::space {
namespace {

using fleet::IpSpaceTest;
using fleet::Node;
using identity::Role;
using identity::User;
using ledger::FieldProblems;
using ledger::OrganisationKind;
using ledger::Result;
using tenancy::OwnerBy;
using tenancy::Resource;

class IpRejectionsTest : public IpSpaceTest {
 protected:
  IpRejectionsTest() { ip_space_config.review_above = 1000; }

  /// Rejects 2.16.0.0/22 for the first ISP: 1024 addresses are too many.
  Node rejected_node() {
    const Node node = add(isp, "first", {"2.16.0.0/22"});
    reject(node, "it is not announced by you");
    return load(node.ref.id);
  }

  std::vector<Rejection> rejections() {
    const auto found = read([&](database::Transaction& transaction) {
      return list_rejections(transaction, std::nullopt, {.sort = ledger::by_time("rejected_at", "r.rejected_at")});
    });
    std::vector<Rejection> all;
    for (const auto& listed : *found) all.push_back(listed.item);
    return all;
  }
  std::set<std::string> ranges() {
    std::set<std::string> all;
    for (const Rejection& rejection : rejections()) all.insert(to_string(rejection.range));
    return all;
  }
  void lift(const Rejection& rejection) {
    const auto lifted = write([&](database::Transaction& transaction) {
      return fleet::lift_rejection(transaction, now(), actor, rules, rejection);
    });
    CHECK(lifted.has_value(), "it is there");
  }
  void make_owner(const User& user, const Resource& resource) {
    make_member(user, resource, Role::kOwner, OwnerBy::kThemselves);
  }
  void make_member(const User& user, const Resource& resource, Role role, OwnerBy by = OwnerBy::kOthers) {
    const auto made = write([&](database::Transaction& transaction) {
      return tenancy::put_member(transaction, now(), actor, resource.organisation.id, user.id, role, by);
    });
    CHECK(made.has_value(), "both are there, and another owner");
  }
  /// As the housekeeper does.
  void look_at_those_of(const Resource& resource) {
    const auto looked = write([&](database::Transaction& transaction) {
      return fleet::look_again(transaction, now(), rules, resource.organisation.id, {100, 1000});
    });
    CHECK(looked.has_value() && *looked > 0, "some were noted");
  }
  void remove_owner(const User& user, const Resource& resource) {
    const auto removed = write([&](database::Transaction& transaction) {
      return tenancy::remove_member(transaction, now(), actor, resource.organisation.id, user.id);
    });
    CHECK(removed.has_value(), "there is another owner");
  }
};

TEST_F(IpRejectionsTest, RejectedAddressesWaitForAReviewInWhateverPartsTheyAreListed) {
  const Node node = edit(rejected_node(), {});
  EXPECT_EQ(states(edit(node, {"2.16.0.0/23", "2.16.2.0/24", "2.16.3.0/25", "2.17.0.0/26"})),
            (States{"in_review overlaps_rejected", "in_review overlaps_rejected", "in_review overlaps_rejected",
                    "approved"}));
  EXPECT_EQ(states(edit(node, {"2.16.3.255/32"})), (States{"in_review overlaps_rejected"})) << "a part";
  EXPECT_EQ(states(edit(node, {"2.16.0.0/21"})), (States{"in_review overlaps_rejected too_many"})) << "around it";
  EXPECT_EQ(states(edit(node, {"2.16.0.0/22"})), (States{"in_review overlaps_rejected too_many"})) << "itself";
  EXPECT_EQ(states(edit(node, {"2.15.255.0/24", "2.16.4.0/24"})), (States{"approved", "approved"})) << "beside it";
  EXPECT_EQ(review_of(node), std::nullopt);
}

TEST_F(IpRejectionsTest, TheOwnersReadWhatWasRejectedAndWhy) {
  const Node node = edit(rejected_node(), {"2.16.1.0/24"});
  const auto space = read([&](database::Transaction& transaction) { return load_ip_space(transaction, node.ref.id); });
  EXPECT_EQ(space->blocks[0].reasons[0].detail,
            "2.16.1.0/24 overlaps 2.16.0.0/22, which an administrator rejected: it is not announced by you");
}

TEST_F(IpRejectionsTest, TheyWaitOnEveryNodeOfTheOrganisationAlsoWhenTheFirstIsGone) {
  const Node node = rejected_node();
  EXPECT_EQ(states(add(isp, "second", {"2.16.0.0/24"})), (States{"in_review overlaps_rejected"}));
  remove(node);
  EXPECT_EQ(states(add(isp, "first", {"2.16.1.0/24"})), (States{"in_review overlaps_rejected"})) << "made anew";
  const auto resource = write([&](database::Transaction& transaction) {
    return tenancy::create_resource(transaction, now(), actor, isp.organisation, "another", "");
  });
  EXPECT_EQ(states(add(*resource, "first", {"2.16.2.0/24"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, AnotherOrganisationMayHaveThemUnlessItHasTheSameOwner) {
  rejected_node();
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"approved"}));
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  const Node node = add(other, "b", {"2.16.1.0/24"});
  EXPECT_EQ(states(node), (States{"in_review overlaps_rejected"}));
  const auto space = read([&](database::Transaction& transaction) { return load_ip_space(transaction, node.ref.id); });
  EXPECT_EQ(space->blocks[0].reasons[0].detail,
            "addresses of 2.16.1.0/24 were rejected before: an administrator looks at it")
      << "nothing of where and why";
}

TEST_F(IpRejectionsTest, NobodyTiesAnotherOrganisationToTheirRejectionsByMakingItsPeopleOwners) {
  const User victim = add_user("victim@example.net");
  make_owner(victim, other);
  make_member(victim, isp, Role::kViewer);
  rejected_node();
  make_member(victim, isp, Role::kOwner);
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"approved"}));
  reject(add(other, "b", {"2.30.0.0/21"}));
  EXPECT_EQ(states(add(isp, "c", {"2.30.0.0/24"})), (States{"approved"})) << "nor to those of others";
  make_owner(victim, isp);
  EXPECT_EQ(states(add(other, "d", {"2.16.1.0/24"})), (States{"in_review overlaps_rejected"})) << "they agree";
  EXPECT_EQ(states(add(isp, "e", {"2.30.1.0/24"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, WhoWasMadeAnOwnerAndActsAsOneHasTakenItOn) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, other);
  rejected_node();
  make_member(owner, isp, Role::kOwner);
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"approved"}));
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return tenancy::act_as_owner(transaction, isp.organisation.id, owner.id);
              }).has_value());
  EXPECT_EQ(states(add(other, "b", {"2.16.1.0/24"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, WhoAcceptsAnInvitationAsAnOwnerTakesTheOrganisationOn) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, other);
  rejected_node();
  ASSERT_TRUE(write([&](database::Transaction& transaction) -> Result<tenancy::Member> {
                identity::Principal inviter;
                inviter.user_id = owner.id;
                TRY(const auto made, tenancy::create_invitation(transaction, now(), actor, inviter, isp.organisation.id,
                                                                owner.email, Role::kOwner));
                return tenancy::take_invitation(transaction, now(), actor, made.invitation, owner);
              }).has_value());
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, WhoManagesThePortalTiesNoOrganisations) {
  const User admin = add_user("admin@example.net", true);
  make_owner(admin, isp);
  make_owner(admin, other);
  rejected_node();
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"approved"}));
}

TEST_F(IpRejectionsTest, WhatWouldBecomeOfAListTellsOnlyTheOrganisationsOwnRejections) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  rejected_node();
  const auto asked = [&](const Resource& resource) {
    const auto space = read([&](database::Transaction& transaction) {
      FieldProblems problems;
      const IpSpaceRequest request{resource.organisation, "", CidrList({prefix("2.16.0.0/24")}), false, true};
      return assess(transaction, now(), rules, request, IpSpace(), problems);
    });
    return text_of(space->blocks[0]);
  };
  EXPECT_EQ(asked(isp), "in_review overlaps_rejected");
  EXPECT_EQ(asked(other), "approved");
}

TEST_F(IpRejectionsTest, AdministratorsReadInTheReviewWhatWasRejectedAndWhoTiesTheOrganisations) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  rejected_node();
  const Node own = add(isp, "own", {"2.16.0.0/24"});
  const Node tied = add(other, "tied", {"2.16.1.0/24"});
  const auto told = [&](const Node& node) {
    const std::string id = review_of(node).value();
    const auto found = read([&](database::Transaction& transaction) { return load_review(transaction, id); });
    CHECK(found->rejections.size() == 1, "one for each organisation");
    const MetRejection& met = found->rejections[0];
    return fmt::format("{} {} of {} by {}: {}", to_string(met.wanted), to_string(met.rejection.range),
                       met.rejection.organisation.name, met.owner ? met.owner->name : "nobody", met.rejection.feedback);
  };
  EXPECT_EQ(told(own), "2.16.0.0/24 2.16.0.0/22 of Example ISP by nobody: it is not announced by you");
  EXPECT_EQ(told(tied), "2.16.1.0/24 2.16.0.0/22 of Example ISP by owner@example.net: it is not announced by you");
}

TEST_F(IpRejectionsTest, ManyOrganisationsOfAnOwnerHideNoRejection) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, other);
  std::vector<Resource> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(add_resource(fmt::format("Of many {}", i), OrganisationKind::kIsp));
    make_owner(owner, all.back());
    reject(add(all.back(), "a", {fmt::format("3.{}.0.0/21", i)}));
  }
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(states(add(other, fmt::format("n{}", i), {fmt::format("3.{}.1.0/30", i)})),
              (States{"in_review overlaps_rejected"}))
        << i;
  }
}

TEST_F(IpRejectionsTest, AnOwnerWhoLeavesForTheWhileTakesNoRejectionAway) {
  const User owner = add_user("owner@example.net");
  const User friend_of_theirs = add_user("friend@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  rejected_node();
  make_owner(friend_of_theirs, other);
  make_member(owner, other, Role::kViewer);
  EXPECT_EQ(states(add(other, "a", {"2.16.0.0/24"})), (States{"in_review overlaps_rejected"})) << "no owner any more";
  remove_owner(owner, other);
  EXPECT_EQ(states(add(other, "b", {"2.16.1.0/24"})), (States{"in_review overlaps_rejected"})) << "no member";
  make_owner(owner, other);
  const User another = add_user("another@example.net");
  make_owner(another, isp);
  remove_owner(owner, isp);
  EXPECT_EQ(states(add(other, "c", {"2.16.2.0/24"})), (States{"in_review overlaps_rejected"}))
      << "no member of where it was rejected";
  const Resource third = add_resource("Third ISP", OrganisationKind::kIsp);
  make_owner(another, third);
  make_owner(friend_of_theirs, isp);
  remove_owner(another, isp);
  EXPECT_EQ(states(add(third, "a", {"2.16.3.0/24"})), (States{"in_review overlaps_rejected"})) << "who came later";
}

TEST_F(IpRejectionsTest, TheFirstOwnerOfAnOrganisationIsOneToo) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  rejected_node();
  const Resource third = add_resource("Third ISP", OrganisationKind::kIsp);
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return tenancy::add_first_owner(transaction, now(), actor, third.organisation, "Owner@example.net");
              }).has_value());
  EXPECT_EQ(count("audit", "action = 'member.add' AND object_name = 'owner@example.net'"), 2);
  EXPECT_EQ(states(add(third, "a", {"2.16.3.0/24"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, PrivateAddressesOfAnotherOrganisationOfTheSameOwnerAreOtherAddresses) {
  const Node node = add(school, "a", {"10.0.0.0/16"});
  reject(node);
  EXPECT_EQ(states(add(school, "b", {"10.0.0.0/24"})), (States{"in_review overlaps_rejected"}));
  const Resource college = add_resource("College", OrganisationKind::kEnterprise);
  const User owner = add_user("owner@example.net");
  make_owner(owner, school);
  make_owner(owner, college);
  EXPECT_EQ(states(add(college, "a", {"10.0.0.0/24"})), (States{"approved"}));
}

TEST_F(IpRejectionsTest, WhatIsApprovedLaterIsRejectedNoMoreAndTheRestStaysSo) {
  const Node node = edit(rejected_node(), {"2.16.1.0/24"});
  approve(node);
  EXPECT_EQ(states(node), (States{"approved"}));
  EXPECT_EQ(ranges(), (std::set<std::string>{"2.16.0.0/24", "2.16.2.0/23"}));
  edit(load(node.ref.id), {});
  EXPECT_EQ(states(edit(load(node.ref.id), {"2.16.0.0/24", "2.16.1.0/24"})),
            (States{"in_review overlaps_rejected", "approved"}));
}

TEST_F(IpRejectionsTest, ALaterRejectionTakesThePlaceOfAnEarlierOne) {
  const Node node = edit(rejected_node(), {"2.16.1.0/24"});
  reject(node, "neither is this");
  ASSERT_EQ(ranges(), (std::set<std::string>{"2.16.0.0/24", "2.16.1.0/24", "2.16.2.0/23"}));
  for (const Rejection& rejection : rejections()) {
    const bool later = to_string(rejection.range) == "2.16.1.0/24";
    EXPECT_EQ(rejection.feedback, later ? "neither is this" : "it is not announced by you");
    EXPECT_EQ(rejection.node.name, "first");
  }
}

TEST_F(IpRejectionsTest, WhatALiftedRejectionHeldBackIsLookedAtAgain) {
  const Node first = rejected_node();
  ip_space_config.review_above = 50'000;
  EXPECT_EQ(states(edit(load(first.ref.id), {"2.16.0.0/22"})), (States{"rejected rejected"}))
      << "listed and saved again";
  ASSERT_EQ(rejections().size(), 1U);
  lift(rejections()[0]);
  EXPECT_EQ(states(first), (States{"approved"}));
  EXPECT_EQ(load(first.ref.id).ip_space.state, "valid");
  EXPECT_EQ(load(first.ref.id).ip_space.feedback, std::nullopt);
  EXPECT_EQ(rejections().size(), 0U);
  EXPECT_EQ(count("audit", "action = 'rejection.lift' AND object_name = '2.16.0.0/22'"), 1);
}

TEST_F(IpRejectionsTest, ALiftedRejectionLetsItsPartsGo) {
  const Node first = edit(rejected_node(), {});
  const Node parts = add(isp, "parts", {"2.16.0.0/24", "2.16.3.0/24"});
  EXPECT_EQ(states(parts), (States{"in_review overlaps_rejected", "in_review overlaps_rejected"}));
  lift(rejections()[0]);
  EXPECT_EQ(states(parts), (States{"approved", "approved"}));
  EXPECT_EQ(review_of(parts), std::nullopt) << "nothing of it is left to decide";
}

TEST_F(IpRejectionsTest, ALiftedRejectionAlsoLetsGoWhatWaitsInTiedOrganisations) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  edit(rejected_node(), {});
  const Node tied = add(other, "tied", {"2.16.0.0/24"});
  lift(rejections()[0]);
  look_at_those_of(other);
  EXPECT_EQ(states(tied), (States{"approved"}));
}

TEST_F(IpRejectionsTest, WhatWaitedForTheRejectionOfAnOrganisationIsLookedAtWhenThatIsDeleted) {
  const User owner = add_user("owner@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  remove(rejected_node());
  const Node tied = add(other, "tied", {"2.16.0.0/24"});
  ASSERT_TRUE(write([&](database::Transaction& transaction) -> Result<> {
                TRY(const auto organisation, tenancy::load_organisation(transaction, isp.organisation.id));
                return tenancy::delete_organisation(transaction, now(), actor, organisation, "Example ISP");
              }).has_value());
  look_at_those_of(other);
  EXPECT_EQ(states(tied), (States{"approved"}));
}

TEST_F(IpRejectionsTest, WhatWaitedForATieIsLookedAtWhenTheAccountIsDeleted) {
  const User owner = add_user("owner@example.net");
  const User another = add_user("another@example.net");
  make_owner(owner, isp);
  make_owner(owner, other);
  make_owner(another, isp);
  make_member(another, other, Role::kViewer);
  rejected_node();
  const Node tied = add(other, "tied", {"2.16.0.0/24"});
  make_owner(add_user("third@example.net"), other);
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return tenancy::delete_user(transaction, now(), actor, owner.id);
              }).has_value());
  look_at_those_of(other);
  EXPECT_EQ(states(tied), (States{"approved"}));
}

TEST_F(IpRejectionsTest, TheWholeAddressSpaceMayBeRejected) {
  const Node all = add(isp, "all", {"0.0.0.0/0", "::/0"});
  reject(all);
  EXPECT_EQ(ranges(), (std::set<std::string>{"::/0"})) << "IPv4 is mapped into it";
  EXPECT_EQ(states(add(isp, "v4", {"2.16.0.0/24"})), (States{"in_review overlaps_rejected"}));
  EXPECT_EQ(states(add(isp, "v6", {"2a00:1450::/48"})), (States{"in_review overlaps_rejected"}));
}

TEST_F(IpRejectionsTest, DecisionsAgreeWithRememberingEveryAddress) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  const auto some = [&] {
    return net::Prefix(net::IpAddress::v4(0x02000000U + random() % 256), 25 + static_cast<int>(random() % 8));
  };
  std::vector<bool> rejected(256);
  const auto numbers = [](const net::Prefix& block) {
    const std::uint32_t first = block.network().v4_value() - 0x02000000U;
    return std::pair(first, first + (1U << (32 - block.length())));
  };
  Rejection by;
  by.organisation = isp.organisation;
  for (int round = 0; round < 60; ++round) {
    const std::vector<net::Prefix> blocks = {some(), some()};
    const bool approve_them = random() % 2 == 0;
    for (const net::Prefix& block : blocks) {
      for (auto [i, end] = numbers(block); i < end; ++i) rejected[i] = !approve_them;
    }
    const auto wanted = some();
    const auto found = write([&](database::Transaction& transaction) -> Result<std::vector<RejectedOverlap>> {
      TRY_VOID(keep_decision(transaction, now(), by, approve_them ? blocks : std::vector<net::Prefix>(),
                             approve_them ? std::vector<net::Prefix>() : blocks));
      return find_rejected(transaction, isp.organisation.id, {wanted});
    });
    ASSERT_TRUE(found.has_value());
    bool expected = false;
    for (auto [i, end] = numbers(wanted); i < end; ++i) expected |= rejected[i];
    ASSERT_EQ(!found->empty(), expected) << to_string(wanted);
  }
  std::int64_t kept = 0;
  for (const Rejection& rejection : rejections()) {
    kept += static_cast<std::int64_t>(rejection.range.last - rejection.range.first) + 1;
  }
  EXPECT_EQ(kept, std::count(rejected.begin(), rejected.end(), true)) << "ranges do not overlap";
}

}  // namespace
}  // namespace larder::space
