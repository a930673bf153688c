// The routes of the program and docs/api/openapi.json say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>

#include "unit/endpoints/api_test.h"

namespace larder::endpoints {
namespace {

using api::Route;

// "get /nodes" -> "needs signed-in, scope read"
using Access = std::map<std::string, std::string>;

std::string access(std::string_view needs, std::string_view scope) {
  return "needs " + std::string(needs) + ", scope " + std::string(scope);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

class OpenApi : public ApiTest {
 protected:
  Access in_program() {
    Access all;
    for (const Route& route : api.routes().all()) {
      if (route.path.starts_with("//")) continue;  // a page outside of the API
      const std::string key = lower(route.method) + " " + std::string(route.path);
      EXPECT_FALSE(all.contains(key)) << key << " is there twice";
      all[key] = access(to_string(route.needs), route.scope ? to_string(*route.scope) : "null");
    }
    return all;
  }

  /// The members of an operation's body that the document calls secret.
  static std::set<std::string, std::less<>> secrets_of(const boost::json::object& document,
                                                       const boost::json::object& operation) {
    std::set<std::string, std::less<>> secrets;
    if (!operation.contains("requestBody")) return secrets;
    const auto& content = operation.at("requestBody").at("content").as_object();
    if (!content.contains("application/json")) return secrets;
    const auto* schema = &content.at("application/json").at("schema").as_object();
    if (const auto* name = schema->if_contains("$ref")) {
      const std::string last = std::string(name->as_string()).substr(std::string_view("#/components/schemas/").size());
      schema = &document.at("components").at("schemas").at(last).as_object();
    }
    if (!schema->contains("properties")) return secrets;
    for (const auto& member : schema->at("properties").as_object()) {
      const auto* format = member.value().as_object().if_contains("format");
      if (format != nullptr && format->as_string() == "password") secrets.insert(member.key());
    }
    return secrets;
  }

  Access in_document() {
    Access all;
    const auto document = json(get("/openapi.json"));
    for (const auto& path : document.at("paths").as_object()) {
      for (const auto& operation : path.value().as_object()) {
        const auto& said = operation.value().at("x-access");
        const auto& scope = said.at("scope");
        all[std::string(operation.key()) + " " + std::string(path.key())] = access(
            std::string(said.at("needs").as_string()), scope.is_null() ? "null" : std::string(scope.as_string()));
      }
    }
    return all;
  }
};

TEST_F(OpenApi, EveryRouteIsDescribedAndEveryDescribedRouteIsThere) {
  const Access program = in_program();
  const Access document = in_document();

  ASSERT_FALSE(document.empty());
  for (const auto& [route, who] : program) {
    EXPECT_TRUE(document.contains(route)) << route << " is not in docs/api/openapi.json";
  }
  for (const auto& [route, who] : document) {
    EXPECT_TRUE(program.contains(route)) << route << " is described and does not exist";
  }
}

TEST_F(OpenApi, DescribesWhoMayUseEachRoute) {
  const Access document = in_document();

  for (const auto& [route, who] : in_program()) {
    const auto described = document.find(route);
    if (described != document.end()) {
      EXPECT_EQ(described->second, who) << route;
    }
  }
}

// What is kept of a request must not help to guess its secrets: see Idempotency.
TEST_F(OpenApi, EveryRouteKnowsTheSecretsOfItsBody) {
  const auto document = json(get("/openapi.json"));
  int with_secrets = 0;
  for (const Route& route : api.routes().all()) {
    if (route.path.starts_with("//")) continue;
    const auto& operation = document.at("paths").at(route.path).at(lower(route.method)).as_object();
    const auto secrets = secrets_of(document, operation);
    EXPECT_EQ(secrets, decltype(secrets)(route.secrets.begin(), route.secrets.end())) << route.method << route.path;
    with_secrets += secrets.empty() ? 0 : 1;
  }
  EXPECT_EQ(with_secrets, 7);
}

// Whoever waits for a hash must not hold up those who want something else.
TEST_F(OpenApi, WhateverHashesAPasswordHasThreadsOfItsOwn) {
  for (const Route& route : api.routes().all()) {
    const auto is = [&](std::string_view name) {
      return std::find(route.secrets.begin(), route.secrets.end(), name) != route.secrets.end();
    };
    const bool makes_one = route.path == "/users/{user}/password";
    const bool hashes = makes_one || is("password") || is("current");
    EXPECT_EQ(route.lane == api::Lane::kPasswords, hashes) << route.method << " " << route.path;
    EXPECT_EQ(route.lane == api::Lane::kProvider, route.path.starts_with("/single-sign-on/")) << route.path;
    if (hashes) {
      EXPECT_EQ(route.mode, api::Mode::kOwn) << "it would hash inside of a transaction: " << route.path;
    }
  }
}

TEST_F(OpenApi, IsNotSentAgainToWhoHasIt) {
  const std::string tag = field(get("/openapi.json"), "ETag");

  EXPECT_EQ(send("GET", "/openapi.json", "", {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(send("GET", "/openapi.json", "", {{"If-None-Match", "\"another\""}}).status, 200);
}

TEST_F(OpenApi, EveryRouteThatIsNotPublicNeedsAScope) {
  for (const Route& route : api.routes().all()) {
    if (route.path.starts_with("//")) continue;
    EXPECT_EQ(route.scope.has_value(), route.needs != api::Needs::kNothing) << route.method << " " << route.path;
  }
}

}  // namespace
}  // namespace larder::endpoints
