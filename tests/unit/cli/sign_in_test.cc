#include <atomic>

#include "cli_test.h"
#include "client/credentials.h"

namespace larder::cli {
namespace {

using client::Credentials;

class SignInTest : public CliTest {
 protected:
  std::string file() const { return folder / "larder/credentials.json"; }
};

Answer session(bool admin) {
  return {201,
          std::string(R"({"user":{"email":"you@example.net","admin":)") + (admin ? "true" : "false") +
              R"(},"memberships":[],"csrf_token":"csrf"})",
          {{"Set-Cookie", "larder_session=cookie; Path=/; HttpOnly"}}};
}

Answer password_portal(const Asked& asked, bool admin, bool second_factor) {
  if (asked.path() == "/api/v1/session" && asked.method == "POST") {
    if (asked.body.find("right") == std::string::npos) return problem(401, "unauthenticated", "wrong password");
    if (second_factor && asked.body.find("123456") == std::string::npos) {
      return problem(401, "second-factor-required", "the code is missing");
    }
    return session(admin);
  }
  if (asked.path() == "/api/v1/account/tokens") return {201, R"({"id":"t","token":"ldr_made"})"};
  if (asked.path() == "/api/v1/session" && asked.method == "DELETE") return {204, ""};
  return session(admin);
}

TEST_F(SignInTest, WithAPasswordATokenIsMadeAndTheSessionSignedOut) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  variables["LARDER_PASSWORD"] = "right";

  const Run done = run({"login", portal.url(), "--email", "you@example.net"});

  ASSERT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(portal.lines(), (std::vector<std::string>{"POST /api/v1/session", "POST /api/v1/account/tokens",
                                                      "DELETE /api/v1/session", "GET /api/v1/session"}));
  const auto asked = portal.asked();
  EXPECT_EQ(asked[1].field("x-csrf-token"), "csrf");
  EXPECT_EQ(asked[1].field("cookie"), "larder_session=cookie");
  EXPECT_NE(asked[1].body.find("test-host"), std::string::npos);
  EXPECT_EQ(asked[1].body.find("\"admin\""), std::string::npos);
  EXPECT_EQ(asked[3].field("authorization"), "bearer ldr_made");
  const auto credentials = Credentials::load(file());
  ASSERT_TRUE(credentials && credentials->current() != nullptr);
  EXPECT_EQ(credentials->current()->token, "ldr_made");
  EXPECT_EQ(credentials->current()->portal, portal.url());
}

TEST_F(SignInTest, AnAdminsTokenMayDoWhatAdminsMay) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, true, false); });
  input = "right\n";
  EXPECT_EQ(run({"login", portal.url(), "--email", "you@example.net", "--password-stdin"}).code, ExitCode::kDone);
  EXPECT_NE(portal.asked()[1].body.find("\"admin\""), std::string::npos);
}

TEST_F(SignInTest, OnlyTheScopesThatWereNamedAreAskedFor) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, true, false); });
  variables["LARDER_PASSWORD"] = "right";
  EXPECT_EQ(run({"login", portal.url(), "--email", "a@b", "--scope", "read,keys", "--scope", "write"}).code,
            ExitCode::kDone);
  EXPECT_NE(portal.asked()[1].body.find(R"(["read","keys","write"])"), std::string::npos) << portal.asked()[1].body;
}

TEST_F(SignInTest, AnAccountOfAnOrganisationNamesIt) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  variables["LARDER_PASSWORD"] = "right";
  EXPECT_EQ(run({"login", portal.url(), "--email", "a@b", "--org", "Example ISP"}).code, ExitCode::kDone);
  EXPECT_NE(portal.asked()[0].body.find(R"("organisation":"Example ISP")"), std::string::npos)
      << portal.asked()[0].body;
}

TEST_F(SignInTest, AWrongPasswordLeavesNothingBehind) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  variables["LARDER_PASSWORD"] = "wr0ng";
  const Run done = run({"login", portal.url(), "--email", "you@example.net"});
  EXPECT_EQ(done.code, ExitCode::kNotSignedIn);
  EXPECT_EQ(done.error, "larder: wrong password\n");
  EXPECT_EQ(support::read_file(file()), "");
}

TEST_F(SignInTest, TheCodeIsAskedForWhenThePortalWantsOne) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, true); });
  secret = "right";
  in_is_terminal = true;
  input = "123456\n";
  const Run done = run({"login", portal.url(), "--email", "you@example.net"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_NE(portal.asked()[1].body.find("123456"), std::string::npos);
}

TEST_F(SignInTest, WithoutATerminalTheCodeIsAnOption) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, true); });
  variables["LARDER_PASSWORD"] = "right";
  const Run refused = run({"login", portal.url(), "--email", "you@example.net"});
  EXPECT_EQ(refused.code, ExitCode::kNotSignedIn);
  EXPECT_NE(refused.error.find("--totp"), std::string::npos);
  EXPECT_EQ(run({"login", portal.url(), "--email", "you@example.net", "--totp", "123456"}).code, ExitCode::kDone);
}

TEST_F(SignInTest, NobodyToAskForAPasswordIsSaid) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  const Run done = run({"login", portal.url(), "--email", "you@example.net"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("LARDER_PASSWORD"), std::string::npos);
}

TEST_F(SignInTest, InABrowserThePortalIsPolledAtItsPace) {
  std::atomic<int> polls = 0;
  const FakePortal portal([&](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/device-authorizations")) {
      return {
          200,
          R"({"device_code":"dev/code","user_code":"ABCD-EFGH","verification_uri":"https://p.example/device",)"
          R"("verification_uri_complete":"https://p.example/device?code=ABCD-EFGH","expires_in":600,"interval":5})"};
    }
    if (asked.path().ends_with("/token")) {
      switch (++polls) {
        case 1: return {400, R"({"error":"authorization_pending"})"};
        case 2: return {400, R"({"error":"slow_down"})"};
        default: return {200, R"({"access_token":"ldr_device","token_type":"Bearer"})"};
      }
    }
    return session(false);
  });

  const Run done = run({"login", portal.url()});

  ASSERT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(done.out, "");
  EXPECT_NE(done.error.find("ABCD-EFGH"), std::string::npos);
  EXPECT_NE(done.error.find("https://p.example/device "), std::string::npos);
  using std::chrono::seconds;
  EXPECT_EQ(pauses, (std::vector<std::chrono::milliseconds>{seconds(5), seconds(5), seconds(10)}));
  EXPECT_NE(portal.asked()[1].body.find("device_code=dev%2Fcode"), std::string::npos);
  EXPECT_EQ(Credentials::load(file())->current()->token, "ldr_device");
}

TEST_F(SignInTest, ACodeThatNobodyEntersExpires) {
  const FakePortal portal([&](const Asked& asked) -> Answer {
    if (asked.path().ends_with("/token")) return {400, R"({"error":"authorization_pending"})"};
    return {200, R"({"device_code":"d","user_code":"A","verification_uri":"u","expires_in":60,"interval":5})"};
  });
  EXPECT_EQ(run({"login", portal.url()}).code, ExitCode::kNotSignedIn);
  EXPECT_EQ(pauses.size(), 12u);
}

TEST_F(SignInTest, LogoutRevokesTheTokenAndForgetsIt) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  variables["LARDER_PASSWORD"] = "right";
  ASSERT_EQ(run({"login", portal.url(), "--email", "you@example.net"}).code, ExitCode::kDone);
  EXPECT_EQ(run({"logout"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().back().method, "DELETE");
  EXPECT_EQ(portal.asked().back().field("authorization"), "bearer ldr_made");
  EXPECT_TRUE(Credentials::load(file())->all().empty());
  EXPECT_EQ(run({"whoami"}).code, ExitCode::kNotSignedIn);
}

TEST_F(SignInTest, ATokenIsNotSentInTheOpen) {
  const Run done = run({"login", "http://portal.example"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("--insecure-http"), std::string::npos);
}

TEST_F(SignInTest, LogoutRevokesTheTokenOfTheFileWhateverLarderTokenHolds) {
  const FakePortal portal([](const Asked&) { return Answer{204, ""}; });
  Credentials credentials;
  credentials.put({portal.url(), "ldr_file", "you@example.net", ""});
  ASSERT_TRUE(credentials.save(file()));
  variables["LARDER_TOKEN"] = "ldr_variable";
  EXPECT_EQ(run({"logout"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().at(0).field("authorization"), "bearer ldr_file");
}

TEST_F(SignInTest, SigningInAgainRevokesTheTokenOfBefore) {
  const FakePortal portal([](const Asked& asked) { return password_portal(asked, false, false); });
  Credentials credentials;
  credentials.put({portal.url(), "ldr_old", "you@example.net", ""});
  ASSERT_TRUE(credentials.save(file()));
  variables["LARDER_PASSWORD"] = "right";
  ASSERT_EQ(run({"login", portal.url(), "--email", "you@example.net"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.lines().back(), "DELETE /api/v1/session");
  EXPECT_EQ(portal.asked().back().field("authorization"), "bearer ldr_old");
}

TEST_F(SignInTest, SomethingElseThanAPortalLeavesTheCredentialsAsTheyWere) {
  const FakePortal portal([](const Asked&) { return Answer{200, R"({"a":1})"}; });
  variables["LARDER_PASSWORD"] = "right";
  EXPECT_EQ(run({"login", portal.url(), "--email", "you@example.net"}).code, ExitCode::kUnreachable);
  EXPECT_EQ(run({"login", portal.url()}).code, ExitCode::kUnreachable);
  const auto credentials = Credentials::load(file());
  ASSERT_TRUE(credentials);
  EXPECT_TRUE(credentials->all().empty());
  EXPECT_EQ(run(portal, {"node", "list"}).code, ExitCode::kUnreachable);
}

TEST_F(SignInTest, ATokenThatCannotBeOneIsNotSent) {
  const FakePortal portal([](const Asked&) { return items(""); });
  variables["LARDER_PORTAL"] = portal.url();
  variables["LARDER_TOKEN"] = "ldr_a\r\nX-Evil: 1";
  EXPECT_EQ(run({"node", "list"}).code, ExitCode::kUsage);
  EXPECT_TRUE(portal.asked().empty());
}

}  // namespace
}  // namespace larder::cli
