#include "cli_test.h"
#include "client/credentials.h"

namespace larder::cli {
namespace {

class InvitationTest : public CliTest {
 protected:
  // A portal with one invitation, which is accepted by `by`.
  static FakePortal::Answerer invited(const std::string& by) {
    return [by](const Asked& asked) -> Answer {
      if (asked.path().ends_with("/lookup")) {
        return {200, R"({"organisation":{"name":"North","kind":"isp"},"email":"you@example.net","role":"operator",)"
                     R"("accept_by":")" +
                         by + R"(","expires_at":"2026-12-01T03:00:00Z"})"};
      }
      const bool is_new = asked.body.find("password") != std::string::npos;
      return {200, std::string(R"({"organisation":{"name":"North","kind":"isp"},"role":"operator","user":{"email":)") +
                       R"("you@example.net","organisation":)" + (is_new ? R"({"name":"North"})" : "null") + "}}"};
    };
  }
  std::string link(const FakePortal& portal) const { return portal.url() + "/invitation#inv-1"; }
  void sign_in(const std::string& url, const std::string& email) {
    client::Credentials credentials;
    credentials.put({url, "ldr_file", email, ""});
    ASSERT_TRUE(credentials.save(folder.path() + "/larder/credentials.json"));
  }
};

TEST_F(InvitationTest, ALinkIsShownToWhoeverHasIt) {
  const FakePortal portal(invited("either"));
  const Run shown = run({"invitation", "show", link(portal)});
  EXPECT_EQ(shown.code, ExitCode::kDone) << shown.error;
  EXPECT_NE(shown.out.find("North"), std::string::npos);
  EXPECT_EQ(portal.asked().at(0).body, R"({"token":"inv-1"})");
  EXPECT_EQ(portal.asked().at(0).field("authorization"), "");
}

TEST_F(InvitationTest, ANewcomerChoosesANameAndAPassword) {
  const FakePortal portal(invited("either"));
  secret = "long enough";
  const Run done = run({"invitation", "accept", link(portal), "--name", "You"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(portal.asked().back().body, R"({"token":"inv-1","name":"You","password":"long enough"})");
  EXPECT_NE(done.error.find("--email you@example.net --org \"North\""), std::string::npos) << done.error;
}

TEST_F(InvitationTest, WhoIsSignedInWithThatAddressAcceptsAsThemselves) {
  for (const char* by : {"either", "signing-in"}) {
    const FakePortal portal(invited(by));
    sign_in(portal.url(), "You@example.net");
    EXPECT_EQ(run({"invitation", "accept", link(portal)}).code, ExitCode::kDone);
    EXPECT_EQ(portal.asked().back().body, R"({"token":"inv-1"})");
    EXPECT_EQ(portal.asked().back().field("authorization"), "bearer ldr_file");
  }
}

TEST_F(InvitationTest, AnAccountThatIsThereHasToBeSignedInWith) {
  const FakePortal portal(invited("signing-in"));
  sign_in(portal.url(), "somebody.else@example.net");
  const Run done = run({"invitation", "accept", link(portal), "--name", "You"});
  EXPECT_EQ(done.code, ExitCode::kNotSignedIn);
  EXPECT_NE(done.error.find("larder login " + portal.url() + " --email you@example.net"), std::string::npos);
  EXPECT_EQ(portal.asked().size(), 1u);
}

TEST_F(InvitationTest, ATokenIsNotSentToWhereverALinkLeads) {
  const FakePortal own(invited("either"));
  const FakePortal other(invited("signing-in"));
  variables["LARDER_PORTAL"] = own.url();
  variables["LARDER_TOKEN"] = "ldr_token";
  EXPECT_EQ(run({"invitation", "accept", link(other)}).code, ExitCode::kNotSignedIn);
  for (const Asked& asked : other.asked()) EXPECT_EQ(asked.field("authorization"), "");

  EXPECT_EQ(run({"invitation", "accept", "inv-1"}).code, ExitCode::kDone);
  EXPECT_EQ(own.asked().back().field("authorization"), "bearer ldr_token");
}

TEST_F(InvitationTest, WhatIsNoLinkIsSaid) {
  const Run done = run({"invitation", "show", "https://portal.example/somewhere"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("not the link of an invitation"), std::string::npos);
  EXPECT_EQ(run({"invitation", "show", "inv-1"}).code, ExitCode::kUsage) << "no portal is known";
}

}  // namespace
}  // namespace larder::cli
