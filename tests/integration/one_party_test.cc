// One party's fault stays its own: what an origin refuses to one client, what a client no longer waits for, and what an
// origin claims cost nobody else anything.
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 3 * kMiB + 17;
constexpr std::uint64_t kSeed = 5;
constexpr std::uint64_t kMuch = std::uint64_t{1} << 40;  // the origin is asked again here, and that is no matter
const std::string kPath = "/one/object.bin";
const std::string kGood = kPath + "?sig=good";
const std::string kBad = kPath + "?sig=bad";

class OneParty : public NodeTest {
 protected:
  OneParty() { allow_refetch(kMuch); }

  void put(std::uint64_t size = kSize) { origin_.put(kPath, {.seed = kSeed, .size = size}); }
  /// The origin refuses the bad signature, and lets each request wait for `gate`.
  void refuse_bad(int status, std::shared_ptr<Gate> gate = nullptr) {
    origin_.script(kPath, [=](const OriginRequest& request) {
      OriginReply reply;
      if (request.query.contains("bad")) reply.status = status;
      reply.head_gate = gate;
      return reply;
    });
  }
  void leave_queries_out() {
    node_.config().rules = "[]";
    node_.config().tables =
        "[[origin.rule]]\nname = \"signed\"\nhosts = [\"au.download.windowsupdate.com\"]\nquery_in_key = false\n";
  }
  /// And whose bad signatures are answered 503.
  void store_what_is_old_at_once() {
    leave_queries_out();
    origin_.script(kPath, [](const OriginRequest& request) {
      OriginReply reply;
      const bool is_bad = request.query.contains("bad");
      if (is_bad) reply.status = 503;
      reply.fields = {{is_bad ? "Retry-After" : "Cache-Control", is_bad ? "120" : "max-age=0"}};
      return reply;
    });
    put();
    node_.start();
    expect_whole(kGood, kSeed, kSize);
    ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_slices") >= 4; }));
  }
  std::uint64_t resident() const {
    return static_cast<std::uint64_t>(sum_of(node_.metrics(), "larder_node_resident_memory_bytes"));
  }
  std::size_t requests() const { return origin_.requests(kPath).size(); }
  /// The origin's side of everything that was asked for kPath is over.
  bool all_finished() {
    return origin_.wait_for_requests([](const std::vector<OriginRequest>& all) {
      return std::ranges::all_of(all, [](const OriginRequest& each) { return each.finished; });
    });
  }
};

class Refusal : public OneParty, public testing::WithParamInterface<int> {};

TEST_P(Refusal, OfAnUnknownObjectIsOnlyForWhoeverIsRefused) {
  put();
  const auto gate = std::make_shared<Gate>();
  refuse_bad(GetParam(), gate);
  node_.start();
  HttpClient bad = connect();
  bad.send_request("GET", target(kBad));
  ASSERT_TRUE(gate->wait_for_arrival());
  std::vector<HttpClient> good;
  for (int i = 0; i < 31; ++i) {
    good.push_back(connect());
    good.back().send_request("GET", target(kGood));
  }
  gate->open();
  EXPECT_EQ(bad.read_response().status, GetParam());
  for (HttpClient& client : good) {
    const HttpResponse response = client.read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body_bytes, kSize);
  }
}

// Those who asked for the same get the same, and the origin is not asked once more for each of them.
TEST_P(Refusal, IsSharedByThoseWhoAskForTheSame) {
  const auto gate = std::make_shared<Gate>();
  refuse_bad(GetParam(), gate);
  node_.start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(connect());
    clients.back().send_request("GET", target(kBad));
  }
  ASSERT_TRUE(gate->wait_for_arrival());
  gate->open();
  for (HttpClient& client : clients) EXPECT_EQ(client.read_response().status, GetParam());
  EXPECT_LE(requests(), GetParam() >= 500 ? 48u : 16u);
}

INSTANTIATE_TEST_SUITE_P(All, Refusal, testing::Values(401, 403, 404, 410, 500));

TEST_F(OneParty, ARefusalAtRevalidationEndsNoDownload) {
  constexpr std::uint64_t kLong = 24 * kMiB;
  leave_queries_out();
  node_.start();
  for (const int status : {403, 404}) {
    const std::string path = "/one/" + std::to_string(status);
    origin_.put(path, {.seed = kSeed, .size = kLong});
    const auto gate = std::make_shared<Gate>(kMiB);  // of the body
    origin_.script(path, [=](const OriginRequest& request) {
      OriginReply reply;
      reply.fields = {{"Cache-Control", "max-age=0"}};
      if (request.query.contains("bad")) reply.status = status;
      reply.gate = gate;
      return reply;
    });
    HttpClient running = connect();
    running.send_request("GET", target(path + "?sig=good"));
    ASSERT_TRUE(gate->wait_for_arrival());
    // The node has shown the object to who waited for it: from now on others ask whether it still holds.
    ASSERT_TRUE(eventually([&] { return running.socket().wait_readable(std::chrono::seconds(0)); }));
    EXPECT_EQ(connect().fetch(target(path + "?sig=bad")).status, status);
    gate->open();
    const HttpResponse response = running.read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    expect_whole(path + "?sig=good", kSeed, kLong);
  }
}

// --- what else may be the fault of one request: its query makes the origin fail ---

struct Failure {
  std::string name;
  OriginReply reply;
};
void PrintTo(const Failure& value, std::ostream* out) { *out << value.name; }

std::vector<Failure> failures() {
  OriginReply status503;
  status503.status = 503;
  OriginReply status416;
  status416.status = 416;
  OriginReply reset;
  reset.ending = OriginReply::Ending::kReset;
  reset.raw_head = "H";
  reset.keep_alive = false;
  OriginReply garbage;
  garbage.raw_head = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
  garbage.keep_alive = false;
  OriginReply silent;
  silent.silent = true;
  OriginReply forbidden;
  forbidden.status = 403;
  forbidden.fields = {{"Cache-Control", "no-store"}};
  return {{"answers_503", status503}, {"answers_416", status416}, {"resets", reset},
          {"talks_garbage", garbage}, {"is_silent", silent},      {"forbids_to_keep", forbidden}};
}

class OneFailure : public OneParty, public testing::WithParamInterface<Failure> {
 protected:
  static constexpr std::uint64_t kLong = 24 * kMiB;

  void serve(std::shared_ptr<Gate> gate = nullptr) {
    put(kLong);
    origin_.script(kPath, [gate](const OriginRequest& request) {
      if (request.query.contains("bad")) return GetParam().reply;
      OriginReply reply;
      reply.gate = gate;
      return reply;
    });
    node_.start();
  }
  void expect_right(HttpClient& client, std::uint64_t begin, std::uint64_t size) {
    const HttpResponse response = client.read_checked(kSeed, begin);
    EXPECT_TRUE(response.status == 200 || response.status == 206) << response.status;
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body_bytes, size);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
};

TEST_P(OneFailure, OfAnUnknownObjectIsNobodyElses) {
  serve();
  HttpClient bad = connect();
  bad.send_request("GET", target(kBad));
  ASSERT_TRUE(origin_.wait_for_requests([](const auto& all) { return !all.empty(); }));
  std::vector<HttpClient> good;
  for (int i = 0; i < 8; ++i) {
    good.push_back(connect());
    good.back().send_request("GET", target(kGood));
  }
  for (HttpClient& client : good) expect_right(client, 0, kLong);
}

TEST_P(OneFailure, OfAPartEndsNobodyElsesDownload) {
  const auto gate = std::make_shared<Gate>(kMiB / 8);  // so that nobody has got as far as to ask for the next run
  serve(gate);
  std::vector<HttpClient> good;
  for (int i = 0; i < 4; ++i) {
    good.push_back(connect());
    good.back().send_request("GET", target(kGood));
  }
  ASSERT_TRUE(gate->wait_for_arrival());
  std::vector<HttpClient> bad;
  for (int i = 1; i < 3; ++i) {
    bad.push_back(connect());
    bad.back().send_request("GET", target(kBad), {"Range: bytes=" + std::to_string(i * 8 * kMiB) + "-25165823"});
  }
  ASSERT_TRUE(origin_.wait_for_requests([](const auto& all) {
    return std::ranges::any_of(all, [](const OriginRequest& each) { return each.query.contains("bad"); });
  }));
  gate->open();
  for (HttpClient& client : good) expect_right(client, 0, kLong);
}

INSTANTIATE_TEST_SUITE_P(All, OneFailure, testing::ValuesIn(failures()),
                         [](const auto& test) { return test.param.name; });

// Who is overtaken ends after all, with the version that is being downloaded already.
TEST_F(OneParty, ALateAnswerEndsNobodyElsesDownload) {
  constexpr std::uint64_t kLong = 24 * kMiB;
  put(kLong);
  const auto late = std::make_shared<Gate>();
  const auto body = std::make_shared<Gate>(kMiB / 2);
  origin_.script(kPath, [=](const OriginRequest& request) {
    OriginReply reply;
    if (request.query.contains("late")) reply.head_gate = late;
    reply.gate = body;
    return reply;
  });
  node_.start();
  HttpClient first = connect();
  first.send_request("GET", target(kPath + "?sig=late"));
  ASSERT_TRUE(late->wait_for_arrival());
  HttpClient second = connect();
  second.send_request("GET", target(kGood));
  ASSERT_TRUE(eventually([&] { return second.socket().wait_readable(std::chrono::seconds(0)); }));
  late->open();
  ASSERT_TRUE(eventually([&] { return first.socket().wait_readable(std::chrono::seconds(0)); }));
  body->open();
  for (HttpClient* client : {&first, &second}) {
    const HttpResponse response = client->read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
}

// The last bytes of a small object come late, when its client has left.
TEST_F(OneParty, WhatComesSlowlyForNobodyLeavesNoMemoryBehind) {
  const auto gate = std::make_shared<Gate>(60'000);
  put(60'001);
  refuse_bad(403);
  origin_.script(kPath, [gate](const OriginRequest&) {
    OriginReply reply;
    reply.gate = gate;
    return reply;
  });
  node_.start();
  {
    HttpClient client = connect();
    expect_range(client, kGood, kSeed, 0, 100);
  }
  // Longer than what nobody waits for is measured by.
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(2300); }));
  gate->open();
  EXPECT_TRUE(eventually([&] {
    const auto metrics = node_.metrics();
    return sum_of(metrics, "larder_node_fill_memory_bytes") == 0 && sum_of(metrics, "larder_origin_fills_running") == 0;
  }));
}

TEST_F(OneParty, RangesThatCannotBeSatisfiedHoldUpNobody) {
  put();
  const auto gate = std::make_shared<Gate>();
  refuse_bad(403, gate);
  node_.start();
  std::vector<HttpClient> beyond;
  for (int i = 0; i < 16; ++i) {
    beyond.push_back(connect());
    beyond.back().send_request("GET", target(kGood), {"Range: bytes=99000000-99000009"});
  }
  ASSERT_TRUE(gate->wait_for_arrival());
  HttpClient valid = connect();
  valid.send_request("GET", target(kGood), {"Range: bytes=5-104"});
  gate->open();
  EXPECT_EQ(valid.read_checked(kSeed, 5).body_bytes, 100u);
  for (HttpClient& client : beyond) {
    const HttpResponse response = client.read_response();
    EXPECT_EQ(response.status, 416);
    EXPECT_EQ(response.head.field("Content-Range"), "bytes */" + std::to_string(kSize));
  }
  EXPECT_LE(requests(), 4u);
}

// The slices that a client's range lies in may end beyond the object; some origins do not answer that with less.
TEST_F(OneParty, AnOriginThatRefusesWhatPassesTheEndIsAskedForWhatIsThere) {
  put(10 * kMiB + 5);
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    const std::string range(request.head.field("Range"));
    const auto dash = range.find('-');
    const bool passes = dash != std::string::npos && std::stoull(range.substr(dash + 1)) >= 10 * kMiB + 5;
    if (!passes) return reply;
    reply.status = 416;
    reply.fields = {{"Content-Range", "bytes */" + std::to_string(10 * kMiB + 5)}};
    return reply;
  });
  node_.start();
  HttpClient client = connect();
  expect_range(client, kGood, kSeed, 9 * kMiB + 3, 9 * kMiB + 103);
  expect_range(client, kGood, kSeed, 10 * kMiB, 10 * kMiB + 5);
  expect_whole(kGood, kSeed, 10 * kMiB + 5);
}

// --- what an origin claims ---

struct Claim {
  std::string name;
  std::uint64_t length;
};
void PrintTo(const Claim& value, std::ostream* out) { *out << value.name; }

class LengthClaim : public OneParty, public testing::WithParamInterface<Claim> {};

TEST_P(LengthClaim, CostsNoMemory) {
  OriginReply reply;
  reply.raw_head =
      "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: " + std::to_string(GetParam().length) + "\r\n\r\n";
  reply.keep_alive = false;
  reply.ending = OriginReply::Ending::kTruncate;
  reply.ending_after = 1000;
  origin_.put(kPath, {.seed = kSeed, .size = kSize});
  origin_.reply(kPath, reply);
  put(100);
  node_.start();
  const std::uint64_t before = resident();
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = connect().fetch(target(kGood));
    EXPECT_FALSE(response.complete);
  }
  EXPECT_TRUE(node_.is_running());
  EXPECT_LT(resident(), before + 32 * kMiB);
}

INSTANTIATE_TEST_SUITE_P(All, LengthClaim,
                         testing::Values(Claim{"200_GiB", 200ULL << 30}, Claim{"1_TiB", 1ULL << 40},
                                         Claim{"4_TiB", 4ULL << 40}, Claim{"1_PiB", 1ULL << 50},
                                         Claim{"8_EiB", (1ULL << 63) - 1}),
                         [](const auto& test) { return test.param.name; });

// --- what nobody waits for any more ---

struct Endless {
  std::string name;
  OriginReply::Framing framing;
  std::string range;
};
void PrintTo(const Endless& value, std::ostream* out) { *out << value.name; }

class EndlessBody : public OneParty, public testing::WithParamInterface<Endless> {};

TEST_P(EndlessBody, EndsWhenItsLastClientHasLeft) {
  put(20 * kGiB);
  OriginReply reply;
  reply.ranges = false;
  reply.framing = GetParam().framing;
  origin_.reply(kPath, reply);
  node_.config().limits = "";
  node_.config().first_byte_timeout = "500ms";  // and so long a client waits for the end of a body
  node_.start();
  {
    HttpClient client = connect();
    std::vector<std::string> fields;
    if (!GetParam().range.empty()) fields.push_back("Range: " + GetParam().range);
    client.send_request("GET", target(kGood), fields);
    ASSERT_TRUE(
        origin_.wait_for_requests([](const auto& all) { return !all.empty() && all[0].body_bytes_sent > kMiB; }));
  }
  EXPECT_TRUE(all_finished());
  EXPECT_LT(origin_.body_bytes_sent(), 10 * kGiB);
}

INSTANTIATE_TEST_SUITE_P(All, EndlessBody,
                         testing::Values(Endless{"chunked", OriginReply::Framing::kChunked, ""},
                                         Endless{"until_close", OriginReply::Framing::kUntilClose, ""},
                                         Endless{"whole_to_a_range", OriginReply::Framing::kLength, "bytes=0-99"}),
                         [](const auto& test) { return test.param.name; });

// --- bodies whose length is not told ---

class Untold : public OneParty, public testing::WithParamInterface<OriginReply::Framing> {
 protected:
  static constexpr std::uint64_t kLong = 5 * kMiB + 11;

  /// The origin sends as fast as `gate_` lets it.
  void serve() {
    put(kLong);
    origin_.script(kPath, [this](const OriginRequest&) {
      OriginReply reply;
      reply.ranges = false;
      reply.framing = GetParam();
      reply.gate = gate_;
      reply.keep_alive = GetParam() != OriginReply::Framing::kUntilClose;
      return reply;
    });
    node_.start();
  }
  /// Lets bytes through one by one until `done`: that takes longer than clients wait for the end.
  template <class Done>
  void trickle_until(Done done) {
    std::uint64_t open = 2 * kMiB;
    EXPECT_TRUE(eventually([&] {
      gate_->open_to(++open);
      return done();
    }));
  }

  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_P(Untold, ComeToTheirClientsWhileTheyCome) {
  serve();
  std::vector<HttpClient> whole;
  for (int i = 0; i < 8; ++i) {
    whole.push_back(connect());
    whole.back().send_request("GET", target(kGood));
  }
  HttpClient part = connect();
  part.send_request("GET", target(kGood), {"Range: bytes=1048570-1048589"});
  HttpClient end = connect();
  end.send_request("GET", target(kGood), {"Range: bytes=4000000-9999999"});
  ASSERT_TRUE(gate_->wait_for_arrival());
  // They have their head before the body's end is there.
  trickle_until([&] { return whole[0].socket().wait_readable(std::chrono::seconds(0)); });
  const HttpResponse middle = part.read_checked(kSeed, 1048570);
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.head.field("Content-Range"), "bytes 1048570-1048589/*");
  EXPECT_EQ(middle.body_bytes, 20u);
  EXPECT_EQ(middle.first_wrong, std::nullopt);
  gate_->open();
  for (HttpClient& client : whole) {
    const HttpResponse response = client.read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.head.field("Transfer-Encoding"), "chunked");
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body_bytes, kLong);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
  const HttpResponse rest = end.read_checked(kSeed, 4000000);
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(rest.body_bytes, kLong - 4000000);
  EXPECT_EQ(rest.first_wrong, std::nullopt);
  EXPECT_LE(requests(), 2u);
  // And then it is an object like any other.
  HttpClient later = connect();
  expect_range(later, kGood, kSeed, kLong - 10, kLong);
  EXPECT_EQ(later.fetch(target(kGood), {}, "HEAD").head.field("Content-Length"), std::to_string(kLong));
}

TEST_P(Untold, EndWithTheConnectionForClientsOfHttp10) {
  serve();
  HttpClient client = connect();
  client.send("GET " + target(kGood) + " HTTP/1.0\r\nHost: a\r\n\r\n");
  trickle_until([&] { return client.socket().wait_readable(std::chrono::seconds(0)); });
  gate_->open();
  const HttpResponse response = client.read_checked(kSeed, 0);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body_bytes, kLong);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  EXPECT_TRUE(client.peer_closes());
}

INSTANTIATE_TEST_SUITE_P(All, Untold,
                         testing::Values(OriginReply::Framing::kChunked, OriginReply::Framing::kUntilClose));

// What replaced it is not kept, and is the content of all queries all the same.
TEST_F(OneParty, ARefusalDoesNotBringBackWhatWasReplacedByWhatIsNotKept) {
  ASSERT_NO_FATAL_FAILURE(store_what_is_old_at_once());
  origin_.put(kPath, {.seed = kSeed + 1, .size = kSize, .etag = "", .last_modified = ""});
  expect_whole(kGood, kSeed + 1, kSize);
  EXPECT_EQ(connect().fetch(target(kBad)).status, 503);
  expect_whole(kGood, kSeed + 1, kSize);
}

// Neither is what is old lent to others for it, however often somebody is refused.
TEST_F(OneParty, ARefusalLendsNothingOldToOthers) {
  ASSERT_NO_FATAL_FAILURE(store_what_is_old_at_once());
  auditor().allow_age({kHost, "", ""}, {.age = std::chrono::hours(1)});
  origin_.put(kPath, {.seed = kSeed + 1, .size = kSize, .etag = "\"v2\""});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connect().fetch_checked(target(kBad), kSeed).status, 200) << "it is at hand";
  EXPECT_LE(requests(), 3u) << "and asked about once for this query";
  expect_whole(kGood, kSeed + 1, kSize);
}

// --- an origin that is out ---

TEST_F(OneParty, AnOriginThatSaysWhenToComeBackIsNotAskedBefore) {
  OriginReply reply;
  reply.status = 503;
  reply.fields = {{"Retry-After", "120"}};
  origin_.reply(kPath, reply);
  node_.start();
  const HttpResponse response = connect().fetch(target(kGood));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.head.field("Retry-After"), "120");
  EXPECT_EQ(requests(), 1u);
}

// Clients leave a node that says nothing for twenty seconds.
TEST_F(OneParty, WhatIsStoredWholeIsServedWhileItsOriginThinks) {
  node_.config().rules = "[]";
  node_.config().tables = R"(
[[origin.rule]]
name = "plain"
hosts = ["au.download.windowsupdate.com"]
)";
  auditor().allow_age({kHost, "", ""}, {.age = std::chrono::hours(1)});
  put();
  const auto gate = std::make_shared<Gate>();
  origin_.script(kPath, [=](const OriginRequest& request) {
    OriginReply reply;
    reply.fields = {{"Cache-Control", "max-age=0"}};
    if (request.number > 0) reply.head_gate = gate;
    return reply;
  });
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_slices") >= 4; }));
  expect_whole(kPath, kSeed, kSize);
  gate->open();
}

}  // namespace
}  // namespace larder::integration
