// Of what an auditor holds a cache to: all bytes, and the head over them, are of one version. One history that is in
// order, and one that must be found.
#include "an_auditor.h"

namespace larder::support {
namespace {

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
