// Of what an auditor holds a cache to: parts, and statuses that are no content, go to whom they are for, and nothing is
// older than it may be. One history that is in order, and one that must be found.
#include "an_auditor.h"

namespace larder::support {
namespace {

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

TEST_F(AnAuditor, LetsStaleContentPassOnlyWhileARequestIsHeldUp) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = 0s, .stale_while_out = true, .outage_memory = 3s});
  auditor_.held_up({.host = kUrl.host, .path = kUrl.path, .query = ""}, 6s, 8s);
  respond(get(), whole(version(1)), 5'500ms, 6s);
  respond(get(), whole(version(1)), 8s, 9s);
  expect_none();
  respond(get(), whole(version(1)), 8'001ms, 9s);
  expect_found("begun at 8.001 s");
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

TEST_F(AnAuditor, LetsThe416PassThatTheOriginGaveToAForwardedRequest) {
  auditor_.answered(kUrl, 416, 10s);
  respond(range("4999999-"), bare(416, {{"X-Cache", "BYPASS"}}));
  expect_none();
  respond(range("4999999-"), bare(416, {{"X-Cache", "MISS"}}));
  expect_found("the range lies in the version \"v1\"");
}

TEST_F(AnAuditor, Finds416ThatNoOriginGaveToAForwardedRequest) {
  respond(range("4999999-"), bare(416, {{"X-Cache", "BYPASS"}}));
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

}  // namespace
}  // namespace larder::support
