// Keys of requests that never came to an end.
#include "api/idempotency.h"

#include <gtest/gtest.h>

#include "unit/api/api_test.h"

namespace larder::api {
namespace {

class IdempotencyTest : public ApiTest {
 protected:
  /// "done before", "mine", or the problem.
  std::string claim(std::string body = "{}") {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/users";
    request.fields = {{"Idempotency-Key", "abc"}};
    request.body = std::move(body);
    const auto idempotency = **Idempotency::of(request, "somebody");
    const auto claimed = database->write(
        [&](database::Transaction& transaction) { return idempotency.claim(transaction, clock.wall()); });
    if (!claimed) return type(to_response(claimed.error()));
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

// Bodies hold passwords, and the hash of a request is a quick one.
TEST_F(IdempotencyTest, WhoReadsTheTableCannotGuessAtBodies) {
  const std::string body = R"({"name": "West", "kind": "isp"})";
  ASSERT_EQ(post("/organisations", body, {{"Idempotency-Key", "abc"}}).status, 201);
  EXPECT_EQ(count("idempotency"), 1);
  EXPECT_EQ(count("idempotency", "idempotency_key = 'abc'"), 0);
  EXPECT_EQ(
      count("idempotency", "request_hash = '" + portal::hash_secret("POST /api/v1/organisations?\n" + body) + "'"), 0);
}

}  // namespace
}  // namespace larder::api
