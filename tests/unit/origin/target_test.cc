#include "origin/target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "origin/shipped_rules.h"

namespace larder::origin {
namespace {

constexpr std::size_t kHeadLimit = 16 * 1024;
constexpr std::string_view kDl = "dl.delivery.mp.microsoft.com";

ContentRule rule(std::string name, std::vector<std::string> hosts) {
  ContentRule made;
  made.name = std::move(name);
  made.hosts = std::move(hosts);
  return made;
}

class TargetTest : public testing::Test {
 protected:
  TargetTest() {
    ContentRule games = rule("games", {"*.games.example"});
    ContentRule mirror = rule("mirror", {"mirror.lan"});
    mirror.port = 8080;
    mirror.scheme = UpstreamScheme::kHttp;
    mirror.allowed_networks.push_back(*net::parse_prefix("10.1.0.0/16"));
    ContentRule secure = rule("secure", {"secure.example"});
    secure.scheme = UpstreamScheme::kHttps;
    rules_ = *RuleSet::build(*shipped_rules("microsoft"), {games, mirror, secure});
  }

  Result<Target, http::HeadProblem> parse(std::string_view target, std::string_view host, bool tls = false,
                                          std::vector<std::string> own_names = {}) {
    bytes_ = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, host);
    const auto head = http::parse_request_head(bytes_, kHeadLimit);
    if (!head || !*head) return std::unexpected(http::HeadProblem{-1, head ? "incomplete" : head.error().text});
    return parse_target(**head, tls, *rules_, own_names);
  }
  int refusal(std::string_view target, std::string_view host = "cache") {
    const auto parsed = parse(target, host);
    return parsed ? 0 : parsed.error().status;
  }
  UrlKey key(std::string_view target, std::string_view host = "cache", bool tls = false) {
    const auto parsed = parse(target, host, tls);
    EXPECT_TRUE(parsed) << target << ": " << parsed.error().text;
    return parsed ? parsed->key : UrlKey{};
  }

  std::shared_ptr<const RuleSet> rules_;
  std::string bytes_;
};

TEST_F(TargetTest, TakesCacheHostOriginOutAndKeepsTheRestByteForByte) {
  struct Case {
    std::string_view target;
    std::string_view upstream;
  };
  const Case cases[] = {
      {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f"},
      {"/f?P1=1&P2=%2f+x&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?P1=1&P2=%2f+x"},
      {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com&P1=1", "/f?P1=1"},
      {"/f?a&cacheHostOrigin=dl.delivery.mp.microsoft.com&b=&c", "/f?a&b=&c"},
      {"/f?b=2&a=1&&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?b=2&a=1&"},
      {"/f?&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?"},
      {"/f?cacheHostOrigin=x.example&a=1&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?a=1"},
      {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f"},
      {"/f?CACHEHOSTORIGIN=x&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?CACHEHOSTORIGIN=x"},
      {"/f?xcacheHostOrigin=x&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?xcacheHostOrigin=x"},
      {"/f?a=?b&cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f?a=?b"},
      {"/f?cacheHostOrigin=DL.Delivery.mp.microsoft.com", "/f"},
      {"/f?cacheHostOrigin=dl%2Edelivery.mp%2emicrosoft.com", "/f"},
      {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com.", "/f"},
      {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com:80", "/f"},
      {"http://cache/f?cacheHostOrigin=dl.delivery.mp.microsoft.com", "/f"},
      {"/a%20b/%C3%a4?cacheHostOrigin=dl.delivery.mp.microsoft.com", "/a%20b/%C3%a4"},
      {"//a?cacheHostOrigin=dl.delivery.mp.microsoft.com", "//a"},
      {"/a?b=%zz&cacheHostOrigin=dl.delivery.mp.microsoft.com&c=%", "/a?b=%zz&c=%"},
  };
  for (const Case& c : cases) {
    const auto target = parse(c.target, "cache:8080");
    ASSERT_TRUE(target) << c.target << ": " << target.error().text;
    EXPECT_EQ(target->path_and_query, c.upstream) << c.target;
    EXPECT_EQ(target->host, kDl) << c.target;
    EXPECT_EQ(target->port, 80) << c.target;
    EXPECT_FALSE(target->tls) << c.target;
    EXPECT_EQ(target->rule->name, "windows-update");
  }
}

TEST_F(TargetTest, HostNamesTheOriginIfThereIsNoItem) {
  const auto target = parse("/f?a=1", "B1.download.windowsupdate.com:8080");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "b1.download.windowsupdate.com");
  EXPECT_EQ(target->port, 80);
  EXPECT_EQ(target->path_and_query, "/f?a=1");
  EXPECT_EQ(parse("/f?", "download.windowsupdate.com")->path_and_query, "/f?");
}

TEST_F(TargetTest, AnAbsoluteRequestLineNamesTheOriginIfHostDoesNot) {
  const auto target = parse("HTTP://x.games.example?a=1", "cache");

  ASSERT_TRUE(target) << target.error().text;
  EXPECT_EQ(target->host, "x.games.example");
  EXPECT_EQ(target->path_and_query, "/?a=1");
  EXPECT_TRUE(parse("https://x.games.example/", "cache")->tls);
  EXPECT_EQ(parse("https://x.games.example/", "cache")->port, 443);
}

TEST_F(TargetTest, SchemeAndPortAreTheRules) {
  EXPECT_EQ(parse("/f", "mirror.lan", true)->port, 8080);
  EXPECT_FALSE(parse("/f", "mirror.lan", true)->tls);
  EXPECT_TRUE(parse("/f", "secure.example")->tls);
  EXPECT_EQ(parse("/f", "secure.example")->port, 443);
  EXPECT_TRUE(parse("/f", "x.games.example", true)->tls);
  EXPECT_FALSE(parse("/f", "x.games.example", false)->tls);
  EXPECT_TRUE(parse("/f?cacheHostOrigin=mirror.lan:8080", "cache"));
  EXPECT_TRUE(parse("/f?cacheHostOrigin=10.1.2.3", "cache"));
  EXPECT_EQ(parse("/f?cacheHostOrigin=10.1.2.3:8080", "cache")->host, "10.1.2.3");
}

TEST_F(TargetTest, RefusesAtOnce) {
  EXPECT_EQ(refusal("/f?cacheHostOrigin=evil.example"), 403);
  EXPECT_EQ(refusal("/f?cacheHostOrigin=127.0.0.1"), 403);
  EXPECT_EQ(refusal("/f?cacheHostOrigin=%5B::1%5D"), 403);
  EXPECT_EQ(refusal("/f?cacheHostOrigin=10.2.0.1"), 403);
  EXPECT_EQ(refusal("/f", "evil.example"), 403);
  EXPECT_EQ(refusal("http://evil.example/f", "cache"), 403);
  EXPECT_EQ(refusal("/f?cacheHostOrigin=evil.example", "dl.delivery.mp.microsoft.com"), 403);

  EXPECT_EQ(refusal("/f", "cache"), 404);
  EXPECT_EQ(refusal("/f", "localhost:8080"), 404);
  EXPECT_EQ(refusal("/f", "192.0.2.7"), 404);
  EXPECT_EQ(refusal("/f", "[2001:db8::7]:80"), 404);

  for (const std::string_view target :
       {"/f?cacheHostOrigin=", "/f?cacheHostOrigin", "/f?cacheHostOrigin=a%00b", "/f?cacheHostOrigin=a%2",
        "/f?cacheHostOrigin=a/b", "/f?cacheHostOrigin=user@dl.delivery.mp.microsoft.com",
        "/f?cacheHostOrigin=http://dl.delivery.mp.microsoft.com", "/f?cacheHostOrigin=127.1",
        "/f?cacheHostOrigin=2130706433"}) {
    EXPECT_EQ(refusal(target), 400) << target;
  }
  for (const std::string_view target :
       {"/f?cacheHostOrigin=dl.delivery.mp.microsoft.com:81", "/f?cacheHostOrigin=dl.delivery.mp.microsoft.com:443",
        "http://x.games.example:81/f"}) {
    EXPECT_EQ(refusal(target), 502) << target;
  }
}

TEST_F(TargetTest, RefusesPathsThatLeadElsewhere) {
  for (const std::string_view path : {"/..", "/../x", "/a/../b", "/a/..", "/%2e%2e/x", "/a/%2E./b", "/a/.%2e",
                                      "/a/..%2fb", "/a%2f..%2fb", "/a\\b", "/a%5cb", "/a%00b", "/%", "/a%4", "/a%zz"}) {
    EXPECT_EQ(refusal(fmt::format("{}?cacheHostOrigin={}", path, kDl)), 502) << path;
  }
  for (const std::string_view path : {"/a..b", "/...", "/.", "/a/.b", "/%252e%252e/", "/..a/"}) {
    EXPECT_EQ(refusal(fmt::format("{}?cacheHostOrigin={}", path, kDl)), 0) << path;
  }
  EXPECT_EQ(refusal(fmt::format("/a?b=../..&cacheHostOrigin={}", kDl)), 0);
}

TEST_F(TargetTest, RefusalsSayWhatToDo) {
  const std::string forbidden = parse("/f?cacheHostOrigin=evil.example", "cache").error().text;
  EXPECT_NE(forbidden.find("\"evil.example\""), std::string::npos) << forbidden;
  EXPECT_NE(forbidden.find("[[origin.rule]]"), std::string::npos) << forbidden;
  EXPECT_NE(parse("/f", "cache").error().text.find("cacheHostOrigin="), std::string::npos);
}

TEST_F(TargetTest, OwnNamesMeanTheNodeItself) {
  EXPECT_EQ(parse("/f", "cache.corp.example").error().status, 403);
  EXPECT_EQ(parse("/f", "Cache.corp.example:80", false, {"cache.corp.example"}).error().status, 404);
  EXPECT_TRUE(parse("/f", "10.1.2.3"));
  EXPECT_EQ(parse("/f", "10.1.2.3", false, {"10.1.2.3"}).error().status, 404);  // inside an allowed network
}

TEST_F(TargetTest, KeysTellApartWhatDiffersAndNothingElse) {
  const UrlKey one = key("/f?P1=1&cacheHostOrigin=au.download.windowsupdate.com");
  EXPECT_EQ(one, key("/f?P1=2&P4=x&cacheHostOrigin=2.dl.delivery.mp.microsoft.com"));  // shared name, no query
  EXPECT_EQ(one, key("/f", "download.windowsupdate.com"));
  EXPECT_NE(one, key("/f", "download.windowsupdate.com", true));
  EXPECT_NE(one, key("/F", "download.windowsupdate.com"));
  EXPECT_NE(one, key("/f", "assets1.xboxlive.com"));

  EXPECT_NE(key("/f?a=1", "x.games.example"), key("/f?a=2", "x.games.example"));
  EXPECT_NE(key("/f", "x.games.example"), key("/f?", "x.games.example"));
  EXPECT_NE(key("/f", "x.games.example"), key("/f", "y.games.example"));
  EXPECT_EQ(key("/f?a=1", "X.games.example."), key("/f?a=1&cacheHostOrigin=x.games.example"));
  EXPECT_NE(key("/f", "swda01.manage.microsoft.com"), key("/f", "swda02.manage.microsoft.com"));
}

TEST_F(TargetTest, RedirectsStayWithinTheRules) {
  struct Case {
    std::string_view location;
    std::string_view to;  // empty: not followed
  };
  const Case cases[] = {
      {"http://b.games.example/x?y=1#z", "http b.games.example:80 /x?y=1"},
      {"https://b.games.example/x", "https b.games.example:443 /x"},
      {"//b.games.example", "http b.games.example:80 /"},
      {"/x?y", "http a.games.example:80 /x?y"},
      {"x", "http a.games.example:80 /d/x"},
      {"?y=2", "http a.games.example:80 /d/f?y=2"},
      {"http://mirror.lan:8080/x", "http mirror.lan:8080 /x"},
      {"http://secure.example/x", "https secure.example:443 /x"},
      {"http://evil.example/x", ""},
      {"http://127.0.0.1/x", ""},
      {"http://b.games.example:81/x", ""},
      {"http://u@b.games.example/x", ""},
      {"ftp://b.games.example/x", ""},
      {"javascript:alert(1)", ""},
      {"/../x", ""},
      {"../x", ""},
      {"http:///x", ""},
      {"/a b", ""},
      {"#x", ""},
      {"", ""},
  };
  const auto from = parse("/d/f?q=1", "a.games.example");
  for (const Case& c : cases) {
    const auto to = redirect_target(*from, c.location, *rules_);
    const std::string text =
        to ? fmt::format("{} {}:{} {}", to->tls ? "https" : "http", to->host, to->port, to->path_and_query) : "";
    EXPECT_EQ(text, c.to) << c.location;
    EXPECT_EQ(to.value_or(*from).key, from->key);
  }
}

TEST_F(TargetTest, ThePathIsWithoutTheQuery) {
  EXPECT_EQ(parse("/d/f.cab?cacheHostOrigin=a.games.example&x=/y", "cache")->path(), "/d/f.cab");
  EXPECT_EQ(parse("/d/f.cab", "a.games.example")->path(), "/d/f.cab");
  EXPECT_EQ(parse("/?", "a.games.example")->path(), "/");
  EXPECT_EQ(parse("/a%20b?c?d", "a.games.example")->path(), "/a%20b");
  EXPECT_EQ(redirect_target(*parse("/d/f?q", "a.games.example"), "g.cab?x", *rules_)->path(), "/d/g.cab");
}

TEST_F(TargetTest, RedirectsNeverGiveUpTls) {
  const auto from = parse("/f", "a.games.example", true);

  EXPECT_FALSE(redirect_target(*from, "http://b.games.example/", *rules_));
  EXPECT_FALSE(redirect_target(*from, "https://mirror.lan/", *rules_));
  EXPECT_TRUE(redirect_target(*from, "https://b.games.example/", *rules_)->tls);
  EXPECT_TRUE(redirect_target(*from, "//b.games.example/", *rules_)->tls);
  EXPECT_TRUE(redirect_target(*from, "/x", *rules_)->tls);
}

}  // namespace
}  // namespace larder::origin
