// One history that is in order, and one that must be found, for everything that an auditor holds a cache to.
#include "support/auditor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/content.h"

namespace larder::support {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLength = 5'000'000;
constexpr std::uint64_t kMiB = 1 << 20;
const Url kUrl = {.host = "a.example.com", .path = "/a.bin", .query = ""};

OriginObject version(std::uint64_t n, std::uint64_t size = kLength) {
  return {.seed = n,
          .size = size,
          .etag = "\"v" + std::to_string(n) + "\"",
          .last_modified = "Fri, 0" + std::to_string(n) + " Jan 2026 03:04:05 GMT"};
}

std::string bytes_of(const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  std::string bytes(end - begin, '\0');
  fill(std::as_writable_bytes(std::span(bytes)), object.seed, begin);
  for (std::uint64_t at = begin; at < end && at < object.prefix.size(); ++at) bytes[at - begin] = object.prefix[at];
  return bytes;
}

struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::string body;
  bool complete = true;
};

// What a good cache sends of `object`.
Response whole(const OriginObject& object) {
  return {.status = 200,
          .fields = {{"ETag", object.etag},
                     {"Last-Modified", object.last_modified},
                     {"Content-Length", std::to_string(object.size)}},
          .body = bytes_of(object, 0, object.size)};
}

Response part(const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  const std::string range = std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(object.size);
  return {.status = 206,
          .fields = {{"ETag", object.etag}, {"Content-Range", "bytes " + range}},
          .body = bytes_of(object, begin, end)};
}

Response bare(int status, std::vector<Field> fields = {}) {
  return {.status = status, .fields = std::move(fields), .body = ""};
}

Response with(Response response, const std::string& name, const std::string& value) {
  std::erase_if(response.fields, [&](const Field& field) { return field.name == name; });
  response.fields.push_back({name, value});
  return response;
}

class AnAuditor : public testing::Test {
 protected:
  AnAuditor() {
    auditor_.serves(kUrl.host);
    auditor_.published(kUrl, version(1), 0s);
  }

  void respond(const ClientRequest& request, const Response& response, Elapsed begin = 10s, Elapsed end = 11s) {
    ResponseAudit audit = auditor_.open(request, begin);
    audit.head(response.status, response.fields);
    // In pieces, as they come.
    auto bytes = std::as_bytes(std::span(response.body));
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), 100'000));
      audit.bytes(piece);
      bytes = bytes.subspan(piece.size());
    }
    audit.end(response.complete, end);
  }
  static ClientRequest get(std::vector<Field> fields = {}) { return {.url = kUrl, .fields = std::move(fields)}; }
  static ClientRequest range(const std::string& range) { return get({{"Range", "bytes=" + range}}); }

  void expect_none() {
    for (const std::string& verdict : auditor_.verdicts()) ADD_FAILURE() << verdict;
  }
  /// One violation, which says this.
  void expect_found(const std::string& text) {
    const auto verdicts = auditor_.verdicts();
    ASSERT_EQ(verdicts.size(), 1u) << text;
    EXPECT_TRUE(verdicts[0].contains(text)) << verdicts[0];
  }

  Auditor auditor_;
};

TEST_F(AnAuditor, LetsAWholeObjectPass) {
  respond(get(), whole(version(1)));
  expect_none();
  EXPECT_EQ(auditor_.responses(), 1u);
}

TEST_F(AnAuditor, ComparesThePrefixOfAnObjectToo) {
  OriginObject object = version(2);
  object.prefix = "MSCF";
  auditor_.published(kUrl, object, 1s);
  respond(get(), whole(object));
  respond(range("2-9"), part(object, 2, 10));
  expect_none();
  object.prefix = "MSCG";
  respond(get(), whole(object));
  expect_found("the byte at 3 is not that of the version \"v2\"");
}

TEST_F(AnAuditor, FindsOneWrongByte) {
  Response response = whole(version(1));
  response.body[2'345'678] ^= 1;
  respond(get(), response);
  expect_found("GET a.example.com/a.bin, begun at 10.000 s: the byte at 2345678 is not that of the version \"v1\"");
}

TEST_F(AnAuditor, FindsWrongBytesBeforeABreak) {
  Response response = whole(version(1));
  response.body.resize(1000);
  response.body[999] ^= 1;
  response.complete = false;
  respond(get(), response);
  expect_found("the byte at 999");
}

TEST_F(AnAuditor, FindsTwoVersionsInOneBody) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = 60s});
  respond(get(), whole(version(1)));
  respond(get(), whole(version(2)));
  expect_none();
  Response mixed = whole(version(1));
  mixed.body.replace(kMiB, std::string::npos, bytes_of(version(2), kMiB, kLength));
  respond(get(), mixed);
  expect_found("it is that of the version \"v2\" of 5000000 bytes (seed 2)");
}

TEST_F(AnAuditor, FindsTheBytesOfAnotherUrl) {
  const Url other = {.host = kUrl.host, .path = "/b.bin", .query = ""};
  auditor_.published(other, version(2), 0s);
  respond({.url = other}, whole(version(2)));
  expect_none();
  respond(get(), whole(version(2)));
  expect_found("the byte at 0 is not that of the version \"v1\"");
}

TEST_F(AnAuditor, FindsContentOfAUrlThatNeverHadAny) {
  respond({.url = {.host = kUrl.host, .path = "/none", .query = ""}}, whole(version(1)));
  expect_found("the origin never had anything there");
}

TEST_F(AnAuditor, FindsAnEndThatComesTooEarly) {
  Response response = whole(version(1));
  std::erase_if(response.fields, [](const Field& field) { return field.name == "Content-Length"; });
  response.body.resize(kMiB);
  response.complete = false;
  respond(get(), response);
  expect_none();
  response.complete = true;
  respond(get(), response);
  expect_found("it ended as if it were complete after 1048576 bytes");
}

TEST_F(AnAuditor, FindsMoreBytesThanThereAre) {
  Response response = whole(version(1));
  response.body += '\0';
  respond(get(), response);
  expect_found("the byte at 5000000");
}

TEST_F(AnAuditor, FindsALengthOfAnotherVersion) {
  respond(get(), with(whole(version(1)), "Content-Length", "4999999"));
  expect_found("Content-Length is 4999999 over the version \"v1\" of 5000000 bytes");
}

TEST_F(AnAuditor, FindsValidatorsOfAnotherVersion) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = 60s});
  respond(get(), with(whole(version(1)), "ETag", "\"v2\""));
  expect_found("ETag is \"v2\" over the bytes of the version \"v1\"");
}

TEST_F(AnAuditor, FindsALastModifiedThatTheVersionNeverHad) {
  respond(get(), with(whole(version(1)), "Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT"));
  expect_found("Last-Modified is Fri, 02 Jan 2026 03:04:05 GMT over the bytes of the version \"v1\"");
}

TEST_F(AnAuditor, TakesWhatTheOriginClaimedForAVersion) {
  OriginObject claimed = version(1);
  claimed.etag = "\"edge 2\"";
  const Response response = whole(claimed);
  auditor_.given(kUrl, claimed, 9s);
  auditor_.allow_age({}, {.age = 60s});
  respond(get(), response);
  expect_none();
}

TEST_F(AnAuditor, LooksAtTheFieldsOfAHead) {
  Response response = whole(version(1));
  response.body.clear();
  const ClientRequest request = {.method = "HEAD", .url = kUrl};
  respond(request, response);
  expect_none();
  respond(request, with(response, "Content-Length", "7"));
  expect_found("Content-Length is 7");
}

TEST_F(AnAuditor, LetsRangesPassAndWholeObjectsInTheirPlace) {
  respond(range("0-9"), part(version(1), 0, 10));
  respond(range("4999990-"), part(version(1), kLength - 10, kLength));
  respond(range("-10"), part(version(1), kLength - 10, kLength));
  respond(range("4999990-99999999999999999999999"), part(version(1), kLength - 10, kLength));
  respond(get({{"range", "BYTES=5-9"}}), part(version(1), 5, 10));
  respond(range("0-9"), whole(version(1)));
  respond(range("9-0"), whole(version(1)));
  expect_none();
}

TEST_F(AnAuditor, FindsARangeThatWasNotAskedFor) {
  respond(range("0-9"), part(version(1), 0, 11));
  expect_found(
      "Content-Range tells of bytes 0-10; of the version \"v1\" of 5000000 bytes (seed 1) that request means "
      "bytes 0-9");
}

TEST_F(AnAuditor, FindsAPartWhereAllWasAskedFor) {
  respond(get(), part(version(1), 0, 10));
  expect_found("no range was asked for");
}

TEST_F(AnAuditor, FindsAPartThatEndsTooEarly) {
  Response response = part(version(1), 0, 10);
  response.body.pop_back();
  respond(range("0-9"), response);
  expect_found("after 9 bytes; of the version \"v1\" of 5000000 bytes (seed 1) 10 would be right");
}

TEST_F(AnAuditor, FindsAContentRangeThatLiesAboutTheBytes) {
  Response response = part(version(1), 0, 10);
  response.body = bytes_of(version(1), 1, 11);
  respond(range("0-9"), response);
  expect_found("the byte at 0");
}

TEST_F(AnAuditor, FindsAContentRangeThatLiesAboutTheLength) {
  respond(range("0-9"), with(part(version(1), 0, 10), "Content-Range", "bytes 0-9/5000001"));
  expect_found("Content-Range tells of 5000001 bytes in all");
}

TEST_F(AnAuditor, FindsAContentRangeThatNobodyCanRead) {
  respond(range("0-9"), with(part(version(1), 0, 10), "Content-Range", "bytes 9-0/50"));
  expect_found("a 206 came whose Content-Range is \"bytes 9-0/50\"");
}

TEST_F(AnAuditor, LetsALengthBeUntold) {
  respond(range("0-9"), with(part(version(1), 0, 10), "Content-Range", "bytes 0-9/*"));
  expect_none();
}

TEST_F(AnAuditor, FindsAPartForWhoWantedItOfAnotherVersionOnly) {
  const Field wanted = {"Range", "bytes=5-9"};
  respond(get({wanted, {"If-Range", "\"v1\""}}), part(version(1), 5, 10));
  respond(get({wanted, {"If-Range", "\"v2\""}}), whole(version(1)));
  expect_none();
  respond(get({wanted, {"If-Range", "\"v2\""}}), part(version(1), 5, 10));
  expect_found("which is not the version that If-Range names");
}

TEST_F(AnAuditor, LetsWhatIsFreshEnoughPass) {
  auditor_.published(kUrl, version(2), 8s);
  auditor_.allow_age({.host = "", .path = kUrl.path, .query = ""}, {.age = 2s});
  respond(get(), whole(version(1)), 10s);
  expect_none();
}

TEST_F(AnAuditor, FindsWhatIsOlderThanItMayBe) {
  auditor_.published(kUrl, version(2), 8s);
  auditor_.allow_age({}, {.age = kForever});
  auditor_.allow_age({.host = kUrl.host, .path = "", .query = ""}, {.age = 2s});
  respond(get(), whole(version(1)), 10'001ms);
  expect_found(
      "a 200 came of the version \"v1\" of 5000000 bytes (seed 1), which the origin last had at 8.000 s: it may "
      "be 2.000 s old");
}

TEST_F(AnAuditor, FindsAStaleHeadOverABodyThatIsCut) {
  auditor_.published(kUrl, version(2), 8s);
  Response response = whole(version(1));
  response.body.resize(10);
  response.complete = false;
  respond(get(), response);
  expect_found("a 200 came of the version \"v1\"");
}

TEST_F(AnAuditor, FindsWhatWasRemoved) {
  auditor_.removed(kUrl, 8s);
  respond(get(), whole(version(1)));
  expect_found("which the origin last had at 8.000 s");
}

TEST_F(AnAuditor, TakesAVersionThatCameBackForCurrent) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.published(kUrl, version(1), 8s);
  respond(get(), whole(version(1)));
  expect_none();
}

TEST_F(AnAuditor, TakesAnAnswerOnItsWayForCurrent) {
  auditor_.published(kUrl, version(2), 8s);
  respond(get(), whole(version(1)), 9s, 12s);
  auditor_.given(kUrl, version(1), 10s);  // heard of only now
  expect_none();
}

TEST_F(AnAuditor, LetsStaleContentPassWhileTheOriginIsOut) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = 0s, .stale_while_out = true, .outage_memory = 3s});
  auditor_.out({.host = kUrl.host, .path = "", .query = ""}, 6s, 8s);
  respond(get(), whole(version(1)), 7s, 7s);
  respond(get(), whole(version(1)), 11s, 11s);
  expect_none();
  respond(get(), whole(version(1)), 11'001ms, 12s);
  expect_found("begun at 11.001 s");
}

TEST_F(AnAuditor, Lets304PassToWhoHasIt) {
  respond(get({{"If-None-Match", "\"x\", W/\"v1\""}}), bare(304, {{"ETag", "\"v1\""}}));
  respond(get({{"If-None-Match", "*"}}), bare(304));
  respond(get({{"If-Modified-Since", "Fri, 01 Jan 2027 03:04:05 GMT"}}), bare(304));
  expect_none();
}

TEST_F(AnAuditor, Finds304ToWhoHasNothing) {
  respond(get(), bare(304));
  expect_found("the client has nothing");
}

TEST_F(AnAuditor, Finds304ToWhoHasAnotherVersion) {
  respond(get({{"If-None-Match", "\"v2\""}, {"If-Modified-Since", "Fri, 01 Jan 2027 03:04:05 GMT"}}), bare(304));
  expect_found("no version fits the condition: the origin had the version \"v1\"");
}

TEST_F(AnAuditor, Finds304ToWhoHasAnOldVersion) {
  auditor_.published(kUrl, version(2), 8s);
  respond(get({{"If-None-Match", "\"v1\""}}), bare(304));
  expect_found("a 304 came of the version \"v1\"");
}

TEST_F(AnAuditor, Finds304ThatNamesAnotherVersion) {
  respond(get({{"If-None-Match", "\"v1\""}}), bare(304, {{"ETag", "\"v2\""}}));
  expect_found("a 304 came whose ETag is \"v2\"");
}

TEST_F(AnAuditor, Lets416PassForWhatLiesBehindTheEnd) {
  respond(range("5000000-"), bare(416, {{"Content-Range", "bytes */5000000"}}));
  respond(range("-0"), bare(416, {{"Content-Range", "bytes */5000000"}}));
  expect_none();
}

TEST_F(AnAuditor, Finds416ForARangeThatIsThere) {
  respond(range("4999999-"), bare(416, {{"Content-Range", "bytes */5000000"}}));
  expect_found("the range lies in the version \"v1\"");
}

TEST_F(AnAuditor, Finds416ThatTellsAnotherLength) {
  respond(range("5000000-"), bare(416, {{"Content-Range", "bytes */4000000"}}));
  expect_found("\"bytes */5000000\" would be right");
}

TEST_F(AnAuditor, LetsTheCachesOwnStatusesPass) {
  for (const int status : {400, 405, 408, 431, 502, 503, 504, 508}) respond(get(), bare(status));
  respond({.url = {.host = "other.example.com", .path = "/", .query = ""}}, bare(403));
  respond({.url = {.host = "", .path = "/a.bin", .query = ""}}, bare(404));
  respond({.url = {}, .readable = false}, bare(400));
  expect_none();
}

TEST_F(AnAuditor, FindsAStatusThatTheOriginNeverGave) {
  respond(get(), bare(404));
  expect_found("the status 404 came, which the origin did not give to this request");
}

TEST_F(AnAuditor, FindsARefusalWhereTheCacheHasToServe) {
  respond(get(), bare(403));
  expect_found("the status 403 came");
}

TEST_F(AnAuditor, FindsAnAnswerToAnotherQuery) {
  const auto asking = [](const std::string& query) {
    return ClientRequest{.url = {.host = kUrl.host, .path = "/x", .query = query}};
  };
  auditor_.answered({.host = kUrl.host, .path = "/x", .query = "sig=1"}, 403, 10'500ms);
  respond(asking("sig=1"), bare(403));
  expect_none();
  respond(asking("sig=2"), bare(403));
  expect_found("GET a.example.com/x?sig=2, begun at 10.000 s: the status 403 came");
}

TEST_F(AnAuditor, FindsAnAnswerOfTheDayBefore) {
  auditor_.answered(kUrl, 500, 9s);
  respond(get(), bare(500), 9s);
  expect_none();
  respond(get(), bare(500), 10s);
  expect_found("the status 500 came");
}

TEST_F(AnAuditor, FollowsRedirectsOfTheOrigin) {
  const Url moved = {.host = kUrl.host, .path = "/moved", .query = ""};
  auditor_.redirected(moved, kUrl);
  auditor_.sent(kUrl, version(1), 0, kLength);
  respond({.url = moved}, whole(version(1)));
  expect_none();
}

TEST_F(AnAuditor, LetsEverySliceComeOnceFromTheOrigin) {
  respond(range("10-20"), part(version(1), 10, 21));
  respond(range("20-1048576"), part(version(1), 20, kMiB + 1));
  auditor_.sent(kUrl, version(1), 0, kMiB);
  auditor_.sent(kUrl, version(1), kMiB, 2 * kMiB);
  expect_none();
}

TEST_F(AnAuditor, FindsASliceThatWasFetchedTwice) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, kMiB);
  auditor_.sent(kUrl, version(1), 1000, 2000);
  expect_found(
      "it sent 1049576 bytes of the version \"v1\" of 5000000 bytes (seed 1), and clients asked for slices of "
      "1048576 bytes in all");
}

TEST_F(AnAuditor, FindsASliceThatNobodyAskedFor) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, 2 * kMiB);
  expect_found("the origin was asked for too much of a.example.com/a.bin");
}

TEST_F(AnAuditor, AllowsWhatATestAllows) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, 2 * kMiB);
  auditor_.allow_refetch({}, kMiB);
  expect_none();
}

TEST_F(AnAuditor, AllowsReadingAheadOfWhoReadsOnAndOn) {
  respond(range("0-1048575"), part(version(1), 0, kMiB));
  respond(range("1048576-2097151"), part(version(1), kMiB, 2 * kMiB));
  auditor_.sent(kUrl, version(1), 0, kLength);
  expect_none();
}

TEST_F(AnAuditor, ExpectsAFaultThatIsKnown) {
  auditor_.expect_violation("the client has nothing");
  expect_found("a violation was expected and did not come");
  respond(get(), bare(304));
  expect_none();
}

TEST_F(AnAuditor, SaysNothingOfAResponseWithoutAHead) {
  ResponseAudit audit = auditor_.open(get(), 10s);
  audit.end(false, 11s);
  expect_none();
}

TEST_F(AnAuditor, TellsWhichObjectABodyCanBe) {
  ResponseAudit audit = auditor_.open(get(), 10s);
  audit.head(200, whole(version(1)).fields);
  const std::string body = bytes_of(version(1), 0, 100);
  audit.bytes(std::as_bytes(std::span(body)));
  EXPECT_TRUE(audit.is_of(1, 100));
  EXPECT_FALSE(audit.is_of(1, 0));
  EXPECT_FALSE(audit.is_of(2, 100));
}

}  // namespace
}  // namespace larder::support
