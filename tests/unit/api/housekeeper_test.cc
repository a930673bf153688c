#include "api/housekeeper.h"

#include "portal/ip_recheck.h"
#include "support/eventually.h"
#include "unit/portal/ip_space_fixture.h"

namespace larder::api {
namespace {

using portal::Node;

class HousekeeperTest : public portal::IpSpaceTest {};

TEST_F(HousekeeperTest, LooksAgainAtWhatARequestLeft) {
  const Node in_the_way = add(isp, "a", {"2.0.0.0/17"});
  std::vector<Node> waiting;
  for (std::size_t i = 0; i < portal::kRecheckInRequest.nodes + 3; ++i) {
    waiting.push_back(add(other, fmt::format("n{}", i), {fmt::format("2.0.{}.0/24", i)}));
  }
  remove(in_the_way);
  ASSERT_EQ(count("ip_recheck"), 3);
  {
    Housekeeper housekeeper(*database, rules, clock, *log);
    EXPECT_TRUE(support::eventually([&] { return count("ip_recheck") == 0; }));
  }
  for (const Node& node : waiting) EXPECT_EQ(load(node.ref.id).ip_space.state, "valid");
}

}  // namespace
}  // namespace larder::api
