#include "cli_test.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr const char* kTokens = R"({"id":"0192a000-0000-7000-8000-000000000001","name":"backup","prefix":"ldr_aa"},)"
                                R"({"id":"0192a000-0000-7000-8000-000000000002","name":"twin","prefix":"ldr_bb"},)"
                                R"({"id":"0192a000-0000-7000-8000-000000000003","name":"twin","prefix":"ldr_cc"})";

class AccountTest : public CliTest {
 protected:
  static Answer answer(const Asked& asked) {
    const std::string path = asked.path();
    if (path == "/api/v1/account") return {200, R"({"email":"you@example.net","name":"You","totp_enabled":false})"};
    if (path == "/api/v1/account/totp" && asked.method == "POST") {
      return {200, R"({"secret":"JBSWY3DPEHPK3PXP","uri":"otpauth://totp/larder"})"};
    }
    if (path.ends_with("/confirm")) return {200, R"({"recovery_codes":["one-1","two-2"]})"};
    if (path.ends_with("/tokens") && asked.method == "GET") return items(kTokens);
    if (path.ends_with("/tokens")) return {201, R"({"id":"1","name":"ci","token":"ldr_new","expires_at":null})"};
    return {204, ""};
  }
  FakePortal portal{answer};
};

TEST_F(AccountTest, ThePasswordIsAskedForAndTheNewOneTwice) {
  secrets = {"old", "new", "new"};
  const Run done = run(portal, {"account", "password"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(portal.lines().back(), "POST /api/v1/account/password");
  EXPECT_EQ(portal.asked().back().body, R"({"current":"old","new":"new"})");
}

TEST_F(AccountTest, ATypingMistakeInTheNewPasswordChangesNothing) {
  secrets = {"old", "new", "nwe"};
  EXPECT_EQ(run(portal, {"account", "password"}).code, ExitCode::kUsage);
  EXPECT_EQ(portal.lines(), std::vector<std::string>{"GET /api/v1/account"});
}

TEST_F(AccountTest, AScriptGivesPasswordsWithoutATerminal) {
  input = "old\nnew\n";
  EXPECT_EQ(run(portal, {"account", "password", "--password-stdin", "--new-password-stdin"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().back().body, R"({"current":"old","new":"new"})");
  const Run nobody = run(portal, {"account", "password"});
  EXPECT_EQ(nobody.code, ExitCode::kUsage);
  EXPECT_NE(nobody.error.find("--password-stdin"), std::string::npos) << nobody.error;
}

TEST_F(AccountTest, ASecondFactorIsShownConfirmedAndRemoved) {
  secret = "right";
  in_is_terminal = true;
  input = "123456\n";
  const Run added = run(portal, {"account", "add-second-factor"});
  EXPECT_EQ(added.code, ExitCode::kDone) << added.error;
  EXPECT_NE(added.out.find("JBSWY3DPEHPK3PXP"), std::string::npos);
  EXPECT_TRUE(added.out.ends_with("one-1\ntwo-2\n")) << added.out;
  EXPECT_EQ(portal.asked().back().body, R"({"code":"123456"})");

  EXPECT_EQ(run(portal, {"account", "remove-second-factor"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.lines().back(), "DELETE /api/v1/account/totp");
  EXPECT_EQ(portal.asked().back().body, R"({"password":"right"})");
}

TEST_F(AccountTest, WithoutATerminalTheCodeIsACommandOfItsOwn) {
  variables["LARDER_PASSWORD"] = "right";
  const Run added = run(portal, {"account", "add-second-factor"});
  EXPECT_EQ(added.code, ExitCode::kDone);
  EXPECT_NE(added.error.find("confirm-second-factor"), std::string::npos);
  const auto codes = parse_json(run(portal, {"account", "confirm-second-factor", "123456", "--json"}).out);
  ASSERT_TRUE(codes);
  EXPECT_EQ(text_at(*codes, "/recovery_codes/1"), "two-2");
}

TEST_F(AccountTest, ATokenIsPrintedOnceWithItsScopesAndItsEnd) {
  const Run made = run(portal, {"account", "create-token", "ci", "--scope", "read,write", "--expires-in", "1d"});
  EXPECT_EQ(made.code, ExitCode::kDone) << made.error;
  EXPECT_EQ(made.out, "ldr_new\n");
  const auto body = parse_json(portal.asked().back().body);
  ASSERT_TRUE(body);
  EXPECT_EQ(text_at(*body, "/scopes"), "read, write");
  EXPECT_FALSE(text_at(*body, "/expires_at").empty());
}

TEST_F(AccountTest, ATokenIsRevokedByNameOrByHowItBegins) {
  EXPECT_EQ(run(portal, {"account", "revoke-token", "backup"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.lines().back(), "DELETE /api/v1/account/tokens/0192a000-0000-7000-8000-000000000001");
  EXPECT_EQ(run(portal, {"account", "revoke-token", "ldr_cc"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.lines().back(), "DELETE /api/v1/account/tokens/0192a000-0000-7000-8000-000000000003");
  const Run twins = run(portal, {"account", "revoke-token", "twin"});
  EXPECT_EQ(twins.code, ExitCode::kUsage);
  EXPECT_NE(twins.error.find("ldr_bb"), std::string::npos);
  EXPECT_EQ(run(portal, {"account", "revoke-token", "other"}).code, ExitCode::kNotFound);
}

TEST_F(AccountTest, ASessionIsEndedByItsId) {
  EXPECT_EQ(run(portal, {"account", "end-session", kNodeId}).code, ExitCode::kDone);
  EXPECT_EQ(portal.lines().back(), "DELETE /api/v1/account/sessions/" + std::string(kNodeId));
}

}  // namespace
}  // namespace larder::cli
