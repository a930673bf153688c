#include "support/client_request.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace larder::support {
namespace {

ClientRequest with_fields(const std::string& fields) {
  return parse_client_request("GET /a?cacheHostOrigin=a.example.com HTTP/1.1\r\nHost: node\r\n" + fields);
}

TEST(ClientRequest, NamesItsOriginInOneOfManyWays) {
  const auto url = [](const std::string& target, const std::string& host = "127.0.0.1:8080") {
    return to_string(parse_client_request("GET " + target + " HTTP/1.1\r\nHost: " + host).url);
  };
  EXPECT_EQ(url("/a?cacheHostOrigin=AU.Example.com"), "au.example.com/a");
  EXPECT_EQ(url("/a?x=1&cacheHostOrigin=a.example.com&&y="), "a.example.com/a?x=1&&y=");
  EXPECT_EQ(url("/a?cacheHostOrigin=b.example.com&cachehostorigin=a%2Eexample.com"), "a.example.com/a");
  EXPECT_EQ(url("http://a.example.com:80/a?x", "node"), "a.example.com/a?x");
  EXPECT_EQ(url("/a", "a.example.com."), "a.example.com/a");
  for (const char* host : {"node", "127.0.0.1", "[::1]:80", ""}) EXPECT_EQ(url("/a", host), "(no host)/a") << host;
}

TEST(ClientRequest, IsUnreadableWithoutAnHttpLine) {
  for (const char* head : {"", "GARBAGE", "GET /", "GET / HTTP/2.0", "GET / HTTP/1.1\r\nno colon"}) {
    EXPECT_FALSE(parse_client_request(head).readable) << head;
  }
}

TEST(ClientRequest, AsksForTheLastOfItsRanges) {
  const auto part = [](const std::string& range) {
    const auto asked = with_fields("Range: bytes=0-1\r\nRange: " + range).range();
    return asked ? asked->of(100) : OriginRange{1, 0};
  };
  const OriginRange no_range{1, 0};
  EXPECT_EQ(part("bytes=5-9"), (OriginRange{5, 10}));
  EXPECT_EQ(part("BYTES=5-"), (OriginRange{5, 100}));
  EXPECT_EQ(part("bytes=90-99999999999999999999999999"), (OriginRange{90, 100}));
  EXPECT_EQ(part("bytes=-7"), (OriginRange{93, 100}));
  EXPECT_EQ(part("bytes=-700"), (OriginRange{0, 100}));
  EXPECT_EQ(part("bytes=-0").size(), 0u);
  EXPECT_EQ(part("bytes=100-").size(), 0u);
  for (const char* range : {"bytes=9-5", "bytes=-", "bytes=a-5", "bytes=1-2,4-5", "items=0-5"}) {
    EXPECT_EQ(part(range), no_range) << range;
  }
}

TEST(ClientRequest, OfHeadHasNoRange) {
  EXPECT_FALSE(parse_client_request("HEAD /a HTTP/1.1\r\nRange: bytes=0-1").range());
}

TEST(ClientRequest, HasAVersionWhoseTagItNamesOrThatIsNotNewer) {
  const OriginObject object = {.etag = "\"v1\"", .last_modified = "Fri, 02 Jan 2026 03:04:05 GMT"};
  const OriginObject untagged = {.etag = ""};
  EXPECT_TRUE(with_fields("If-None-Match: \"x\"\r\nIf-None-Match: \"y\", W/\"v1\"").has(object));
  EXPECT_TRUE(with_fields("If-None-Match: *").has(untagged));
  EXPECT_FALSE(with_fields("If-None-Match: \"\"").has(untagged));
  EXPECT_TRUE(with_fields("If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT").has(object));
  EXPECT_FALSE(with_fields("If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT").has(object));
  EXPECT_FALSE(with_fields("If-Modified-Since: yesterday").has(object));
  EXPECT_FALSE(with_fields("If-None-Match: \"v2\"\r\nIf-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT").has(object));
}

TEST(ClientRequest, WantsItsRangeOfTheVersionOfIfRangeOnly) {
  const OriginObject object = {.etag = "\"v1\"", .last_modified = "Fri, 02 Jan 2026 03:04:05 GMT"};
  EXPECT_TRUE(with_fields("Range: bytes=0-1").range_is_for(object));
  EXPECT_TRUE(with_fields("If-Range: \"v1\"").range_is_for(object));
  EXPECT_TRUE(with_fields("If-Range: Fri, 02 Jan 2026 03:04:05 GMT").range_is_for(object));
  EXPECT_FALSE(with_fields("If-Range: W/\"v1\"").range_is_for(object));
  EXPECT_FALSE(with_fields("If-Range: \"v2\"").range_is_for(object));
}

}  // namespace
}  // namespace larder::support
