#include "portal/housekeeper.h"

#include "fleet/ip_recheck.h"
#include "support/eventually.h"
#include "unit/fleet/ip_space_fixture.h"

namespace larder::portal {
namespace {

using fleet::Node;

class HousekeeperTest : public fleet::IpSpaceTest {};

TEST_F(HousekeeperTest, LooksAgainAtWhatRequestsLeftAnOrganisationAfterTheOther) {
  const tenancy::Resource third = add_resource("Third ISP", ledger::OrganisationKind::kIsp);
  const Node in_the_way = add(isp, "a", {"2.0.0.0/17"});
  std::vector<Node> waiting;
  for (int i = 0; i < 7; ++i) waiting.push_back(add(other, fmt::format("n{}", i), {fmt::format("2.0.{}.0/24", i)}));
  clock.advance(std::chrono::seconds(1));
  waiting.push_back(add(third, "last", {"2.0.20.0/24"}));
  remove(in_the_way);
  ASSERT_EQ(count("ip_recheck"), 8);
  {
    Housekeeper housekeeper(*database, rules, clock, *log);
    EXPECT_TRUE(support::eventually([&] { return count("ip_recheck") == 0; }));
  }
  for (const Node& node : waiting) EXPECT_EQ(load(node.ref.id).ip_space.state, "valid");
  const auto log_of = read([&](database::Transaction& transaction) {
    return transaction.run("SELECT object_name FROM audit WHERE action = 'node.recheck' ORDER BY rowid");
  });
  ASSERT_EQ(log_of->size(), 8U);
  EXPECT_EQ((*log_of)[1].text(0), "last") << "it does not wait for all of the other organisation's";
}

TEST_F(HousekeeperTest, LooksAtWhatIsNotedAtOnce) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/17"});
  const Node first = add(other, "first", {"2.0.0.0/24"});
  Housekeeper housekeeper(*database, rules, clock, *log);
  remove(in_the_way);
  EXPECT_TRUE(support::eventually([&] { return load(first.ref.id).ip_space.state == "valid"; }));
}

}  // namespace
}  // namespace larder::portal
