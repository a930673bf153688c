// Which origins a node serves, how a request names one, and what goes upstream.
#include "node_test.h"

namespace larder::integration {
namespace {

class Rules : public NodeTest {
 protected:
  Rules() {
    origin_.put("/a.bin", {.seed = 3, .size = 1000});
    allow_refetch(Auditor::kNoLimit);  // one object for each host, and for each query where that counts
    for (const char* name :
         {"files.example.com", "a.files.example.com", "mirror.example.com", "query.example.com", "index.example.com"}) {
      node_.config().resolve.emplace_back(name, origin_.address());
    }
    node_.config().tables = R"(
[[origin.rule]]
name = "files"
hosts = ["*.files.example.com", "mirror.example.com"]
shared_name = true
query_in_key = false
[[origin.rule]]
name = "query"
hosts = ["query.example.com"]
query_in_key = true
[[origin.rule]]
name = "index"
hosts = ["index.example.com"]
changing = ["*/index.json"]
fresh = "24h"
)";
    node_.start();
  }

  int status_of(const std::string& request_target, const std::vector<std::string>& fields = {}) {
    return connect().fetch(request_target, fields).status;
  }
  /// Sends `head` and gives the status of the answer.
  int status_of_raw(const std::string& head) {
    HttpClient client = connect();
    client.send(head);
    return client.read_response().status;
  }
};

TEST_F(Rules, OriginsThatNoRuleNamesAre403WithAReason) {
  for (const std::string host : {"evil.example", "windowsupdate.com.evil.example", "xdownload.windowsupdate.com",
                                 "127.0.0.1", "[::1]", "169.254.169.254", "2130706433", "0x7f.1"}) {
    const HttpResponse response = connect().fetch(target("/a.bin", host));
    EXPECT_GE(response.status, 400) << host;
    EXPECT_LT(response.status, 405) << host;
    EXPECT_TRUE(response.head.field("Content-Type").starts_with("text/plain")) << host;
    EXPECT_GE(response.body.size(), 10u) << host;
  }
  EXPECT_EQ(status_of(target("/a.bin", "evil.example")), 403);
  EXPECT_EQ(status_of(target("/a.bin", "127.0.0.1")), 403);
  EXPECT_TRUE(origin_.requests().empty());
}

TEST_F(Rules, RequestsThatNameNoOriginAre4xx) {
  const int status = status_of("/a.bin");
  EXPECT_GE(status, 400);
  EXPECT_LT(status, 500);
  EXPECT_TRUE(origin_.requests().empty());
}

TEST_F(Rules, CacheHostOriginStandsAnywhereInAnyCase) {
  EXPECT_EQ(status_of("/a.bin?cacheHostOrigin=AU.Download.WindowsUpdate.COM"), 200);
  EXPECT_EQ(status_of("/a.bin?P1=1&cacheHostOrigin=au.download.windowsupdate.com&P2=2"), 200);
  EXPECT_EQ(status_of("/a.bin?cacheHostOrigin=au%2Edownload.windowsupdate.com"), 200);
  EXPECT_EQ(status_of("/a.bin?cacheHostOrigin=au.download.windowsupdate.com&P2=2"), 200);
}

TEST_F(Rules, OfTwoCacheHostOriginsTheLastCounts) {
  EXPECT_EQ(status_of("/a.bin?cacheHostOrigin=evil.example&cacheHostOrigin=au.download.windowsupdate.com"), 200);
  EXPECT_EQ(status_of("/a.bin?cacheHostOrigin=au.download.windowsupdate.com&cacheHostOrigin=evil.example"), 403);
  ASSERT_EQ(origin_.requests().size(), 1u);
  EXPECT_EQ(origin_.requests()[0].head.field("Host"), "au.download.windowsupdate.com");
  EXPECT_FALSE(origin_.requests()[0].target.contains("cacheHostOrigin"));
}

TEST_F(Rules, TheRestOfTheQueryGoesUpstreamByteForByte) {
  const std::vector<std::pair<std::string, std::string>> queries = {
      {"?P1=1&P2=%2f%2F+x&cacheHostOrigin=query.example.com", "?P1=1&P2=%2f%2F+x"},
      {"?cacheHostOrigin=query.example.com&z=1&a=2&z=1", "?z=1&a=2&z=1"},
      {"?a&cacheHostOrigin=query.example.com&&b=", "?a&&b="},
      {"?cacheHostOrigin=query.example.com", ""},
  };
  for (const auto& [sent, upstream] : queries) {
    origin_.forget_requests();
    EXPECT_EQ(status_of("/a.bin" + sent), 200);
    ASSERT_EQ(origin_.requests().size(), 1u) << sent;
    EXPECT_EQ(origin_.requests()[0].target, "/a.bin" + upstream);
  }
}

TEST_F(Rules, AHostThatARuleNamesIsAnOrigin) {
  EXPECT_EQ(status_of_raw("GET /a.bin HTTP/1.1\r\nHost: au.download.windowsupdate.com\r\n\r\n"), 200);
  EXPECT_EQ(status_of_raw("GET /a.bin HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
}

TEST_F(Rules, AnAbsoluteTargetIsAnOrigin) {
  EXPECT_EQ(status_of_raw("GET http://au.download.windowsupdate.com/a.bin HTTP/1.1\r\nHost: node\r\n\r\n"), 200);
  EXPECT_EQ(status_of_raw("GET http://evil.example/a.bin HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
}

TEST_F(Rules, AWildcardNamesTheBareNameToo) {
  EXPECT_EQ(status_of(target("/a.bin", "files.example.com")), 200);
  EXPECT_EQ(status_of(target("/a.bin", "a.files.example.com")), 200);
  EXPECT_EQ(status_of(target("/a.bin", "afiles.example.com")), 403);
  EXPECT_EQ(status_of(target("/a.bin", "example.com")), 403);
}

TEST_F(Rules, HostsThatShareANameShareWhatIsStored) {
  EXPECT_EQ(status_of(target("/a.bin", "files.example.com")), 200);
  EXPECT_EQ(status_of(target("/a.bin", "mirror.example.com")), 200);
  EXPECT_EQ(status_of(target("/a.bin?token=1", "a.files.example.com")), 200);
  EXPECT_EQ(origin_.requests().size(), 1u);
}

TEST_F(Rules, TheQueryIsPartOfTheKeyWhereTheRuleSaysSo) {
  EXPECT_EQ(status_of("/a.bin?x=1&cacheHostOrigin=query.example.com"), 200);
  EXPECT_EQ(status_of("/a.bin?x=2&cacheHostOrigin=query.example.com"), 200);
  EXPECT_EQ(origin_.requests().size(), 2u);
  // Signatures in the queries of Delivery Optimization clients differ from client to client.
  origin_.forget_requests();
  EXPECT_EQ(status_of("/a.bin?P4=one&cacheHostOrigin=au.download.windowsupdate.com"), 200);
  EXPECT_EQ(status_of("/a.bin?P4=two&cacheHostOrigin=au.download.windowsupdate.com"), 200);
  EXPECT_EQ(origin_.requests().size(), 1u);
}

TEST_F(Rules, WhatChangesIsAsFreshAsItsOriginSaysAndTheRestAsTheRuleSays) {
  auditor().allow_age({"index.example.com", "/d/file.bin", ""}, {.age = std::chrono::hours(24)});
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-cache"}};
  for (const std::string path : {"/d/index.json", "/d/file.bin"}) {
    origin_.put(path, {.seed = 1, .size = 10, .etag = "\"v1\""});
    origin_.reply(path, reply);
    EXPECT_EQ(status_of(target(path + "?x=1", "index.example.com")), 200);
    origin_.put(path, {.seed = 2, .size = 10, .etag = "\"v2\""});
  }

  EXPECT_EQ(connect().fetch(target("/d/index.json?x=1", "index.example.com")).head.field("ETag"), "\"v2\"");
  EXPECT_EQ(connect().fetch(target("/d/file.bin?x=1", "index.example.com")).head.field("ETag"), "\"v1\"");
}

TEST_F(Rules, ARequestThatCameThroughThisNodeIsNotServedAgain) {
  EXPECT_EQ(status_of(target("/a.bin")), 200);
  const std::string via(origin_.requests().at(0).head.field("Via"));
  const std::string loop(origin_.requests().at(0).head.field("CDN-Loop"));
  EXPECT_FALSE(via.empty() && loop.empty());
  origin_.forget_requests();
  if (!via.empty()) {
    EXPECT_GE(status_of(target("/b.bin"), {"Via: " + via}), 400);
  }
  if (!loop.empty()) {
    EXPECT_GE(status_of(target("/b.bin"), {"CDN-Loop: " + loop}), 400);
  }
  EXPECT_TRUE(origin_.requests().empty());
}

TEST_F(Rules, NamesThatResolveToPrivateAddressesAreRefused) {
  Node node(LARDER_NODE_PROGRAM, config());
  node.config().tables = "[[origin.rule]]\nname = \"own\"\nhosts = [\"localhost.example\", \"localhost\"]\n";
  node.start();
  const int status = connect(node).fetch(target("/a.bin", "localhost")).status;
  EXPECT_GE(status, 400);
  EXPECT_TRUE(origin_.requests().empty());
}

TEST_F(Rules, AddressesAreOriginsInsideTheNetworksThatARuleLists) {
  Node node(LARDER_NODE_PROGRAM, config());
  const std::string port = origin_.address().substr(origin_.address().rfind(':') + 1);
  node.config().tables =
      "[[origin.rule]]\nname = \"lab\"\nallowed_networks = [\"127.0.0.0/24\"]\nport = " + port + "\n";
  node.start();
  EXPECT_EQ(connect(node).fetch(target("/a.bin", "127.0.0.1")).status, 200);
  EXPECT_EQ(connect(node).fetch(target("/a.bin", "127.0.1.1")).status, 403);
}

}  // namespace
}  // namespace larder::integration
