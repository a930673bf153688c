// What commands tell of a portal that behaves as told, and print of its answers.
#include "cli_test.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

using PortalTest = CliTest;

TEST_F(PortalTest, AnEditWhoseAnswerWasLostIsNotSentAgain) {
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

TEST_F(PortalTest, APortalThatIsDownIsSaidAtOnce) {
  variables["LARDER_PORTAL"] = "http://127.0.0.1:1";
  variables["LARDER_TOKEN"] = "ldr_token";
  const Run done = run({"node", "list"});
  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("Cannot reach http://127.0.0.1:1"), std::string::npos);
  EXPECT_TRUE(pauses.empty());
  EXPECT_EQ(done.out, "");
}

TEST_F(PortalTest, AllPagesAreOneArray) {
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

TEST_F(PortalTest, ExitCodesTellFailuresApart) {
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

TEST_F(PortalTest, EscapeSequencesOfThePortalAreNeverPrintedRaw) {
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

TEST_F(PortalTest, AWrongQueryParameterIsShownAsItsOption) {
  const FakePortal portal([](const Asked&) {
    return problem(422, "invalid", "no such key", R"(,"errors":[{"pointer":"?sort","detail":"no such key"}])");
  });
  const Run done = run(portal, {"node", "list", "--sort", "x"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  EXPECT_NE(done.error.find("--sort: no such key"), std::string::npos) << done.error;
}

TEST_F(PortalTest, WhatIsRefusedIsJsonForPrograms) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "GET") return {200, node_json("a"), {{"ETag", "\"3\""}}};
    return problem(422, "invalid", "2 fields are wrong",
                   R"(,"errors":[{"pointer":"/ipv4_address","detail":"no address","suggestion":"10.0.0.3"}],)"
                   R"("more_errors":true)");
  });
  const Run done = run(portal, {"node", "edit", kNodeId, "--ipv4", "10.0.0.300", "--json"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(
      done.error,
      R"x({"error": {"exit_code": 2, "text": "2 fields are wrong", "lines": ["--ipv4 10.0.0.300: no address (try )x"
      R"x(10.0.0.3)", "More is wrong than is listed here."], "problem": "invalid", "errors": [{"pointer": )x"
      R"x("/ipv4_address", "option": "--ipv4 10.0.0.300", "detail": "no address", "suggestion": "10.0.0.3"}], )x"
      R"x("more_errors": true}})x"
      "\n");
}

TEST_F(PortalTest, WhatIsLostIsJsonForProgramsToo) {
  variables["LARDER_PORTAL"] = "http://127.0.0.1:1";
  variables["LARDER_TOKEN"] = "ldr_token";
  const auto error = parse_json(run({"--json", "node", "list"}).error);
  ASSERT_TRUE(error);
  EXPECT_EQ(number_at(*error, "/error/exit_code"), 7);
  EXPECT_NE(text_at(*error, "/error/text").find("Cannot reach"), std::string::npos);
}

TEST_F(PortalTest, ACreationWhoseAnswersAreAllLostSaysThatItMayBeDone) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.method == "GET") return items(organisation_json("North"));
    return {.body = "", .drop = true};
  });
  const Run done = run(portal, {"resource", "create", "a"});
  EXPECT_EQ(done.code, ExitCode::kUnreachable);
  EXPECT_NE(done.error.find("is not known"), std::string::npos) << done.error;
}

TEST_F(PortalTest, AFileWithoutBlocksTakesNoneAway) {
  const FakePortal portal([](const Asked&) -> Answer { return {200, node_json("a"), {{"ETag", "\"3\""}}}; });
  input = "# nothing\n\n";
  const Run done = run(portal, {"node", "edit", kNodeId, "--cidr-file", "-"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("--cidr-file -"), std::string::npos) << done.error;
  for (const Asked& asked : portal.asked()) EXPECT_EQ(asked.method, "GET");
}

TEST_F(PortalTest, DeletionsAnswerProgramsInJson) {
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
