// Retries, pages and failures, against a portal that behaves as told.
#include <atomic>

#include "cli_test.h"

namespace larder::cli {
namespace {

using ClientTest = CliTest;

TEST_F(ClientTest, ACreationWhoseAnswerWasLostIsSentAgainWithTheSameKey) {
  std::atomic<int> posts = 0;
  const FakePortal portal([&](const Asked& asked) -> Answer {
    if (asked.method == "GET") return items(organisation_json("North"));
    if (++posts == 1) return {.body = "", .drop = true};
    return {201, resource_json("default")};
  });

  const Run done = run(portal, {"resource", "create", "default"});

  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  const auto asked = portal.asked();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_FALSE(asked[1].field("idempotency-key").empty());
  EXPECT_EQ(asked[1].field("idempotency-key"), asked[2].field("idempotency-key"));
  EXPECT_EQ(asked[1].body, asked[2].body);
}

TEST_F(ClientTest, EveryCreationHasAKeyOfItsOwn) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "GET") return items(organisation_json("North"));
    return {201, resource_json("default")};
  });
  (void)run(portal, {"resource", "create", "a"});
  (void)run(portal, {"resource", "create", "b"});
  EXPECT_NE(portal.asked()[1].field("idempotency-key"), portal.asked()[3].field("idempotency-key"));
}

TEST_F(ClientTest, AnEditWhoseAnswerWasLostIsNotSentAgain) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "PATCH") return {.body = "", .drop = true};
    if (asked.path().ends_with("/nodes")) return items(node_json("a"));
    return {200, node_json("a"), {{"ETag", "\"3\""}}};
  });

  const Run done = run(portal, {"node", "edit", "a", "--notes", "x"});

  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("not known"), std::string::npos) << done.error;
  EXPECT_EQ(std::ranges::count(portal.lines(), "PATCH /api/v1/nodes/" + std::string(kNodeId)), 1);
}

TEST_F(ClientTest, ReadingWaitsAsLongAsABusyPortalSays) {
  std::atomic<int> gets = 0;
  const FakePortal portal([&](const Asked&) -> Answer {
    if (++gets == 1) {
      Answer busy = problem(503, "unavailable", "the database is out");
      busy.fields = {{"Retry-After", "2"}};
      return busy;
    }
    return items(node_json("a"));
  });
  const Run done = run(portal, {"node", "list"});
  EXPECT_EQ(done.code, ExitCode::kDone);
  EXPECT_EQ(pauses, std::vector<std::chrono::milliseconds>{std::chrono::seconds(2)});
}

TEST_F(ClientTest, APortalThatStaysBusyIsGivenUp) {
  const FakePortal portal([](const Asked&) { return problem(503, "unavailable", "the database is out"); });
  const Run done = run(portal, {"node", "list"});
  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("the database is out"), std::string::npos);
  EXPECT_EQ(portal.asked().size(), 5u);
}

TEST_F(ClientTest, APortalThatIsDownIsSaidAtOnce) {
  variables["LARDER_PORTAL"] = "http://127.0.0.1:1";
  variables["LARDER_TOKEN"] = "ldr_token";
  const Run done = run({"node", "list"});
  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("Cannot reach http://127.0.0.1:1"), std::string::npos);
  EXPECT_TRUE(pauses.empty());
  EXPECT_EQ(done.out, "");
}

TEST_F(ClientTest, AllPagesAreOneArray) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.target.find("cursor=second") == std::string::npos) return items(node_json("a"), "\"second\"");
    return items(node_json("b"));
  });
  const Run done = run(portal, {"node", "list", "--json"});
  EXPECT_EQ(done.code, ExitCode::kDone);
  EXPECT_EQ(done.out.front(), '[');
  EXPECT_NE(done.out.find("\"name\": \"a\""), std::string::npos);
  EXPECT_NE(done.out.find("\"name\": \"b\""), std::string::npos);
  EXPECT_EQ(done.error, "");
}

TEST_F(ClientTest, ACursorThatDoesNotMoveEnds) {
  const FakePortal portal([](const Asked&) { return items(node_json("a"), "\"same\""); });
  EXPECT_EQ(run(portal, {"node", "list"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().size(), 2u);
}

TEST_F(ClientTest, ExitCodesTellFailuresApart) {
  const std::vector<std::pair<Answer, ExitCode>> cases = {
      {problem(401, "unauthenticated", "no"), ExitCode::kNotSignedIn},
      {problem(403, "forbidden", "scope admin"), ExitCode::kForbidden},
      {problem(404, "not-found", "no"), ExitCode::kNotFound},
      {problem(409, "conflict", "no"), ExitCode::kConflict},
      {problem(422, "invalid", "no"), ExitCode::kInvalid},
      {problem(429, "too-many-attempts", "no"), ExitCode::kUnreachable},
      {problem(500, "internal", "no"), ExitCode::kUnreachable},
      {{200, "<html>"}, ExitCode::kUnreachable},
      {{302, "", {{"Location", "https://elsewhere.example"}}}, ExitCode::kUnreachable}};
  for (const auto& [answer, code] : cases) {
    const FakePortal portal([&answer](const Asked&) { return answer; });
    const Run done = run(portal, {"user", "list"});
    EXPECT_EQ(done.code, code) << done.error;
    EXPECT_EQ(done.out, "");
    EXPECT_NE(done.error, "");
  }
}

TEST_F(ClientTest, EscapeSequencesOfThePortalAreNeverPrintedRaw) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/users")) return problem(403, "forbidden", "\\u001b[2J\\u009b");
    return items(node_json("a\\u001b[31m"));
  });
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"user", "list"}, {"node", "list"}, {"node", "list", "--json"}}) {
    const Run done = run(portal, words);
    EXPECT_EQ((done.out + done.error).find('\x1b'), std::string::npos);
    EXPECT_EQ((done.out + done.error).find("\xc2\x9b"), std::string::npos);
  }
}

TEST_F(ClientTest, AWrongQueryParameterIsShownAsItsOption) {
  const FakePortal portal([](const Asked&) {
    return problem(422, "invalid", "no such key", R"(,"errors":[{"pointer":"?sort","detail":"no such key"}])");
  });
  const Run done = run(portal, {"node", "list", "--sort", "x"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  EXPECT_NE(done.error.find("--sort: no such key"), std::string::npos) << done.error;
}

TEST_F(ClientTest, AReadWaitsAsLongAsThePortalAsksForIfThatIsShort) {
  std::atomic<int> gets = 0;
  const FakePortal portal([&](const Asked&) -> Answer {
    if (++gets > 1) return items(node_json("a"));
    Answer busy = problem(429, "too-many-attempts", "later");
    busy.fields = {{"Retry-After", "7"}};
    return busy;
  });
  EXPECT_EQ(run(portal, {"node", "list"}).code, ExitCode::kDone);
  EXPECT_EQ(pauses, std::vector<std::chrono::milliseconds>{std::chrono::seconds(7)});
}

TEST_F(ClientTest, ACreationWhoseAnswersAreAllLostSaysThatItMayBeDone) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "GET") return items(organisation_json("North"));
    return {.body = "", .drop = true};
  });
  const Run done = run(portal, {"resource", "create", "a"});
  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("is not known"), std::string::npos) << done.error;
}

TEST_F(ClientTest, AFileWithoutBlocksTakesNoneAway) {
  const FakePortal portal([](const Asked&) -> Answer { return {200, node_json("a"), {{"ETag", "\"3\""}}}; });
  input = "# nothing\n\n";
  const Run done = run(portal, {"node", "edit", kNodeId, "--cidr-file", "-"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("--cidr-file -"), std::string::npos) << done.error;
  for (const Asked& asked : portal.asked()) EXPECT_EQ(asked.method, "GET");
}

TEST_F(ClientTest, DeletionsAnswerProgramsInJson) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "DELETE") return {204, ""};
    return items(organisation_json("North"));
  });
  const Run done = run(portal, {"--json", "org", "delete", "North", "--yes-delete", "North"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_NE(done.out.find("\"deleted\""), std::string::npos) << done.out;
  EXPECT_EQ(done.error, "");
}

}  // namespace
}  // namespace larder::cli
