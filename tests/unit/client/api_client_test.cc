#include "client/api_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/json_at.h"
#include "support/fake_portal.h"

namespace larder::client {
namespace {

using support::Answer;
using support::Asked;
using support::FakePortal;
using support::items;
using support::problem;

class ApiClientTest : public ::testing::Test {
 protected:
  ApiClient client_of(const std::string& url) {
    ApiClient::Options options;
    options.portal = *parse_portal_url(url, false);
    options.token = "ldr_token";
    options.pause = [this](std::chrono::milliseconds duration) { pauses.push_back(duration); };
    return ApiClient(std::move(options));
  }

  std::vector<std::chrono::milliseconds> pauses;
};

TEST_F(ApiClientTest, ARequestCarriesTheTokenAndItsParameters) {
  const FakePortal portal([](const Asked&) { return Answer{200, "{}"}; });
  ASSERT_TRUE(client_of(portal.url()).get("/nodes", {{"q", "a&b"}, {"sort", ""}}));
  EXPECT_EQ(portal.asked().at(0).target, "/api/v1/nodes?q=a%26b");
  EXPECT_EQ(portal.asked().at(0).field("authorization"), "bearer ldr_token");
}

TEST_F(ApiClientTest, ACreationWhoseAnswerWasLostIsSentAgainWithTheSameKey) {
  std::atomic<int> posts = 0;
  const FakePortal portal([&](const Asked&) -> Answer {
    if (++posts == 1) return {.body = "", .drop = true};
    return {201, R"({"id":"1"})"};
  });

  const auto made = client_of(portal.url()).create("/resources", {{"name", "default"}});

  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 201);
  const auto asked = portal.asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_FALSE(asked[0].field("idempotency-key").empty());
  EXPECT_EQ(asked[0].field("idempotency-key"), asked[1].field("idempotency-key"));
  EXPECT_EQ(asked[0].body, R"({"name":"default"})");
  EXPECT_EQ(asked[0].body, asked[1].body);
}

TEST_F(ApiClientTest, EveryCreationHasAKeyOfItsOwn) {
  const FakePortal portal([](const Asked&) { return Answer{201, "{}"}; });
  ApiClient client = client_of(portal.url());
  ASSERT_TRUE(client.create("/resources", {{"name", "a"}}));
  ASSERT_TRUE(client.create("/resources", {{"name", "a"}}));
  EXPECT_NE(portal.asked()[0].field("idempotency-key"), portal.asked()[1].field("idempotency-key"));
}

TEST_F(ApiClientTest, ACreationWhoseAnswersAreAllLostMayBeDone) {
  const FakePortal portal([](const Asked&) -> Answer { return {.body = "", .drop = true}; });
  const auto made = client_of(portal.url()).create("/resources", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, FailureKind::kUnreachable);
  EXPECT_TRUE(made.error().may_be_done);
}

TEST_F(ApiClientTest, AnEditWhoseAnswerWasLostIsNotSentAgain) {
  const FakePortal portal([](const Asked&) -> Answer { return {.body = "", .drop = true}; });
  const auto edited = client_of(portal.url()).patch("/nodes/1", {{"notes", "x"}}, "\"3\"");
  ASSERT_FALSE(edited);
  EXPECT_TRUE(edited.error().may_be_done);
  EXPECT_EQ(portal.asked().size(), 1u);
  EXPECT_EQ(portal.asked().at(0).field("if-match"), "\"3\"");
}

TEST_F(ApiClientTest, ReadingWaitsAsLongAsABusyPortalSays) {
  for (const auto& [status, name] : {std::pair(503, "unavailable"), std::pair(429, "too-many-attempts")}) {
    std::atomic<int> gets = 0;
    const FakePortal portal([&](const Asked&) -> Answer {
      if (++gets > 1) return {200, "{}"};
      Answer busy = problem(status, name, "later");
      busy.fields = {{"Retry-After", "7"}};
      return busy;
    });
    pauses.clear();
    EXPECT_TRUE(client_of(portal.url()).get("/nodes"));
    EXPECT_EQ(pauses, std::vector<std::chrono::milliseconds>{std::chrono::seconds(7)});
  }
}

TEST_F(ApiClientTest, APortalThatStaysBusyIsGivenUp) {
  const FakePortal portal([](const Asked&) { return problem(503, "unavailable", "the database is out"); });
  const auto read = client_of(portal.url()).get("/nodes");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text, "the database is out");
  EXPECT_EQ(portal.asked().size(), 5u);
}

TEST_F(ApiClientTest, WhoHasNoTimeIsToldAtOnce) {
  const FakePortal portal([](const Asked&) { return problem(503, "unavailable", "later"); });
  ApiClient::Options options;
  options.portal = *parse_portal_url(portal.url(), false);
  options.retries = false;
  EXPECT_FALSE(ApiClient(std::move(options)).get("/nodes"));
  EXPECT_EQ(portal.asked().size(), 1u);
}

TEST_F(ApiClientTest, APortalThatIsDownIsNotAskedAgain) {
  const auto read = client_of("http://127.0.0.1:1").get("/nodes");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, FailureKind::kUnreachable);
  EXPECT_FALSE(read.error().may_be_done);
  EXPECT_TRUE(pauses.empty());
}

TEST_F(ApiClientTest, AllPagesAreOneArray) {
  const FakePortal portal([](const Asked& asked) {
    if (asked.target.find("cursor=second") == std::string::npos) return items(R"({"name":"a"})", "\"second\"");
    return items(R"({"name":"b"})");
  });
  const auto listed = client_of(portal.url()).list("/nodes");
  ASSERT_TRUE(listed);
  EXPECT_EQ(*listed, (boost::json::array{{{"name", "a"}}, {{"name", "b"}}}));
}

TEST_F(ApiClientTest, ACursorThatDoesNotMoveEnds) {
  const FakePortal portal([](const Asked&) { return items(R"({"name":"a"})", "\"same\""); });
  EXPECT_TRUE(client_of(portal.url()).list("/nodes"));
  EXPECT_EQ(portal.asked().size(), 2u);
}

TEST_F(ApiClientTest, KindsTellFailuresApart) {
  const std::vector<std::pair<Answer, FailureKind>> cases = {
      {problem(401, "unauthenticated", "no"), FailureKind::kNotSignedIn},
      {problem(403, "forbidden", "scope admin"), FailureKind::kForbidden},
      {problem(404, "not-found", "no"), FailureKind::kNotFound},
      {problem(409, "conflict", "no"), FailureKind::kConflict},
      {problem(412, "changed", "no"), FailureKind::kConflict},
      {problem(422, "invalid", "no"), FailureKind::kInvalid},
      {problem(429, "too-many-attempts", "no"), FailureKind::kUnreachable},
      {problem(500, "internal", "no"), FailureKind::kUnreachable},
      {{200, "<html>"}, FailureKind::kUnreachable},
      {{302, "", {{"Location", "https://elsewhere.example"}}}, FailureKind::kUnreachable}};
  for (const auto& [answer, kind] : cases) {
    const FakePortal portal([&answer](const Asked&) { return answer; });
    const auto asked = client_of(portal.url()).post("/nodes", {});
    ASSERT_FALSE(asked) << answer.status;
    EXPECT_EQ(asked.error().kind, kind) << answer.status << ' ' << asked.error().text;
  }
}

TEST_F(ApiClientTest, AProblemIsReadWhole) {
  const FakePortal portal([](const Asked&) {
    return problem(412, "changed", "somebody was faster",
                   R"(,"errors":[{"pointer":"/a","detail":"wrong","suggestion":"b"}],)"
                   R"("changed":[{"pointer":"/notes","from":"x","to":"y","by":{"name":"Ada"},"at":"today"}])");
  });
  const auto edited = client_of(portal.url()).patch("/nodes/1", {}, "*");
  ASSERT_FALSE(edited);
  const Failure& failure = edited.error();
  EXPECT_EQ(failure.problem, "changed");
  EXPECT_EQ(failure.text, "somebody was faster");
  ASSERT_EQ(failure.errors.size(), 1u);
  EXPECT_EQ(failure.errors[0].pointer + failure.errors[0].detail + failure.errors[0].suggestion, "/awrongb");
  ASSERT_EQ(failure.changes.size(), 1u);
  EXPECT_EQ(failure.changes[0].from + failure.changes[0].to + failure.changes[0].by, "xyAda");
}

}  // namespace
}  // namespace larder::client
