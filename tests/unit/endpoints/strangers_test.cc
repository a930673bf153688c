// What people who are not signed in may cost.
#include <string>

#include "endpoints/all_routes.h"
#include "support/temp_dir.h"
#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

constexpr std::string_view kGrant =
    "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=larder&device_code=";

class StrangersTest : public ApiTest {
 protected:
  StrangersTest() {
    config.sign_in.attempts = 2;
    config.single_sign_on.emplace();
    EXPECT_TRUE(database::migrate(*file_, ledger::migrations()));
  }

  Response ask(const std::string& method, const std::string& target, const std::string& body = "", Fields fields = {}) {
    api::Request request;
    request.method = method;
    request.path = "/api/v1" + target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    request.fields = std::move(fields);
    const bool json = body.starts_with('{');
    request.fields.emplace_back("Content-Type", json ? "application/json" : "application/x-www-form-urlencoded");
    request.body = body;
    request.client = *net::parse_address(address);
    return api_.answer(request);
  }
  Response poll(const std::string& code) { return ask("POST", "/token", std::string(kGrant) + code); }

  /// What `f` is answered while nobody can write to the database: a request that wants to write is answered 503.
  template <class F>
  int status_while_nobody_can_write(F f) {
    int status = 0;
    const auto held = file_->write([&](database::Transaction& transaction) -> ledger::Result<> {
      TRY_VOID(transaction.run("DELETE FROM audit WHERE id = ''"));
      status = f().status;
      return {};
    });
    EXPECT_TRUE(held.has_value());
    return status;
  }

  std::int64_t rows_of(const std::string& table) {
    return (*file_->read(
        [&](database::Transaction& transaction) { return transaction.run("SELECT COUNT(*) FROM " + table); }))[0]
        .number(0);
  }

  static constexpr const char* kToken = R"({"token": "ldi_guess", "name": "N", "password": "six tame weasels"})";
  static constexpr const char* kAccess =
      R"({"organisation_name": "N", "kind": "isp", "contact": {"name": "N", "email": "n@example.org"}})";

  std::string address = "192.0.2.7";

 private:
  support::TempDir folder_;
  // Whoever waits for the writer gives up soon.
  std::unique_ptr<database::Database> file_ = *database::Database::open(
      "sqlite:" + (folder_ / "portal.db"), {.connections = 4, .patience = std::chrono::seconds(2)}, *log);
  api::Api api_{api::Services{*file_, clock, config, *log}, all_routes()};
};

TEST_F(StrangersTest, WhatIsUnknownCostsNoWrite) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  EXPECT_EQ(status_while_nobody_can_write([&] { return poll("guess"); }), 400);
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("POST", "/invitations/lookup", R"({"token": "x"})", key); }),
            404);
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("POST", "/invitations/accept", kToken, key); }), 404);
  const Fields cookie = {{"Cookie", "larder-sign-in=x"}, {"Accept", "application/json"}};
  EXPECT_EQ(
      status_while_nobody_can_write([&] { return ask("GET", "/single-sign-on/callback?state=x&code=y", "", cookie); }),
      400);
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("GET", "/session", "", {{"Cookie", "larder=x"}}); }), 401);
  EXPECT_EQ(
      status_while_nobody_can_write([&] { return ask("GET", "/nodes", "", {{"Authorization", "Bearer ldr_x"}}); }),
      401);
}

TEST_F(StrangersTest, WhoHasHadAllAttemptsCostsNoWrite) {
  const std::string wrong = R"({"email": "no@example.net", "password": "x"})";
  while (ask("POST", "/session", wrong).status == 401) continue;
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("POST", "/session", wrong); }), 429);
  const auto begin_slowly = [&] {  // for what is metered in memory
    clock.advance(std::chrono::milliseconds(50));
    return ask("POST", "/device-authorizations", "client_id=larder").status;
  };
  while (begin_slowly() == 200) continue;
  clock.advance(std::chrono::seconds(10));
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("POST", "/device-authorizations", "client_id=larder"); }),
            429);
  while (ask("POST", "/access-requests", kAccess).status == 201) continue;
  EXPECT_EQ(status_while_nobody_can_write(
                [&] { return ask("POST", "/access-requests", kAccess, {{"Idempotency-Key", "abc"}}); }),
            429);
}

TEST_F(StrangersTest, ARepeatIsAnsweredAsTheFirstTimeThoughNoMoreMayBeAskedNow) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  const Response first = ask("POST", "/access-requests", kAccess, key);
  ASSERT_EQ(first.status, 201) << first.body;
  while (ask("POST", "/access-requests", kAccess).status == 201) continue;
  const Response again = ask("POST", "/access-requests", kAccess, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
}

TEST_F(StrangersTest, AnAccountThatIsClosedCostsNoWriteFromNetworksThatHaveTriedNothing) {
  const std::string wrong = R"({"email": "no@example.net", "password": "x"})";
  for (const char* from : {"198.51.100.1", "198.51.100.2"}) {
    address = from;
    EXPECT_EQ(ask("POST", "/session", wrong).status, 401);
  }
  address = "198.51.100.3";
  EXPECT_EQ(status_while_nobody_can_write([&] { return ask("POST", "/session", wrong); }), 429);
}

TEST_F(StrangersTest, ADeviceThatAsksAgainAtOnceCostsNoWrite) {
  const auto begun = json(ask("POST", "/device-authorizations", "client_id=larder"));
  const std::string code(begun.at("device_code").as_string());
  EXPECT_EQ(poll(code).status, 400);
  EXPECT_EQ(status_while_nobody_can_write([&] { return poll(code); }), 400);
  EXPECT_EQ(json(poll(code)).at("error").as_string(), "slow_down");
}

TEST_F(StrangersTest, PagesOfOtherSitesUseUpNothingOfTheirVisitorsNetworks) {
  const Fields foreign[] = {{{"Origin", "https://evil.example.org"}},
                            {{"Origin", "null"}},
                            {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}},
                            {{"Sec-Fetch-Site", "same-site"}}};
  for (const Fields& fields : foreign) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(type(ask("POST", "/device-authorizations", "client_id=larder", fields)), "csrf");
      EXPECT_EQ(type(ask("POST", "/token", std::string(kGrant) + "guess", fields)), "csrf");
      EXPECT_EQ(type(ask("POST", "/access-requests", kAccess, fields)), "csrf");
      EXPECT_EQ(type(ask("POST", "/invitations/lookup", R"({"token": "x"})", fields)), "csrf");
    }
  }
  for (int i = 0; i < 60; ++i) EXPECT_EQ(ask("POST", "/device-authorizations", "client_id=larder").status, 200);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask("POST", "/access-requests", kAccess).status, 201);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(poll("guess").status, 400);
}

TEST_F(StrangersTest, ASingleSignOnIsBegunByGoingThereOnly) {
  const Fields parts[] = {
      {{"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Dest", "image"}},
      {{"Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Dest", "empty"}},
      {{"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}},
      {{"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}, {"Sec-Purpose", "prefetch"}}};
  for (const Fields& fields : parts) {
    for (int i = 0; i < 400; ++i) {
      EXPECT_EQ(type(ask("GET", "/single-sign-on/start", "", fields)), "csrf");
      EXPECT_EQ(type(ask("GET", "/single-sign-on/callback?state=x&code=y", "", fields)), "csrf");
    }
  }
  const Fields visit = {
      {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}, {"Sec-Fetch-Site", "cross-site"}};
  Fields click = visit;
  click.emplace_back("Sec-Fetch-User", "?1");
  for (int i = 0; i < 400; ++i) EXPECT_EQ(type(ask("GET", "/single-sign-on/start", "", visit)), "csrf");
  EXPECT_EQ(ask("GET", "/single-sign-on/start?return_to=nowhere", "", click).status, 422);
  EXPECT_EQ(ask("GET", "/single-sign-on/callback?state=x&code=y", "", visit).status, 302) << "the provider sends them";
  EXPECT_EQ(ask("GET", "/single-sign-on/start?return_to=nowhere").status, 422) << "a browser that does not say";
}

TEST_F(StrangersTest, AProviderThatIsOutLocksNobodyOutOfSingleSignOn) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("GET", "/single-sign-on/start").status, 503);
  EXPECT_EQ(rows_of("sign_in_failure"), 0);
  EXPECT_EQ(rows_of("single_sign_on"), 0);
}

TEST_F(StrangersTest, ANetworkThatFloodsIsHeldUpBeforeTheDatabaseAndOthersAreNot) {
  int looked = 0;
  while (looked < 1000 && poll("guess").status == 400) ++looked;
  EXPECT_EQ(looked, 300);
  const Response refused = poll("guess");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(type(refused), "too-many-attempts");
  EXPECT_EQ(field(refused, "Retry-After"), "1");
  EXPECT_EQ(ask("POST", "/invitations/lookup", R"({"token": "x"})").status, 404) << "another door";
  EXPECT_EQ(ask("GET", "/sign-in-methods").status, 200);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(poll("guess").status, 400);
  address = "192.0.2.8";
  EXPECT_EQ(poll("guess").status, 400);
}

}  // namespace
}  // namespace larder::endpoints
