#include "origin/url_target.h"

#include <gtest/gtest.h>

#include "origin/shipped_rules.h"

namespace larder::origin {
namespace {

constexpr std::string_view kNamed = "dl.delivery.mp.microsoft.com";

class UrlTargetTest : public testing::Test {
 protected:
  UrlTargetTest() : rules_(*RuleSet::build(*shipped_rules("microsoft"), {})) {}

  Result<Target, http::HeadProblem> parse(std::string_view url) const {
    static const std::vector<std::string> kOwn = {"cache1.example"};
    return parse_url_target(url, *rules_, kOwn);
  }

  std::shared_ptr<const RuleSet> rules_;
};

TEST_F(UrlTargetTest, TheSameObjectWhetherAsClientsSendItOrAsItsOriginHasIt) {
  const auto wanted = parse(fmt::format("http://{}/files/a.cab", kNamed));
  ASSERT_TRUE(wanted) << wanted.error().text;
  EXPECT_EQ(wanted->host, kNamed);
  EXPECT_EQ(wanted->path_and_query, "/files/a.cab");
  for (const std::string& url : {
           fmt::format("http://192.0.2.7/files/a.cab?cacheHostOrigin={}", kNamed),
           fmt::format("http://cache1.example:8080/files/a.cab?cacheHostOrigin={}", kNamed),
           fmt::format("/files/a.cab?cacheHostOrigin={}", kNamed),
           fmt::format("{}/files/a.cab", kNamed),
           fmt::format("HTTP://{}/files/a.cab#part", kNamed),
       }) {
    const auto target = parse(url);
    ASSERT_TRUE(target) << url << ": " << target.error().text;
    EXPECT_EQ(target->key, wanted->key) << url;
    EXPECT_EQ(target->path_and_query, wanted->path_and_query) << url;
  }
}

TEST_F(UrlTargetTest, HttpsIsForClientsThatComeByTls) {
  const auto target = parse(fmt::format("https://{}/files/a.cab", kNamed));
  ASSERT_TRUE(target) << target.error().text;
  EXPECT_TRUE(target->tls);
}

TEST_F(UrlTargetTest, RefusesAsARequestWouldBe) {
  EXPECT_EQ(parse("http://evil.example/a").error().status, 403);
  EXPECT_EQ(parse("http://cache1.example/a").error().status, 404) << "the node's own name";
  EXPECT_EQ(parse("/a").error().status, 404) << "no origin";
  EXPECT_EQ(parse(fmt::format("http://user@{}/a", kNamed)).error().status, 400);
  EXPECT_EQ(parse(fmt::format("http://{}/../a", kNamed)).error().status, 502);
  EXPECT_EQ(parse("ftp://example.com/a").error().status, 400);
  EXPECT_EQ(parse("http://").error().status, 400);
  EXPECT_EQ(parse("").error().status, 400);
  EXPECT_EQ(parse(fmt::format("http://{}/a b", kNamed)).error().status, 400);
}

}  // namespace
}  // namespace larder::origin
