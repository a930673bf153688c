#include "cli_test.h"

namespace larder::cli {
namespace {

using LookupTest = CliTest;

constexpr const char* kOtherId = "0192a000-0000-7000-8000-0000000000ff";

TEST_F(LookupTest, SeveralOfOneNameAreListedWithTheirIds) {
  const FakePortal portal([](const Asked&) { return items(node_json("a") + "," + node_json("a", "", kOtherId)); });
  const Run done = run(portal, {"node", "show", "a"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find(kNodeId), std::string::npos) << done.error;
  EXPECT_NE(done.error.find(kOtherId), std::string::npos);
  EXPECT_EQ(done.out, "");
}

TEST_F(LookupTest, ANameIsTheWholeNameAndNotAPartOfIt) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/nodes"))
      return items(node_json("seattle-10") + "," + node_json("seattle-1", "", kOtherId));
    return {200, node_json("seattle-1", "", kOtherId)};
  });
  const Run done = run(portal, {"--json", "node", "show", "seattle-1"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(portal.asked().back().path(), "/api/v1/nodes/" + std::string(kOtherId));
}

TEST_F(LookupTest, SimilarNamesAreOfferedIfThereIsNone) {
  const FakePortal portal([](const Asked&) { return items(node_json("seattle-10")); });
  const Run done = run(portal, {"--json", "node", "show", "seattle-1"});
  EXPECT_EQ(done.code, ExitCode::kNotFound);
  EXPECT_NE(done.error.find("North / default / seattle-10"), std::string::npos) << done.error;
}

TEST_F(LookupTest, AnIdIsAskedForDirectly) {
  const FakePortal portal([](const Asked&) -> Answer { return {200, node_json("a")}; });
  EXPECT_EQ(run(portal, {"node", "show", kNodeId}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().front().target, "/api/v1/nodes/" + std::string(kNodeId));
}

TEST_F(LookupTest, TheOnlyOrganisationNeedsNoName) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/organisations")) return items(organisation_json("North"));
    return items("");
  });
  EXPECT_EQ(run(portal, {"org", "members"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().back().path(), "/api/v1/organisations/" + std::string(kOrganisationId) + "/members");
}

TEST_F(LookupTest, OfSeveralOrganisationsOneHasToBeNamed) {
  const FakePortal portal(
      [](const Asked&) { return items(organisation_json("North") + "," + organisation_json("South", kOtherId)); });
  const Run done = run(portal, {"org", "members"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("--org"), std::string::npos);
  EXPECT_NE(done.error.find("South"), std::string::npos);
}

TEST_F(LookupTest, NamesThatAreCommandsAreNames) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/nodes")) return items(node_json("list"));
    return {200, node_json("list")};
  });
  EXPECT_EQ(run(portal, {"node", "show", "list"}).code, ExitCode::kDone);
}

TEST_F(LookupTest, MembersAreNamedByEmailAddress) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/organisations")) return items(organisation_json("North"));
    if (asked.method == "PUT") return {200, "{}"};
    return items(std::string(R"({"user":{"id":")") + kOtherId +
                 R"(","name":"B","email":"b@example.net"},"role":"viewer"})");
  });
  EXPECT_EQ(run(portal, {"org", "set-role", "B@example.net", "--role", "owner"}).code, ExitCode::kDone);
  EXPECT_TRUE(portal.asked().back().path().ends_with(std::string("/members/") + kOtherId));
  EXPECT_EQ(run(portal, {"org", "remove-member", "c@example.net"}).code, ExitCode::kNotFound);
}

}  // namespace
}  // namespace larder::cli
