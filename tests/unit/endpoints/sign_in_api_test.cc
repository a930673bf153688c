#include <algorithm>

#include "identity/browser_seal.h"
#include "ledger/secret.h"
#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

class SignInApiTest : public BrowserTest {
 protected:
  const Fields kOfABrowser = {{"Sec-Fetch-Site", "same-origin"}};
};

TEST_F(SignInApiTest, CookieIsOutOfReachOfScriptsAndOtherSites) {
  add_user("ann@example.net");
  const std::string plain = field(try_to_sign_in({}, "ann@example.net", kPassword), "Set-Cookie");
  EXPECT_TRUE(plain.starts_with("larder=")) << plain;
  EXPECT_TRUE(plain.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax")) << plain;
  const std::string secure = field(try_to_sign_in({.secure = true}, "ann@example.net", kPassword), "Set-Cookie");
  EXPECT_TRUE(secure.starts_with("__Host-larder=")) << secure;
  EXPECT_TRUE(secure.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure")) << secure;
}

TEST_F(SignInApiTest, ABrowserThatSignedInIsNotHeldUpByItsNetwork) {
  add_user("ann@example.net");
  const Response first = try_to_sign_in({.secure = true}, "ann@example.net", kPassword, kOfABrowser);
  ASSERT_EQ(first.fields.size() > 1 ? first.fields[1].first : "", "Set-Cookie");
  const std::string cookie = first.fields[1].second;
  EXPECT_TRUE(cookie.starts_with("__Host-larder-browser=")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure")) << cookie;
  const Browser here{.cookie = cookie.substr(0, cookie.find(';')), .secure = true};
  while (try_to_sign_in({.secure = true}, "ann@example.net", "wrong").status == 401) continue;
  EXPECT_EQ(try_to_sign_in({.secure = true}, "ann@example.net", kPassword).status, 429);
  EXPECT_EQ(try_to_sign_in(here, "ann@example.net", kPassword).status, 201);
  EXPECT_EQ(ask(here, "GET", "/session").status, 401) << "it opens nothing";
}

TEST_F(SignInApiTest, SignInsOfProgramsDoNotPushOutTheBrowsersOfTheAccount) {
  add_user("ann@example.net");
  const std::string cookie = try_to_sign_in({}, "ann@example.net", kPassword, kOfABrowser).fields.at(1).second;
  const Browser here{.cookie = cookie.substr(0, cookie.find(';'))};
  for (int i = 0; i < 21; ++i) {
    const Response program = try_to_sign_in({}, "ann@example.net", kPassword);
    EXPECT_EQ(program.status, 201);
    EXPECT_EQ(std::ranges::count(program.fields, "Set-Cookie", &Fields::value_type::first), 1) << "its session only";
    clock.advance(std::chrono::seconds(1));
  }
  while (try_to_sign_in({}, "ann@example.net", "wrong").status == 401) continue;
  EXPECT_EQ(try_to_sign_in(here, "ann@example.net", kPassword).status, 201);
}

TEST_F(SignInApiTest, ANeighbourWhoFloodsDoesNotHoldUpABrowserThatSignedIn) {
  add_user("ann@example.net");
  const std::string cookie = try_to_sign_in({}, "ann@example.net", kPassword, kOfABrowser).fields.at(1).second;
  const Browser here{.cookie = cookie.substr(0, cookie.find(';'))};
  while (ask({}, "POST", "/session", "{").status == 400) continue;
  EXPECT_EQ(try_to_sign_in({}, "ann@example.net", kPassword).status, 429);
  EXPECT_EQ(try_to_sign_in(here, "ann@example.net", kPassword).status, 201);

  const std::string made_up = identity::sealed(ledger::new_secret(""), identity::without_seal(here.cookie));
  for (const std::string& wrong :
       {made_up, here.cookie + "0", std::string("larder-browser="), here.cookie.substr(0, 50)}) {
    EXPECT_EQ(try_to_sign_in({.cookie = wrong}, "ann@example.net", kPassword).status, 429) << wrong;
  }
  int let_in = 1;
  while (let_in < 100 && ask(here, "POST", "/session", "{").status == 400) ++let_in;
  EXPECT_EQ(let_in, 20) << "whoever has the cookie floods no more with it";
}

TEST_F(SignInApiTest, MembersOfAnOrganisationWithAnOddNameOfOldSignIn) {
  const std::string organisation = make_organisation("Example");
  const std::string hash = *identity::hash_password(config.sign_in, kPassword);
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return identity::create_user(transaction, now(), ledger::Actor(),
                                             {.email = "ann@example.net",
                                              .name = "Ann",
                                              .password_hash = hash,
                                              .sso_subject = {},
                                              .organisation_id = organisation});
              }).has_value());
  for (const char* name : {"North  West", "North\u00a0West", "North West ", "mi\u200ckh"}) {
    ASSERT_TRUE(write([&](database::Transaction& transaction) {
                  return transaction.run("UPDATE organisation SET name = $1, name_key = lower($1)", {name});
                }).has_value());
    const Response made = ask({}, "POST", "/session",
                              R"({"email":"ann@example.net","password":")" + std::string(kPassword) +
                                  R"(","organisation":")" + name + R"("})");
    EXPECT_EQ(made.status, 201) << name << made.body;
  }
}

TEST_F(SignInApiTest, SessionIsShownAndEnds) {
  add_user("ann@example.net", true);
  const Browser ann = sign_in("ann@example.net");
  const Response shown = ask(ann, "GET", "/session");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(text(shown, "via"), "session");
  EXPECT_EQ(text(shown, "csrf_token"), ann.csrf);
  EXPECT_EQ(json(shown).at("scopes").as_array().size(), 5U);

  const Response ended = ask(ann, "DELETE", "/session");
  EXPECT_EQ(ended.status, 204);
  EXPECT_NE(field(ended, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(ask(ann, "GET", "/session").status, 401);
}

TEST_F(SignInApiTest, CookieOfOneTransportIsNoneOfTheOther) {
  add_user("ann@example.net");
  Browser ann = sign_in("ann@example.net");
  ann.secure = true;
  EXPECT_EQ(ask(ann, "GET", "/session").status, 401);
}

TEST_F(SignInApiTest, ChangesBySessionNeedItsCsrfToken) {
  add_user("ann@example.net");
  add_user("bob@example.net");
  Browser ann = sign_in("ann@example.net");
  const std::string right = ann.csrf;
  for (const std::string& wrong : {std::string(), right + "x", sign_in("bob@example.net").csrf}) {
    ann.csrf = wrong;
    const Response refused = ask(ann, "PATCH", "/account", R"({"name":"Ann"})");
    EXPECT_EQ(refused.status, 403) << wrong;
    EXPECT_EQ(type(refused), "csrf");
    EXPECT_EQ(ask(ann, "GET", "/account").status, 200);
  }
  ann.csrf = right;
  EXPECT_EQ(ask(ann, "PATCH", "/account", R"({"name":"Ann"})").status, 200);
}

TEST_F(SignInApiTest, PagesOfOtherSitesSignNobodyIn) {
  add_user("ann@example.net");
  struct Case {
    const char* name;
    const char* value;
    int status;
  };
  const Case cases[] = {{"Sec-Fetch-Site", "cross-site", 403},
                        {"Sec-Fetch-Site", "same-site", 403},
                        {"Sec-Fetch-Site", "same-origin", 201},
                        {"Sec-Fetch-Site", "none", 201},
                        {"Origin", "https://evil.example.org", 403},
                        {"Origin", "null", 403},
                        {"Origin", "https://portal.example.net.evil.example.org", 403},
                        {"Origin", "https://portal.example.net", 201},
                        {"Origin", "http://PORTAL.example.net", 201}};
  for (const Case& one : cases) {
    EXPECT_EQ(try_to_sign_in({}, "ann@example.net", kPassword, {{one.name, one.value}}).status, one.status)
        << one.name << ": " << one.value;
  }
}

TEST_F(SignInApiTest, AnOldCookieKeepsNobodyFromSigningIn) {
  add_user("ann@example.net");
  Browser ann = sign_in("ann@example.net");
  clock.advance(config.sign_in.session);
  EXPECT_EQ(ask(ann, "GET", "/account").status, 401);
  ann.csrf.clear();
  EXPECT_EQ(try_to_sign_in(ann, "ann@example.net", kPassword).status, 201);
}

TEST_F(SignInApiTest, EverySignInIsAFreshSession) {
  add_user("ann@example.net");
  const Browser first = sign_in("ann@example.net");
  const Browser second = sign_in("ann@example.net", {.cookie = first.cookie});
  EXPECT_NE(first.cookie, second.cookie);
  EXPECT_NE(first.csrf, second.csrf);
}

TEST_F(SignInApiTest, TooManyFailuresAreToldWhenToComeAgain) {
  add_user("ann@example.net");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(try_to_sign_in({}, "ann@example.net", "wrong").status, 401);
  const Response refused = try_to_sign_in({}, "ann@example.net", kPassword);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(type(refused), "too-many-attempts");
  EXPECT_EQ(field(refused, "Retry-After"), "900");
}

TEST_F(SignInApiTest, BearerCountsWhereBothAreSent) {
  add_user("ann@example.net");
  add_user("bob@example.net");
  Browser both = sign_in("ann@example.net");
  both.bearer = with_token(sign_in("bob@example.net"), R"("read","manage")").bearer;
  both.csrf.clear();
  EXPECT_EQ(text(ask(both, "GET", "/account"), "email"), "bob@example.net");
  EXPECT_EQ(ask(both, "PATCH", "/account", R"({"name":"Bob"})").status, 200);
  both.bearer = "ldr_wrong";
  EXPECT_EQ(ask(both, "GET", "/account").status, 401);
}

TEST_F(SignInApiTest, WhatIsNoBearerTokenIsRefused) {
  for (const char* value :
       {"Basic YTpi", "Bearer", "Bearer ", "Bearer x", "ldr_x", "Bearer ldr_'; DROP TABLE account"}) {
    EXPECT_EQ(ask({}, "GET", "/account", "", {{"Authorization", value}}).status, 401) << value;
  }
}

TEST_F(SignInApiTest, TokensOfDisabledUsersAreVoid) {
  const identity::User ann = add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("read")");
  EXPECT_EQ(ask(program, "GET", "/account").status, 200);
  EXPECT_EQ(send("PATCH", "/users/" + ann.id, R"({"disabled":true})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(ask(program, "GET", "/account").status, 401);
}

TEST_F(SignInApiTest, ATokenIsNotShownWhatAnAdministratorWasAnswered) {
  add_user("root@example.net", true);
  const Browser root = sign_in("root@example.net");
  const Browser program = with_token(root, R"("read","write","manage")");
  const std::string organisation = make_organisation("Example");
  const std::string root_id(json(ask(root, "GET", "/account")).at("id").as_string());
  ASSERT_EQ(send("PUT", "/organisations/" + organisation + "/members/" + root_id, R"({"role":"owner"})").status, 200);
  const std::string resource = make_resource(organisation);
  const auto add = [&](const Browser& by) {
    return ask(by, "POST", "/resources/" + resource + "/nodes", R"({"name":"n1"})", {{"Idempotency-Key", "1"}});
  };
  const Response first = add(root);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(field(add(root), "Idempotency-Replayed"), "true");
  const Response second = add(program);
  EXPECT_EQ(field(second, "Idempotency-Replayed"), "");
  EXPECT_EQ(second.body.find("address_conflicts"), std::string::npos) << second.body;
}

TEST_F(SignInApiTest, TokensGiveNoMoreThanTheirMakerHas) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const Response admin = ask(ann, "POST", "/account/tokens", R"({"name":"t","scopes":["read","admin"]})");
  EXPECT_EQ(admin.status, 422);
  EXPECT_EQ(json(admin).at("errors").at(0).at("pointer").as_string(), "/scopes/1");

  const Browser program = with_token(ann, R"("manage")");
  EXPECT_EQ(ask(program, "POST", "/account/tokens", R"({"name":"t","scopes":["manage"]})").status, 201);
  EXPECT_EQ(ask(program, "POST", "/account/tokens", R"({"name":"t","scopes":["write"]})").status, 422);
  EXPECT_EQ(ask(program, "GET", "/account").status, 403);
}

TEST_F(SignInApiTest, AdminScopeGoesWithTheRole) {
  const identity::User ann = add_user("ann@example.net", true);
  add_user("root@example.net", true);
  const Browser program = with_token(sign_in("ann@example.net"), R"("read","admin")");
  EXPECT_EQ(ask(program, "GET", "/users").status, 200);
  EXPECT_EQ(send("PATCH", "/users/" + ann.id, R"({"admin":false})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(ask(program, "GET", "/users").status, 403);
  EXPECT_EQ(json(ask(program, "GET", "/session")).at("scopes").as_array().size(), 1U);
}

TEST_F(SignInApiTest, UseIsNotedOnceAMinute) {
  add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("read")");
  ask(program, "GET", "/account");
  const auto first = ledger::to_ms(now());
  clock.advance(std::chrono::seconds(59));
  ask(program, "GET", "/account");
  EXPECT_EQ(count("api_token", "last_used_at = " + std::to_string(first)), 1);
  clock.advance(std::chrono::seconds(1));
  ask(program, "GET", "/account");
  EXPECT_EQ(count("api_token", "last_used_at = " + std::to_string(ledger::to_ms(now()))), 1);
}

TEST_F(SignInApiTest, DeletingTheSessionOfATokenRevokesIt) {
  add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("read","manage")");
  EXPECT_EQ(ask(program, "DELETE", "/session").status, 204);
  EXPECT_EQ(ask(program, "GET", "/session").status, 401);
}

TEST_F(SignInApiTest, ChangingThePasswordEndsTheOtherSessions) {
  add_user("ann@example.net");
  const Browser here = sign_in("ann@example.net");
  const Browser there = sign_in("ann@example.net");
  const std::string body = R"({"current":"open sesame 12","new":"nine green tables"})";
  EXPECT_EQ(ask(here, "POST", "/account/password", R"({"current":"wrong","new":"nine green tables"})").status, 422);
  EXPECT_EQ(ask(here, "POST", "/account/password", R"({"current":"open sesame 12","new":"short"})").status, 422);
  EXPECT_EQ(ask(here, "POST", "/account/password", body).status, 204);
  EXPECT_EQ(ask(here, "GET", "/session").status, 200);
  EXPECT_EQ(ask(there, "GET", "/session").status, 401);
  EXPECT_EQ(try_to_sign_in({}, "ann@example.net", "nine green tables").status, 201);
}

TEST_F(SignInApiTest, SessionsAreListedAndEndedByTheirUser) {
  add_user("ann@example.net");
  add_user("bob@example.net");
  const Browser here = sign_in("ann@example.net");
  const Browser there = sign_in("ann@example.net", {.address = "198.51.100.1"});
  const Browser bob = sign_in("bob@example.net");
  const Response list = ask(here, "GET", "/account/sessions?limit=1");
  ASSERT_EQ(json(list).at("items").as_array().size(), 1U);
  EXPECT_EQ(json(list).at("items").at(0).at("address").as_string(), "198.51.100.1");
  EXPECT_FALSE(json(list).at("items").at(0).at("current").as_bool());
  EXPECT_TRUE(json(list).at("next").is_string());
  const std::string id(json(list).at("items").at(0).at("id").as_string());
  EXPECT_EQ(ask(bob, "DELETE", "/account/sessions/" + id).status, 404);
  EXPECT_EQ(ask(here, "DELETE", "/account/sessions/" + id).status, 204);
  EXPECT_EQ(ask(there, "GET", "/session").status, 401);
}

TEST_F(SignInApiTest, AdministratorsDoNotGetAroundTheirOwnPassword) {
  const identity::User root = add_user("root@example.net", true);
  const Browser browser = sign_in("root@example.net");
  EXPECT_EQ(ask(browser, "POST", "/users/" + root.id + "/password", "{}").status, 409);
  EXPECT_EQ(ask(browser, "DELETE", "/users/" + root.id + "/totp").status, 409);
}

TEST_F(SignInApiTest, AdministratorMakesAUserWhoSignsIn) {
  add_user("root@example.net", true);
  const Browser root = sign_in("root@example.net");
  const Response made = ask(root, "POST", "/users", R"({"email":"new@example.net","name":"New"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(try_to_sign_in({}, "new@example.net", text(made, "password")).status, 201);
  EXPECT_EQ(ask(root, "POST", "/users", R"({"email":"NEW@example.net","name":"New"})").status, 409);
  const Response wrong = ask(root, "POST", "/users", R"({"email":"nobody","name":"","password":"x"})");
  EXPECT_EQ(json(wrong).at("errors").as_array().size(), 3U) << wrong.body;
}

TEST_F(SignInApiTest, EditOfAUserNeedsItsVersion) {
  const identity::User ann = add_user("ann@example.net");
  const std::string path = "/users/" + ann.id;
  EXPECT_EQ(field(get(path), "ETag"), "\"1\"");
  EXPECT_EQ(send("PATCH", path, R"({"name":"Ann"})").status, 428);
  EXPECT_EQ(send("PATCH", path, R"({"name":"Ann"})", {{"If-Match", "\"1\""}}).status, 200);
  EXPECT_EQ(send("PATCH", path, R"({"name":"Anna"})", {{"If-Match", "\"1\""}}).status, 412);
}

TEST_F(SignInApiTest, PageInTheClearIsAnotherSiteThanThePortalOverTls) {
  add_user("ann@example.net");
  const Browser over_tls{.secure = true};
  EXPECT_EQ(try_to_sign_in(over_tls, "ann@example.net", kPassword, {{"Origin", "http://portal.example.net"}}).status,
            403);
  EXPECT_EQ(try_to_sign_in(over_tls, "ann@example.net", kPassword, {{"Origin", "https://portal.example.net"}}).status,
            201);
}

TEST_F(SignInApiTest, TokensDoNotOutliveTheTokenThatMadeThem) {
  add_user("ann@example.net");
  const Browser ann = sign_in("ann@example.net");
  const std::string end = ledger::time_to_string(ledger::to_ms(now() + std::chrono::hours(1)));
  const Response first =
      ask(ann, "POST", "/account/tokens", R"({"name":"t","scopes":["read","manage"],"expires_at":")" + end + "\"}");
  ASSERT_EQ(first.status, 201) << first.body;
  const Browser program{.bearer = text(first, "token")};
  const std::string late = ledger::time_to_string(ledger::to_ms(now() + std::chrono::hours(2)));
  EXPECT_EQ(
      ask(program, "POST", "/account/tokens", R"({"name":"u","scopes":["read"],"expires_at":")" + late + "\"}").status,
      422);
  const Response second = ask(program, "POST", "/account/tokens", R"({"name":"u","scopes":["read"]})");
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(text(second, "expires_at"), end);
  EXPECT_TRUE(
      json(ask(ann, "POST", "/account/tokens", R"({"name":"v","scopes":["read"]})")).at("expires_at").is_null());
}

TEST_F(SignInApiTest, DisablingAUserEndsTheirTokensForGood) {
  add_user("root@example.net", true);
  const auto ann = add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("read")");
  const Browser root = sign_in("root@example.net");
  for (const char* disabled : {"true", "false"}) {
    EXPECT_EQ(
        ask(root, "PATCH", "/users/" + ann.id, R"({"disabled":)" + std::string(disabled) + "}", {{"If-Match", "*"}})
            .status,
        200);
    EXPECT_EQ(ask(program, "GET", "/account").status, 401);
  }
}

}  // namespace
}  // namespace larder::endpoints
