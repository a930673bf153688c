#include "cli/request_body.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

namespace larder::cli {
namespace {

RequestBody body_with_blocks() {
  RequestBody body;
  body.set("cidr_blocks", boost::json::array{"10.0.0.0/8", "2.21.234.0/33"}, "--cidr");
  body.note("/cidr_blocks/1", "blocks.txt line 7:");
  body.set("ipv4_address", "10.0.0.300", "--ipv4");
  body.set("update", {{"ring", "slow"}, {"week", 9}}, "the update window").note("/update/week", "--update-week");
  return body;
}

TEST(RequestBody, APointerLeadsToTheOptionAndItsValue) {
  EXPECT_EQ(body_with_blocks().place("/ipv4_address"), "--ipv4 10.0.0.300");
  EXPECT_EQ(body_with_blocks().place("/cidr_blocks/0"), "--cidr 10.0.0.0/8");
  EXPECT_EQ(body_with_blocks().place("/cidr_blocks/1"), "blocks.txt line 7: 2.21.234.0/33");
  EXPECT_EQ(body_with_blocks().place("/update/week"), "--update-week 9");
  EXPECT_EQ(body_with_blocks().place("/update/ring"), "the update window slow");
  EXPECT_EQ(body_with_blocks().place("/cidr_blocks"), "--cidr");
}

TEST(RequestBody, APointerThatNobodyKnowsIsShownAsItIs) { EXPECT_EQ(body_with_blocks().place("/other/1"), "/other/1"); }

TEST(RequestBody, ASecretIsNeverShown) {
  RequestBody body;
  body.set_secret("password", "hunter2", "the password");
  EXPECT_EQ(body.place("/password"), "the password");
}

TEST(RequestBody, AQueryParameterIsShownAsItsOption) {
  const RequestBody body;
  EXPECT_EQ(body.place("?sort"), "--sort");
  EXPECT_EQ(body.place("?ip_space"), "--ip-space");
  EXPECT_EQ(body.place("?q"), "--query");
  EXPECT_EQ(body.place("nothing"), "nothing");
}

}  // namespace
}  // namespace larder::cli
