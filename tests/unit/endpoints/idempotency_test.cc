// Keys of requests that never came to an end.
#include "api/idempotency.h"

#include <gtest/gtest.h>

#include "unit/endpoints/api_test.h"

namespace larder::endpoints {
namespace {

using api::Idempotency;
using api::Response;

class IdempotencyTest : public ApiTest {
 protected:
  /// "done before", "mine", or the problem.
  std::string claim(std::string body = "{}") {
    api::Request request;
    request.method = "POST";
    request.path = "/api/v1/users";
    request.fields = {{"Idempotency-Key", "abc"}};
    request.body = std::move(body);
    const auto idempotency = **Idempotency::of(request, "somebody", request.body);
    const auto claimed = database->write(
        [&](database::Transaction& transaction) { return idempotency.claim(transaction, clock.wall()); });
    if (!claimed) return type(api::to_response(claimed.error()));
    return *claimed ? "done before" : "mine";
  }
};

TEST_F(IdempotencyTest, AKeyIsTakenWhileItsRequestIsAnswered) {
  EXPECT_EQ(claim(), "mine");
  clock.advance(Idempotency::kAbandoned - std::chrono::seconds(1));

  EXPECT_EQ(claim(), "idempotency-in-progress");
}

TEST_F(IdempotencyTest, AKeyWhoseRequestDiedIsFreeAgain) {
  EXPECT_EQ(claim(), "mine");
  clock.advance(Idempotency::kAbandoned);

  EXPECT_EQ(claim(R"({"another": "body"})"), "mine");
  EXPECT_EQ(claim(R"({"another": "body"})"), "idempotency-in-progress");
}

TEST_F(IdempotencyTest, AKeyThatWasAnsweredIsKeptForADay) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  const std::string body = R"({"name": "West", "kind": "isp"})";
  const std::string first = id(post("/organisations", body, key));
  clock.advance(Idempotency::kKept - std::chrono::seconds(1));
  EXPECT_EQ(id(post("/organisations", body, key)), first);

  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(type(post("/organisations", body, key)), "invalid") << "it is done anew, and the name is taken";
}

// Whoever has a backup tries passwords until one fits, so that nothing in it may depend on one but its slow hash. Keys
// are no salt: programs count them.
TEST_F(IdempotencyTest, NothingThatIsKeptOfARequestDependsOnItsPassword) {
  const auto kept = [this](const std::string& password) {
    const Response made = post("/users", R"({"email":"ann@example.net","name":"Ann","password":")" + password + R"("})",
                               {{"Idempotency-Key", "1"}});
    EXPECT_EQ(made.status, 201) << made.body;
    const auto rows = write([&](database::Transaction& transaction) -> ledger::Result<database::Rows> {
      TRY_VOID(transaction.run("DELETE FROM account"));
      return transaction.run("DELETE FROM idempotency RETURNING account_id, idempotency_key, request_hash");
    });
    EXPECT_EQ(rows->size(), 1U);
    return (*rows)[0].text(0) + " " + (*rows)[0].text(1) + " " + (*rows)[0].text(2);
  };
  EXPECT_EQ(kept("six tame weasels"), kept("seven quiet lamps"));
}

TEST_F(IdempotencyTest, WhatIsNoSecretStillMakesAnotherRequest) {
  const Fields key = {{"Idempotency-Key", "1"}};
  const std::string rest = R"(","name":"Ann","password":"six tame weasels"})";
  EXPECT_EQ(post("/users", R"({"email":"ann@example.net)" + rest, key).status, 201);
  EXPECT_EQ(type(post("/users", R"({"email":"ann@example.net)" + rest, key)), "already-done");
  EXPECT_EQ(type(post("/users", R"({"email":"bob@example.net)" + rest, key)), "idempotency-mismatch");
}

TEST_F(IdempotencyTest, ARepeatWithAnotherPasswordIsNotToldThatItTookEffect) {
  const identity::User ann = add_user("ann@example.net");
  caller->user_id = ann.id;
  const Fields key = {{"Idempotency-Key", "1"}};
  const auto change = [&](const std::string& wanted) {
    return post("/account/password", R"({"current":"open sesame 12","new":")" + wanted + R"("})", key);
  };
  EXPECT_EQ(change("six tame weasels").status, 204);
  const Response another = change("seven quiet lamps");
  EXPECT_EQ(another.status, 409);
  EXPECT_EQ(type(another), "already-done");
  EXPECT_EQ(type(change("six tame weasels")), "already-done") << "nobody can say that it is the same";
  EXPECT_EQ(count("audit", "action = 'user.password'"), 1);
}

// Bodies hold more that is nobody's business, and the hash of a request is a quick one.
TEST_F(IdempotencyTest, WhoReadsTheTableCannotGuessAtBodies) {
  const std::string body = R"({"name": "West", "kind": "isp"})";
  ASSERT_EQ(post("/organisations", body, {{"Idempotency-Key", "abc"}}).status, 201);
  EXPECT_EQ(count("idempotency"), 1);
  EXPECT_EQ(count("idempotency", "idempotency_key = 'abc'"), 0);
  EXPECT_EQ(
      count("idempotency", "request_hash = '" + ledger::hash_secret("POST /api/v1/organisations?\n" + body) + "'"), 0);
}

}  // namespace
}  // namespace larder::endpoints
