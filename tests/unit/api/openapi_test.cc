// The routes of the program and docs/api/openapi.json say the same.
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "unit/api/api_test.h"

namespace larder::api {
namespace {

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
      all[key] = access(to_string(route.needs), route.scope ? portal::to_string(*route.scope) : "null");
    }
    return all;
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

TEST_F(OpenApi, IsNotSentAgainToWhoHasIt) {
  const std::string tag = field(get("/openapi.json"), "ETag");

  EXPECT_EQ(send("GET", "/openapi.json", "", {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(send("GET", "/openapi.json", "", {{"If-None-Match", "\"another\""}}).status, 200);
}

TEST_F(OpenApi, EveryRouteThatIsNotPublicNeedsAScope) {
  for (const Route& route : api.routes().all()) {
    if (route.path.starts_with("//")) continue;
    EXPECT_EQ(route.scope.has_value(), route.needs != Needs::kNothing) << route.method << " " << route.path;
  }
}

}  // namespace
}  // namespace larder::api
