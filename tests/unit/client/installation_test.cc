#include "client/installation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_portal.h"

namespace larder::client {
namespace {

using support::Answer;
using support::Asked;
using support::FakePortal;

ApiClient client_of(const FakePortal& portal) {
  ApiClient::Options options;
  options.portal = *parse_portal_url(portal.url(), false);
  return ApiClient(std::move(options));
}

Answer keys_of_node(const Asked& asked) {
  if (asked.method == "POST") return {201, R"({"registration_key":"r","expires_at":"2026-12-01T00:00:00Z"})"};
  return {200, R"({"customer_id":"c","cache_node_id":"n","customer_keys":[{"slot":"primary","key":"k"}]})"};
}

TEST(Installation, IsTheKeysOfTheNodeAndAFreshRegistrationKey) {
  const FakePortal portal(keys_of_node);
  ApiClient client = client_of(portal);
  const auto made = make_installation(client, "1", std::nullopt);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->customer_id + made->cache_node_id + made->customer_key + made->registration_key, "cnkr");
  EXPECT_EQ(made->registration_key_expires_at, "2026-12-01T00:00:00Z");
  EXPECT_EQ(portal.lines(),
            (std::vector<std::string>{"GET /api/v1/nodes/1/keys", "POST /api/v1/nodes/1/keys/registration"}));
  EXPECT_EQ(portal.asked().back().body, "{}");
}

TEST(Installation, TheKeyIsValidAsLongAsIsAskedFor) {
  const FakePortal portal(keys_of_node);
  ApiClient client = client_of(portal);
  ASSERT_TRUE(make_installation(client, "1", std::chrono::hours(48)));
  EXPECT_EQ(portal.asked().back().body, R"({"expires_in_hours":48})");
}

}  // namespace
}  // namespace larder::client
