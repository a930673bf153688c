#include "api/route.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::api {
namespace {

class RouteTableTest : public testing::Test {
 protected:
  RouteTableTest() {
    const auto handler = [](Call&) -> ledger::Result<Response> { return Response(); };
    for (const char* method : {"GET", "DELETE"})
      table_.add({.method = method, .path = "/nodes/{node}", .handler = handler});
    table_.add({.method = "GET", .path = "/nodes", .handler = handler});
    table_.add({.method = "GET", .path = "/organisations/{organisation}/members/{user}", .handler = handler});
    table_.add({.method = "GET", .path = "//device", .handler = handler});
  }

  RouteTable table_;
};

TEST_F(RouteTableTest, ARouteIsFoundWithWhatItsNamesStandFor) {
  const RouteMatch member = table_.find("GET", "/api/v1/organisations/a%20b/members/c");
  ASSERT_NE(member.route, nullptr);
  EXPECT_EQ(member.path, (PathNames{{"organisation", "a b"}, {"user", "c"}}));
  EXPECT_EQ(table_.find("DELETE", "/api/v1/nodes/x").route->method, "DELETE");
  EXPECT_EQ(table_.find("HEAD", "/api/v1/nodes/x").route->method, "GET");
  EXPECT_NE(table_.find("GET", "/device").route, nullptr);
  EXPECT_EQ(table_.find("PATCH", "/api/v1/nodes/x").allow, "GET, DELETE");
}

TEST_F(RouteTableTest, OtherPathsAreNobodys) {
  for (const char* path : {"", "/", "nodes", "/nodes", "/api/v1", "/api/v1/", "/api/v1/nodes/", "/api/v1/nodes//",
                           "/api/v1/nodes/x/y", "/api/v1//nodes", "/api/v1/device", "/device/", "/api/v1/nodes/%zz",
                           "/api/v1/nodes/%00", "/api/v1/nodes/%E2%80%AE", "/api/v1/organisations//members/c"}) {
    const RouteMatch match = table_.find("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_EQ(match.allow + match.problem, "") << path;
  }
}

TEST_F(RouteTableTest, AnElementThatIsTooLongForANameIsToldSo) {
  const std::string longest(RouteTable::kLongestElement, 'x');
  EXPECT_NE(table_.find("GET", "/api/v1/nodes/" + longest).route, nullptr);
  const RouteMatch match = table_.find("GET", "/api/v1/nodes/" + longest + "x");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.problem, "an element of the path has 201 bytes; nothing here has a name of more than 200");
  EXPECT_EQ(table_.find("GET", std::string(15'000, '/')).problem, "") << "of more elements nothing is looked at";
}

}  // namespace
}  // namespace larder::api
