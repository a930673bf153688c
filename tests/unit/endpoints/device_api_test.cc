#include <cctype>

#include "identity/device_sign_in.h"
#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

class DeviceApiTest : public BrowserTest {
 protected:
  Response begin(const std::string& form = "client_id=larder") {
    return ask({.address = "198.51.100.9"}, "POST", "/device-authorizations", form,
               {{"Content-Type", "application/x-www-form-urlencoded"}});
  }
  Response poll(const Response& begun) {
    return token("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=larder&device_code=" +
                 text(begun, "device_code"));
  }
  Response token(const std::string& form) {
    return ask({}, "POST", "/token", form, {{"Content-Type", "application/x-www-form-urlencoded"}});
  }
  int decide(const Browser& browser, const Response& begun, const std::string& decision) {
    return ask(browser, "POST", "/device-codes/" + text(begun, "user_code"), R"({"decision":")" + decision + R"("})")
        .status;
  }
};

TEST_F(DeviceApiTest, ApprovedDeviceGetsATokenOnce) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const Response begun = begin();
  ASSERT_EQ(begun.status, 200) << begun.body;
  EXPECT_EQ(text(begun, "verification_uri"), "http://portal.example.net/device");
  EXPECT_EQ(text(begun, "verification_uri_complete"),
            "http://portal.example.net/device?user_code=" + text(begun, "user_code"));
  EXPECT_EQ(json(begun).at("expires_in").as_int64(), 900);
  EXPECT_EQ(json(begun).at("interval").as_int64(), 5);
  EXPECT_EQ(text(poll(begun), "error"), "authorization_pending");

  const Response shown = ask(ann, "GET", "/device-codes/" + text(begun, "user_code"));
  EXPECT_EQ(text(shown, "address"), "198.51.100.9");
  EXPECT_EQ(text(shown, "client"), "larder");
  EXPECT_EQ(decide(ann, begun, "approve"), 204);
  EXPECT_EQ(decide(ann, begun, "approve"), 404);

  const Response given = poll(begun);
  ASSERT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(text(given, "token_type"), "Bearer");
  EXPECT_EQ(text(given, "scope"), "read keys write manage");
  EXPECT_EQ(json(given).at("expires_in").as_int64(), 90 * 24 * 3600);
  EXPECT_EQ(field(given, "Cache-Control"), "no-store");
  EXPECT_EQ(text(ask({.bearer = text(given, "access_token")}, "GET", "/account"), "email"), "ann@example.net");
  EXPECT_EQ(text(poll(begun), "error"), "expired_token");
}

// Or a house full of people who sign in would keep each other out.
TEST_F(DeviceApiTest, BeginningCountsOnlyAsLongAsNothingCameOfIt) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  begin();
  EXPECT_EQ(count("sign_in_failure", "subject LIKE 'device from %'"), 1);
  for (int i = 0; i < 70; ++i) {
    const Response begun = begin();
    ASSERT_EQ(begun.status, 200) << i << begun.body;
    ASSERT_EQ(decide(ann, begun, "approve"), 204);
    ASSERT_EQ(poll(begun).status, 200);
  }
  EXPECT_EQ(count("sign_in_failure", "subject LIKE 'device from %'"), 1);
}

TEST_F(DeviceApiTest, WhoAsksTooOftenIsSlowedDown) {
  const Response begun = begin();
  EXPECT_EQ(text(poll(begun), "error"), "authorization_pending");
  clock.advance(std::chrono::seconds(4));
  EXPECT_EQ(text(poll(begun), "error"), "slow_down");
  clock.advance(std::chrono::seconds(9));
  EXPECT_EQ(text(poll(begun), "error"), "slow_down");
  clock.advance(std::chrono::seconds(15));
  EXPECT_EQ(text(poll(begun), "error"), "authorization_pending");
}

TEST_F(DeviceApiTest, DeniedAndExpiredCodesGiveNothing) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const Response denied = begin();
  EXPECT_EQ(decide(ann, denied, "deny"), 204);
  EXPECT_EQ(poll(denied).status, 400);
  EXPECT_EQ(text(poll(denied), "error"), "access_denied");

  const Response late = begin();
  clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(decide(ann, late, "approve"), 404);
  EXPECT_EQ(text(poll(late), "error"), "expired_token");
}

TEST_F(DeviceApiTest, ScopesAreThoseAskedForThatTheUserMayHave) {
  add_user("ann@example.net");
  add_user("root@example.net", true);
  struct Case {
    const char* email;
    const char* asked;
    const char* given;
  };
  const Case cases[] = {{"ann@example.net", "", "read keys write manage"},
                        {"ann@example.net", "&scope=read+write", "read write"},
                        {"ann@example.net", "&scope=read%20admin", "read"},
                        {"root@example.net", "", "read keys write manage"},
                        {"root@example.net", "&scope=read%20admin", "read admin"}};
  for (const Case& one : cases) {
    const Response begun = begin(std::string("client_id=larder") + one.asked);
    EXPECT_EQ(decide(sign_in(one.email), begun, "approve"), 204);
    EXPECT_EQ(text(poll(begun), "scope"), one.given) << one.email << one.asked;
  }
}

TEST_F(DeviceApiTest, CodesAreFoundHoweverTheyAreTyped) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  std::string code = text(begin(), "user_code");
  for (char& c : code) c = static_cast<char>(std::tolower(c));
  code.erase(4, 1);
  EXPECT_EQ(ask(ann, "GET", "/device-codes/" + code).status, 200);
}

TEST_F(DeviceApiTest, GuessingCodesIsLimited) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const std::string code = text(begin(), "user_code");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(ann, "GET", "/device-codes/BBBB-BBBB").status, 404);
  EXPECT_EQ(ask(ann, "GET", "/device-codes/" + code).status, 429);
}

TEST_F(DeviceApiTest, TokensApproveNothing) {
  add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("read","manage")");
  EXPECT_EQ(decide(program, begin(), "approve"), 403);
}

TEST_F(DeviceApiTest, UserWhoIsDisabledSinceGetsNothing) {
  const identity::User ann = add_user("ann@example.net");
  const Response begun = begin();
  EXPECT_EQ(decide(sign_in("ann@example.net"), begun, "approve"), 204);
  EXPECT_EQ(send("PATCH", "/users/" + ann.id, R"({"disabled":true})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(text(poll(begun), "error"), "expired_token");
}

TEST_F(DeviceApiTest, MistakesAreNamedAsRfc6749Does) {
  const std::string grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code";
  EXPECT_EQ(text(token(""), "error"), "invalid_request");
  EXPECT_EQ(text(token("grant_type=password"), "error"), "unsupported_grant_type");
  EXPECT_EQ(text(token(grant + "&client_id=larder"), "error"), "invalid_request");
  EXPECT_EQ(text(token(grant + "&client_id=other&device_code=x"), "error"), "invalid_request");
  EXPECT_EQ(text(token(grant + "&client_id=larder&client_id=larder&device_code=x"), "error"), "invalid_request");
  EXPECT_EQ(text(token(grant + "&client_id=larder&device_code=x"), "error"), "expired_token");
  EXPECT_EQ(text(begin("client_id=other"), "error"), "invalid_client");
  EXPECT_EQ(text(begin("client_id=larder&scope=everything"), "error"), "invalid_scope");
}

TEST_F(DeviceApiTest, JsonIsTakenToo) {
  EXPECT_EQ(ask({}, "POST", "/device-authorizations", R"({"client_id":"larder","scope":"read"})").status, 200);
  EXPECT_EQ(ask({}, "POST", "/device-authorizations", "[]").status, 400);
}

// Or who knows the code could sign the device in as somebody else after it was approved.
TEST_F(DeviceApiTest, FirstDecisionCountsHoweverManyHaveSeenTheCode) {
  const auto ann = add_user("ann@example.net");
  const auto eve = add_user("eve@example.net");
  const std::string user_code = text(begin(), "user_code");
  const auto code = write([&](database::Transaction& transaction) {
    identity::Principal anybody;
    anybody.user_id = ann.id;
    return identity::find_device(transaction, now(), anybody, user_code);
  });
  ASSERT_TRUE(code && *code);
  const auto decide_as = [&](const identity::User& user) {
    ledger::Actor actor;
    actor.user_id = user.id;
    return write([&](database::Transaction& transaction) {
      return identity::decide_device(transaction, now(), actor, **code, true);
    });
  };
  EXPECT_TRUE(decide_as(ann));
  const auto late = decide_as(eve);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ledger::ProblemKind::kNotFound);
  EXPECT_EQ(count("device_authorization", "account_id = '" + ann.id + "'"), 1);
}

// Whoever had somebody's session for a moment must not get a token of theirs later.
TEST_F(DeviceApiTest, ApprovalEndsWithThePasswordThatItWasGivenUnder) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const Response begun = begin();
  EXPECT_EQ(decide(ann, begun, "approve"), 204);
  EXPECT_EQ(ask(ann, "POST", "/account/password", R"({"current":"open sesame 12","new":"seven quiet lamps"})").status,
            204);
  EXPECT_EQ(text(poll(begun), "error"), "expired_token");
}

}  // namespace
}  // namespace larder::endpoints
