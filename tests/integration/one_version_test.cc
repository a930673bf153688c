// What may be put together: every response that is called whole is of one version, also where the origin's versions can
// hardly be told apart, and content whose servers disagree about names and dates still comes through.
#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 20 * kMiB;
const std::string kPath = "/v/object.bin";
constexpr const char* kPlain = "plain.example.com";    // as the origin says
constexpr const char* kNever = "never.example.com";    // never changes under its name
constexpr const char* kAlways = "always.example.com";  // is asked about every time

class OneVersion : public NodeTest {
 protected:
  OneVersion() {
    node_.config().tables = R"(
[[origin.rule]]
name = "plain"
hosts = ["plain.example.com"]
[[origin.rule]]
name = "never"
hosts = ["never.example.com"]
immutable = true
[[origin.rule]]
name = "always"
hosts = ["always.example.com"]
fresh = "0s"
)";
    for (const char* host : {kPlain, kNever, kAlways}) node_.config().resolve.emplace_back(host, origin_.address());
    // The guess where the origin says nothing is a day at most; what never changes is never old.
    for (const char* host : {kPlain, kNever}) auditor().allow_age({host, "", ""}, {.age = std::chrono::hours(24)});
  }

  static OriginObject object(std::uint64_t seed, std::string etag, std::string last_modified = "") {
    OriginObject made;
    made.seed = seed;
    made.size = kSize;
    made.etag = std::move(etag);
    made.last_modified = std::move(last_modified);
    return made;
  }
  std::size_t requests() const { return origin_.requests(kPath).size(); }
  void expect_whole_of(std::uint64_t seed) {
    const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), seed);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
  HttpResponse get(const char* host, const std::vector<std::string>& fields = {}) {
    return connect().fetch(target(kPath, host), fields);
  }
};

TEST_F(OneVersion, WithoutAStrongValidatorAnObjectIsOneResponse) {
  allow_refetch(kSize);  // parts that came first are of no use
  node_.start();
  for (const char* etag : {"", "W/\"same\""}) {
    origin_.put(kPath, object(1, etag));
    const std::string path = target(kPath + (*etag == '\0' ? "" : "?weak"), kPlain);
    EXPECT_EQ(connect().fetch(path, {"Range: bytes=0-1048575"}).status, 206);
    origin_.put(kPath, object(2, etag));  // the same length, the same name
    for (int i = 0; i < 2; ++i) {
      HttpClient client = connect();
      ASSERT_TRUE(client.send_request("GET", path));
      const HttpResponse response = client.read_checked(1, 0);  // all of what was there when it was first asked for
      EXPECT_EQ(response.status, 200);
      EXPECT_TRUE(response.complete);
      EXPECT_EQ(response.body_bytes, kSize);
      EXPECT_EQ(response.first_wrong, std::nullopt);
    }
  }
}

TEST_F(OneVersion, AResponseThatBreaksOffIsNotGoneOnWithByAnother) {
  allow_refetch(kSize);  // what came before the break is of no use
  node_.start();
  origin_.script(kPath, [&](const OriginRequest& request) {
    OriginReply reply;
    const bool first_whole = request.number == 1;
    reply.object = object(request.number < 2 ? 1 : 2, "");
    if (first_whole) {
      reply.ending = OriginReply::Ending::kReset;
      reply.ending_after = 5 * kMiB;
    }
    return reply;
  });
  // If it breaks off before the first byte went out, the client gets the next version at once. The auditor sees to it
  // that no response is of both.
  const HttpResponse first = connect().fetch(target(kPath, kPlain));
  EXPECT_TRUE(!first.complete || first.body_bytes == kSize);
  const HttpResponse next = connect().fetch_checked(target(kPath, kPlain), 2);
  EXPECT_EQ(next.status, 200);
  EXPECT_TRUE(next.complete);
  EXPECT_EQ(next.first_wrong, std::nullopt);
}

TEST_F(OneVersion, EdgesThatNameTheSameBytesDifferently) {
  node_.start();
  origin_.script(kPath, [&](const OriginRequest& request) {
    OriginReply reply;
    const std::string number = std::to_string(request.number % 7);
    reply.object = object(1, "\"edge" + number + "\"", "Fri, 02 Jan 2026 03:04:0" + number + " GMT");
    return reply;
  });
  const HttpResponse whole = connect().fetch_checked(target(kPath, kNever), 1);
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.first_wrong, std::nullopt);
  const std::uint64_t sent = origin_.body_bytes_sent();
  EXPECT_TRUE(connect().fetch_checked(target(kPath, kNever), 1).complete);
  EXPECT_EQ(origin_.body_bytes_sent(), sent);
  EXPECT_LE(sent, kSize + declined_bytes());
}

TEST_F(OneVersion, EqualTagsAreOneVersionWhateverTheDate) {
  node_.start();
  origin_.script(kPath, [&](const OriginRequest& request) {
    OriginReply reply;
    reply.object = object(1, "\"v1\"", "Fri, 02 Jan 2026 03:04:0" + std::to_string(request.number % 7) + " GMT");
    return reply;
  });
  EXPECT_TRUE(connect().fetch_checked(target(kPath, kPlain), 1).complete);
}

TEST_F(OneVersion, WhatAnOriginSaysNeverChangesMayChangeWhenItIsNoLongerFresh) {
  allow_refetch(8 * kMiB);  // the beginning of a part that will not do
  node_.start();
  for (const char* etag : {"", "W/\"same\""}) {
    const std::string path = kPath + (*etag == '\0' ? "" : ".weak");
    OriginReply reply;
    reply.fields = {{"Cache-Control", "max-age=0, immutable"}};
    origin_.reply(path, reply);
    origin_.put(path, object(1, etag));
    EXPECT_EQ(connect().fetch(target(path, kPlain), {"Range: bytes=0-2097151"}).status, 206);
    origin_.put(path, object(2, *etag == '\0' ? "" : "W/\"other\""));
    const HttpResponse response = connect().fetch_checked(target(path, kPlain), 2);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_TRUE(response.complete) << path;
    EXPECT_EQ(response.first_wrong, std::nullopt) << path;
  }
}

TEST_F(OneVersion, OtherWeakTagsAreOtherVersions) {
  allow_refetch(8 * kMiB);  // the answer in which the change is found
  node_.start();
  OriginReply reply;
  reply.fields = {{"Cache-Control", "max-age=3600"}};
  origin_.reply(kPath, reply);
  const std::string kept = "Fri, 02 Jan 2026 03:04:05 GMT";
  origin_.put(kPath, object(1, "W/\"1\"", kept));
  EXPECT_EQ(get(kPlain, {"Range: bytes=0-2097151"}).status, 206);
  origin_.put(kPath, object(2, "W/\"2\"", kept));
  const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), 2);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.first_wrong, std::nullopt);
}

// A version is validated by an answer that does not tell its length, and is cut: the length stays the one that is
// known.
TEST_F(OneVersion, ALengthThatIsKnownDoesNotChange) {
  node_.start();
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-cache"}};
  origin_.reply(kPath, reply);
  origin_.put(kPath, object(1, "\"v1\""));
  EXPECT_EQ(get(kPlain, {"Range: bytes=10485760-20971519"}).status, 206);
  reply.framing = OriginReply::Framing::kUntilClose;
  reply.ranges = false;
  reply.fields.push_back({"ETag", "\"v1\""});
  reply.object = object(1, "");  // so that the condition is passed over
  reply.ending = OriginReply::Ending::kTruncate;
  reply.ending_after = 100'000;
  origin_.reply(kPath, reply);
  for (int i = 0; i < 2; ++i) {
    const HttpResponse response = get(kPlain);
    EXPECT_FALSE(response.complete && response.body_bytes < kSize);
  }
  EXPECT_TRUE(node_.is_running());
  EXPECT_NE(get(kPlain, {"Range: bytes=200000-200009"}).status, 416);
}

TEST_F(OneVersion, UnknownLengthIsHadAgainAfterItWasEvicted) {
  allow_refetch(2 * kSize);  // what was evicted, and the answers in which a change is found
  node_.config().drives = {{"drive", "64MiB"}};
  node_.config().segment_size = "4MiB";
  node_.start();
  OriginObject chunked = object(1, "\"v1\"");
  chunked.size = 3 * kMiB + 5;
  origin_.put(kPath, chunked);
  OriginReply reply;
  reply.framing = OriginReply::Framing::kChunked;
  reply.ranges = false;
  origin_.reply(kPath, reply);
  EXPECT_TRUE(connect().fetch_checked(target(kPath, kPlain), 1).complete);
  for (std::uint64_t n = 0; n < 5; ++n) {
    const std::string other = "/other" + std::to_string(n);
    origin_.put(other, object(10 + n, "\"v1\""));
    EXPECT_TRUE(connect().fetch_checked(target(other, kPlain), 10 + n).complete);
  }
  EXPECT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_evicted_slices_total") > 30; }));
  const HttpResponse again = connect().fetch_checked(target(kPath, kPlain), 1);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.complete);
  EXPECT_EQ(again.body_bytes, chunked.size);
  EXPECT_EQ(again.first_wrong, std::nullopt);

  // The same under a rule that it never changes, against which it has become shorter: the end is a proper one.
  EXPECT_TRUE(connect().fetch_checked(target(kPath, kNever), 1).complete);
  for (std::uint64_t n = 5; n < 10; ++n) {
    const std::string other = "/other" + std::to_string(n);
    origin_.put(other, object(10 + n, "\"v1\""));
    EXPECT_TRUE(connect().fetch_checked(target(other, kPlain), 10 + n).complete);
  }
  EXPECT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_evicted_slices_total") > 130; }));
  chunked.size -= kMiB;
  chunked.etag = "\"v2\"";
  origin_.put(kPath, chunked);
  static_cast<void>(connect().fetch(target(kPath, kNever)));  // finds it out
  const HttpResponse shorter = connect().fetch_checked(target(kPath, kNever), 1);
  EXPECT_TRUE(shorter.complete);
  EXPECT_EQ(shorter.body_bytes, chunked.size);
}

// A 304 confirms what is stored, and brings nothing of what is not.
TEST_F(OneVersion, WhatIsConfirmedAndPartlyEvictedIsFetchedAnew) {
  node_.config().drives = {{"drive", "64MiB"}};
  node_.config().segment_size = "4MiB";
  allow_refetch(kSize + 20 * kMiB);  // all of it, and the beginnings of parts that would not do
  node_.start();
  origin_.put(kPath, object(1, "W/\"weak\""));
  EXPECT_TRUE(connect().fetch_checked(target(kPath, kAlways), 1).complete);
  for (std::uint64_t n = 0; n < 4; ++n) {
    const std::string other = "/other" + std::to_string(n);
    origin_.put(other, object(10 + n, "\"v1\""));
    EXPECT_TRUE(connect().fetch_checked(target(other, kPlain), 10 + n).complete);
  }
  EXPECT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_evicted_slices_total") > 15; }));
  const HttpResponse again = connect().fetch_checked(target(kPath, kAlways), 1);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.complete);
  EXPECT_EQ(again.body_bytes, kSize);
}

TEST_F(OneVersion, WhatMustBeAskedAboutAlwaysStaysSo) {
  node_.start();
  origin_.put(kPath, object(1, "\"v1\""));
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-cache"}};
  origin_.reply(kPath, reply);
  ASSERT_EQ(get(kPlain, {"Range: bytes=0-9"}).status, 206);
  reply.fields = {{"Cache-Control", ""}};  // a 304 need not say it again
  origin_.reply(kPath, reply);
  for (int i = 0; i < 3; ++i) {
    const std::size_t before = requests();
    EXPECT_EQ(get(kPlain, {"Range: bytes=0-9"}).status, 206);
    EXPECT_EQ(requests(), before + 1);
  }
}

TEST_F(OneVersion, WhatA304SaysAnewCounts) {
  node_.start();
  origin_.put(kPath, object(1, "\"v1\""));
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-cache"}};
  origin_.reply(kPath, reply);
  ASSERT_EQ(get(kPlain, {"Range: bytes=0-9"}).status, 206);
  reply.fields = {{"Cache-Control", "max-age=3600"}};
  origin_.reply(kPath, reply);
  ASSERT_EQ(get(kPlain, {"Range: bytes=0-9"}).status, 206);
  const std::size_t before = requests();
  const auto expect_hit = [&] {
    const HttpResponse response = get(kPlain, {"Range: bytes=0-9"});
    EXPECT_EQ(response.head.field("X-Cache"), "HIT");
    EXPECT_EQ(response.head.field("Cache-Control"), "max-age=3600");
    EXPECT_EQ(requests(), before);
  };
  expect_hit();
  EXPECT_EQ(node_.stop(), 0);
  node_.start();
  expect_hit();
}

TEST_F(OneVersion, A304ThatNobodyAskedForIsNoAnswer) {
  node_.start();
  OriginReply reply;
  reply.status = 304;
  origin_.reply(kPath, reply);
  EXPECT_EQ(get(kPlain).status, 502);
  EXPECT_EQ(get(kPlain, {"If-None-Match: \"v1\""}).status, 502);
}

// A client that begins anew gets one version: it would take the beginning of the old one and go on with the new one.
TEST_F(OneVersion, ANewDownloadOfWhatIsPartlyStoredIsOfOneVersion) {
  allow_refetch(kSize);  // the answer in which the change is found
  node_.start();
  OriginReply reply;
  reply.fields = {{"Cache-Control", "max-age=3600"}};
  origin_.reply(kPath, reply);
  origin_.put(kPath, object(1, "\"v1\""));
  EXPECT_EQ(get(kPlain, {"Range: bytes=0-2097151"}).status, 206);
  origin_.put(kPath, object(2, "\"v2\""));
  const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), 2);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.head.field("ETag"), "\"v2\"");
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.first_wrong, std::nullopt);
}

TEST_F(OneVersion, WhatIsWholeIsServedWithoutTheOrigin) {
  node_.start();
  OriginReply reply;
  reply.fields = {{"Cache-Control", "max-age=3600"}};
  origin_.reply(kPath, reply);
  origin_.put(kPath, object(1, "\"v1\""));
  expect_whole_of(1);
  const std::size_t before = requests();
  expect_whole_of(1);
  EXPECT_EQ(requests(), before);
}

}  // namespace
}  // namespace larder::integration
