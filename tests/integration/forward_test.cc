// What may not be kept: each client gets the origin's answer to its own request, and nobody else's.
#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 3 * kMiB + 17;
constexpr const char* kPlain = "plain.example.com";
const std::string kPath = "/forward/object.bin";

class Forward : public NodeTest {
 protected:
  Forward() {
    node_.config().tables = R"(
[[origin.rule]]
name = "plain"
hosts = ["plain.example.com"]
)";
    node_.config().resolve.emplace_back(kPlain, origin_.address());
    allow_refetch(kRefetch);
  }

  void serve(const std::string& cache_control, std::uint64_t size = kSize, std::string etag = "\"v1\"") {
    OriginObject object;
    object.seed = 1;
    object.size = size;
    object.etag = std::move(etag);
    object.last_modified = "";
    origin_.put(kPath, object);
    OriginReply reply;
    reply.fields = {{"Cache-Control", cache_control}};
    origin_.reply(kPath, reply);
  }
  HttpResponse get(const std::vector<std::string>& fields = {}, std::string_view method = "GET") {
    return connect().fetch(target(kPath, kPlain), fields, method);
  }
  std::size_t requests() const { return origin_.requests(kPath).size(); }

  // Each client asks the origin itself, and the first of them once more to learn that it has to.
  static constexpr std::uint64_t kRefetch = 1 << 30;
};

TEST_F(Forward, WhatMayNotBeKeptIsAskedForByEachClientItself) {
  node_.start();
  for (const char* control : {"no-store", "private, max-age=600"}) {
    serve(control);
    const std::size_t before = requests();
    for (int i = 0; i < 3; ++i) {
      const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), 1);
      EXPECT_EQ(response.status, 200) << control;
      EXPECT_TRUE(response.complete) << control;
      EXPECT_EQ(response.body_bytes, kSize) << control;
      EXPECT_EQ(response.first_wrong, std::nullopt) << control;
      EXPECT_EQ(response.head.field("X-Cache"), "BYPASS") << control;
      EXPECT_EQ(response.head.field("Cache-Control"), control);
    }
    EXPECT_GE(requests(), before + 3);
    EXPECT_LE(requests(), before + 4) << "only the first time it is not known";
  }
  EXPECT_EQ(sum_of(node_.metrics(), "larder_node_forwarded_total"), 6);
}

TEST_F(Forward, TheOriginAnswersRangesAndConditionsItself) {
  node_.start();
  serve("no-store");
  const HttpResponse part = connect().fetch_checked(target(kPath, kPlain), 1, 1'500'000, 2'500'000);
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.complete);
  EXPECT_EQ(part.first_wrong, std::nullopt);
  EXPECT_EQ(origin_.requests(kPath).back().sent_range, (OriginRange{1'500'000, 2'500'000}));

  EXPECT_EQ(get({"Range: bytes=-10"}).body_bytes, 10U);
  EXPECT_EQ(get({"Range: bytes=99999999-"}).status, 416);
  EXPECT_EQ(get({"If-None-Match: \"v1\""}).status, 304);
  EXPECT_EQ(get({"If-None-Match: \"v2\"", "Range: bytes=0-9"}).status, 206);
  EXPECT_EQ(get({"If-Range: \"v2\"", "Range: bytes=0-9"}).status, 200);
  EXPECT_EQ(get({"Range: bytes=0-1, 5-9"}).status, 200) << "several ranges count as none";
  const HttpResponse head = get({"Range: bytes=0-9"}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.head.field("Content-Length"), std::to_string(kSize));
  EXPECT_EQ(head.head.field("ETag"), "\"v1\"");
}

// Parts that nobody can use come of servers that have all of it.
TEST_F(Forward, ARangeThatIsAnsweredInPartsNobodyCanUseIsAnsweredWithAllOfIt) {
  node_.start();
  serve("no-store");
  EXPECT_EQ(get().status, 200);
  const std::vector<support::Field> wrong = {
      {"Content-Type", "multipart/byteranges; boundary=x"}, {"Content-Range", "bytes 5-9/*"}, {"Content-Range", "x"}};
  for (const auto& field : wrong) {
    origin_.script(kPath, [field](const OriginRequest& request) {
      OriginReply reply;
      reply.fields = {{"Cache-Control", "no-store"}};
      if (!request.range) return reply;
      if (field.name == "Content-Type") reply.fields.push_back({"Content-Range", ""});
      reply.fields.push_back(field);
      return reply;
    });
    for (const char* range : {"Range: bytes=1000-1999", "Range: bytes=-1000"}) {
      const std::size_t before = requests();
      const HttpResponse response = get({range});
      EXPECT_EQ(response.status, 200) << range << ", " << field.value;
      EXPECT_TRUE(response.complete) << range << ", " << field.value;
      EXPECT_EQ(response.body_bytes, kSize) << range << ", " << field.value;
      EXPECT_EQ(requests(), before + 2) << "the part, and then all of it";
    }
  }
}

TEST_F(Forward, ABodyOfUnknownLengthComesInChunksAndTheConnectionGoesOn) {
  node_.start();
  serve("no-store", 300'000);
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-store"}};
  for (const auto framing : {OriginReply::Framing::kChunked, OriginReply::Framing::kUntilClose}) {
    reply.framing = framing;
    origin_.reply(kPath, reply);
    HttpClient client = connect();
    for (int i = 0; i < 2; ++i) {
      const HttpResponse response = client.fetch_checked(target(kPath, kPlain), 1);
      EXPECT_EQ(response.head.field("Transfer-Encoding"), "chunked");
      EXPECT_TRUE(response.complete);
      EXPECT_EQ(response.body_bytes, 300'000U);
      EXPECT_EQ(response.first_wrong, std::nullopt);
    }
  }
}

TEST_F(Forward, ForAnOldClientTheEndOfTheConnectionEndsIt) {
  node_.start();
  serve("no-store", 300'000);
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-store"}};
  reply.framing = OriginReply::Framing::kChunked;
  origin_.reply(kPath, reply);
  HttpClient client = connect();
  ASSERT_TRUE(client.send("GET " + target(kPath, kPlain) + " HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"));
  const HttpResponse response = client.read_checked(1, 0);
  EXPECT_EQ(response.head.field("Transfer-Encoding"), "");
  EXPECT_EQ(response.head.field("Connection"), "close");
  EXPECT_EQ(response.body_bytes, 300'000U);
  EXPECT_EQ(response.first_wrong, std::nullopt);
}

// That a HEAD's answer has no body says nothing of what is stored.
TEST_F(Forward, AForwardedHeadLeavesWhatIsStored) {
  auditor().allow_age({kPlain, kPath, ""}, {.age = std::chrono::hours(1)});
  node_.start();
  serve("no-cache");
  EXPECT_EQ(get().head.field("X-Cache"), "MISS");
  OriginReply busy;
  busy.status = 403;
  busy.body = std::string(100'000, 'x');
  origin_.reply(kPath, busy);
  EXPECT_EQ(get().status, 403);  // too long to be held for others: forwarded for a while
  serve("no-cache");
  const HttpResponse head = get({}, "HEAD");
  EXPECT_EQ(head.head.field("Content-Length"), std::to_string(kSize));
  EXPECT_EQ(get().head.field("X-Cache"), "HIT");
}

// The redirect was one client's own; what it led to is no other's.
TEST_F(Forward, WhatAPrivateRedirectLedToIsNotShared) {
  node_.start();
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    reply.status = 302;
    reply.fields = {{"Cache-Control", "private, no-store"},
                    {"Location", std::string("http://") + kPlain + "/user/" + std::to_string(request.number)}};
    return reply;
  });
  for (int user = 0; user < 6; ++user) {
    const std::string path = "/user/" + std::to_string(user);
    origin_.put(path, {.seed = 1, .size = 100, .etag = "\"v\"", .prefix = path});
    auditor().redirected({kPlain, kPath, ""}, {kPlain, path, ""});
  }
  const std::string first = get().body.substr(0, 7);
  const std::string second = get().body.substr(0, 7);
  EXPECT_EQ(first.substr(0, 6), "/user/");
  EXPECT_NE(first, second);
}

// Slow readers of what is forwarded leave half of an origin's connections to what many share.
TEST_F(Forward, SlowReadersDoNotShutAnOriginForOthers) {
  node_.config().origin = "connections_per_origin = 4";
  node_.start();
  serve("no-store", 64 * kMiB);
  std::vector<HttpClient> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(connect());
    ASSERT_TRUE(slow.back().send_request("GET", target(kPath, kPlain)));
  }
  ASSERT_TRUE(eventually([&] { return requests() >= 2; }));
  const std::string other = "/forward/other.bin";
  origin_.put(other, {.seed = 2, .size = 1000});
  auditor().allow_age({kPlain, other, ""}, {.age = std::chrono::hours(24)});
  EXPECT_EQ(connect().fetch_checked(target(other, kPlain), 2).status, 200);
}

TEST_F(Forward, APartThatBreaksOffDoesNotLookWhole) {
  node_.start();
  serve("no-store");
  ASSERT_TRUE(get().complete);
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-store"}};
  reply.ending = OriginReply::Ending::kTruncate;
  reply.ending_after = 10;
  for (const auto framing : {OriginReply::Framing::kUntilClose, OriginReply::Framing::kChunked}) {
    reply.framing = framing;
    origin_.reply(kPath, reply);
    const HttpResponse response = get({"Range: bytes=0-99"});
    EXPECT_EQ(response.status, 206);
    EXPECT_EQ(response.head.field("Content-Length"), "100");
    EXPECT_FALSE(response.complete);
  }
}

TEST_F(Forward, ABodyThatBreaksOffDoesNotLookWhole) {
  node_.start();
  serve("no-store");
  ASSERT_TRUE(get().complete);
  OriginReply reply;
  reply.fields = {{"Cache-Control", "no-store"}};
  reply.ending_after = 100'000;
  for (const auto framing : {OriginReply::Framing::kLength, OriginReply::Framing::kChunked}) {
    for (const auto ending : {OriginReply::Ending::kTruncate, OriginReply::Ending::kReset}) {
      reply.framing = framing;
      reply.ending = ending;
      origin_.reply(kPath, reply);
      EXPECT_FALSE(get().complete);
    }
  }
}

// Without a validator nobody could ever be served from it, as it is old when it comes.
TEST_F(Forward, WhatIsOldAtOnceAndHasNoValidatorIsNotKept) {
  node_.start();
  serve("no-cache", kSize, "");
  for (int i = 0; i < 2; ++i) {
    const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), 1, 2'000'000, 2'000'100);
    EXPECT_EQ(response.status, 206);
    EXPECT_EQ(response.first_wrong, std::nullopt);
    EXPECT_EQ(response.head.field("X-Cache"), "BYPASS");
    EXPECT_EQ(origin_.requests(kPath).back().sent_range, (OriginRange{2'000'000, 2'000'100}));
  }
}

// One response or nothing, and nothing that would hold it.
TEST_F(Forward, WithoutADriveWhatIsOneResponseIsNotKept) {
  node_.config().drives.clear();
  node_.start();
  serve("max-age=3600", kSize, "");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(get({"Range: bytes=0-999"}).head.field("X-Cache"), "BYPASS");
  EXPECT_EQ(requests(), 5U) << "only the first of them has to be found out";
  serve("max-age=3600", kSize, "\"v1\"");
  EXPECT_EQ(get({"Range: bytes=0-999"}).head.field("X-Cache"), "BYPASS");
  EXPECT_EQ(get({"Range: bytes=0-999"}).head.field("X-Cache"), "MISS");
  EXPECT_EQ(get({"Range: bytes=0-999"}).head.field("X-Cache"), "HIT");
}

// Every answer names another version: nothing longer than one of the node's requests would ever come to its end.
TEST_F(Forward, WhatChangesWithEveryAnswerIsForwarded) {
  node_.start();
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    OriginObject object;
    object.seed = request.number + 1;
    object.size = 20 * kMiB;
    object.etag = "\"" + std::to_string(request.number) + "\"";
    object.last_modified = "";
    reply.object = object;
    reply.fields = {{"Cache-Control", "max-age=3600"}};
    return reply;
  });
  int whole = 0;
  for (int i = 0; i < 8; ++i) whole += get().complete ? 1 : 0;
  EXPECT_GE(whole, 5);
  EXPECT_TRUE(get().complete);
}

// An operator takes a rule back that kept what is private.
TEST_F(Forward, WhatWasKeptUnderALaxRuleIsNotServedUnderAStrictOne) {
  const std::string strict = node_.config().tables;
  node_.config().tables = strict + "honour_no_store = false\nfresh = \"1h\"\n";
  node_.start();
  serve("private");
  EXPECT_EQ(get().head.field("X-Cache"), "MISS");
  EXPECT_EQ(get().head.field("X-Cache"), "HIT");
  EXPECT_EQ(node_.stop(), 0);
  node_.config().tables = strict;
  node_.start();
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");
}

TEST_F(Forward, WhatMayBeKeptAfterAllIsKept) {
  node_.start();
  serve("no-store");
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");
  serve("max-age=3600");
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");  // tells that it may
  EXPECT_EQ(get().head.field("X-Cache"), "MISS");
  EXPECT_EQ(get().head.field("X-Cache"), "HIT");
}

TEST_F(Forward, A304ThatForbidsKeepingEndsIt) {
  node_.start();
  serve("no-cache");
  EXPECT_EQ(get().head.field("X-Cache"), "MISS");
  EXPECT_EQ(get().head.field("X-Cache"), "HIT");
  serve("no-store");
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");
}

TEST_F(Forward, ARefusalOfTheNodeIsNotPassedOn) {
  node_.start();
  serve("no-store");
  EXPECT_EQ(get().head.field("X-Cache"), "BYPASS");
  OriginReply busy;
  busy.status = 429;
  busy.body = "too many requests\n";
  busy.fields = {{"Retry-After", "17"}};
  origin_.reply(kPath, busy);
  const HttpResponse response = get();
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.head.field("Retry-After"), "17");
  EXPECT_EQ(get({}, "HEAD").status, 503);
  const auto records = node_.wait_for_access_records(3);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_TRUE(records[1].contains("forwarded"));
  EXPECT_TRUE(records[1].at("reason").as_string().starts_with("the origin answered 429"));
}

TEST_F(Forward, AStoppingNodeSaysThatItCutItOff) {
  node_.config().shutdown = "200ms";
  node_.start();
  serve("no-store");
  ASSERT_EQ(get().head.field("X-Cache"), "BYPASS");
  OriginReply slow;
  slow.fields = {{"Cache-Control", "no-store"}};
  slow.gate = std::make_shared<Gate>(1000);
  origin_.reply(kPath, slow);
  HttpClient running = connect();
  ASSERT_TRUE(running.send_request("GET", target(kPath, kPlain)));
  ASSERT_TRUE(slow.gate->wait_for_arrival());
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_FALSE(running.read_checked(1, 0).complete);
  const auto records = node_.access_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].at("reason").as_string(), "cut off: the node was stopping");
}

// Of what is one response, the end comes last: who asks for it meanwhile does not wait for all that is before it.
TEST_F(Forward, ARangeFarBehindWhatIsComingDoesNotWaitForIt) {
  node_.start();
  constexpr std::uint64_t kLong = 24 * kMiB;
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    OriginObject object;
    object.seed = 1;
    object.size = kLong;
    object.etag = "";
    object.last_modified = "";
    reply.object = object;
    reply.fields = {{"Cache-Control", "max-age=3600"}};
    if (!request.range) {
      reply.ending = OriginReply::Ending::kStall;
      reply.ending_after = 3 * kMiB;
    }
    return reply;
  });
  HttpClient first = connect();
  ASSERT_TRUE(first.send_request("GET", target(kPath, kPlain)));
  ASSERT_TRUE(eventually([&] { return origin_.body_bytes_sent() >= 3 * kMiB && requests() == 2; }));
  const HttpResponse response = connect().fetch_checked(target(kPath, kPlain), 1, 23 * kMiB, 23 * kMiB + 1000);
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  EXPECT_EQ(response.head.field("X-Cache"), "BYPASS");
}

// Each gets the bytes that the origin made for it.
TEST_F(Forward, ConcurrentClientsShareNothing) {
  node_.start();
  constexpr std::size_t kClients = 8;
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    OriginObject object;
    const MessageHead& head = request.head;
    object.seed = request.query.ends_with("who") ? 1 : 2;
    object.prefix = std::string(request.query);
    object.size = 200'000;
    object.etag = "";
    object.last_modified = "";
    static_cast<void>(head);
    reply.object = object;
    reply.fields = {{"Cache-Control", "private"}};
    return reply;
  });
  std::vector<std::jthread> clients;
  std::vector<std::string> got(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      const HttpResponse response = connect().fetch(target(kPath + "?user=" + std::to_string(i), kPlain));
      got[i] = response.body.substr(0, 6);
    });
  }
  clients.clear();
  for (std::size_t i = 0; i < kClients; ++i) EXPECT_EQ(got[i], "user=" + std::to_string(i));
}

}  // namespace
}  // namespace larder::integration
