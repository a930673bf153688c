// OriginClient, OriginResponse and ConnectionPool together, against a real server on loopback.
#include "origin/origin_client.h"

#include <gtest/gtest.h>

#include "net/dialler.h"
#include "net/listener.h"
#include "origin/connector.h"
#include "support/content.h"
#include "support/eventually.h"
#include "support/fake_origin.h"
#include "test_loop.h"

namespace larder::origin {
namespace {

using std::chrono::milliseconds;
using support::OriginReply;
using ResponseResult = Result<std::unique_ptr<OriginResponse>>;

constexpr std::string_view kHost = "a.games.example";
constexpr milliseconds kForever = std::chrono::hours(1);  // longer than any test

class OriginClientTest : public testing::Test {
 protected:
  OriginClientTest() {
    ContentRule games;
    games.name = "games";
    games.hosts = {"*.games.example"};
    games.allowed_networks = {*net::parse_prefix("127.0.0.0/8")};
    rules_ = *RuleSet::build({}, {games});
    resolver_.set_overrides({*parse_resolve_override(kHost, server_.address()),
                             *parse_resolve_override("b.games.example", server_.address()),
                             *parse_resolve_override("dead.games.example", "127.0.0.1:1")});
    start();
  }

  void start(ConnectionPool::Options pool_options = {}, OriginResponse::Patience patience = endless()) {
    client_.reset();
    pool_.emplace(loop_.executor(), connector_, clock_, pool_options);
    make_client(patience, kForever);
  }
  void make_client(OriginResponse::Patience patience, milliseconds connection_timeout) {
    OriginClient::Options options;
    options.node_id = "n1";
    options.version = "1.2";
    options.connection_timeout = connection_timeout;
    options.patience = patience;
    client_.emplace(*pool_, clock_, options);
  }
  /// So long that no busy machine makes a good server run into it.
  static OriginResponse::Patience endless() {
    OriginResponse::Patience patience;
    patience.first_byte = patience.stall = patience.slow.window = kForever;
    return patience;
  }

  OriginRequest request(std::string path, std::string_view host = kHost) {
    Target target;
    target.rule = rules_->match(host);
    target.host = host;
    target.port = 80;
    target.path_and_query = std::move(path);
    return OriginRequest(std::move(target), rules_);
  }
  ResponseResult fetch(OriginRequest asked) { return loop_.run(client_->fetch(std::move(asked), Deadline::never())); }

  struct Body {
    std::vector<std::byte> bytes;
    std::optional<Error> error;
  };
  Body read_all(OriginResponse& response) {
    Body body;
    std::vector<std::byte> part(10'000);
    for (;;) {
      const auto count = loop_.run(response.read(part));
      if (!count) {
        body.error = count.error();
        return body;
      }
      if (*count == 0) return body;
      body.bytes.insert(body.bytes.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*count));
    }
  }
  void fetch_whole(const std::string& path) {
    auto response = fetch(request(path));
    ASSERT_TRUE(response) << response.error().text;
    EXPECT_FALSE(read_all(**response).error);
  }

  Task<void> fetch_and_count(std::string path, int& done) {
    OriginRequest asked = request(std::move(path));
    auto response = co_await client_->fetch(std::move(asked), Deadline::never());
    EXPECT_TRUE(response) << response.error().text;
    if (!response) co_return;
    std::vector<std::byte> bytes(2000);
    for (;;) {
      const auto part = co_await (*response)->read(bytes);
      if (!part || *part == 0) break;
    }
    ++done;
  }

  SystemClock clock_;
  TestLoop loop_;
  BlockingPool lookups_{"lookup", 1, 4};
  Resolver resolver_{lookups_, clock_, Resolver::Options()};
  NetworkConnector connector_{loop_.executor(), loop_.sweeper(), resolver_, nullptr, clock_, kForever};
  support::FakeOrigin server_;
  std::shared_ptr<const RuleSet> rules_;
  std::optional<ConnectionPool> pool_;
  std::optional<OriginClient> client_;
};

support::OriginObject object(std::uint64_t size) {
  support::OriginObject made;
  made.seed = 7;
  made.size = size;
  return made;
}

TEST_F(OriginClientTest, FetchesARangeAndNamesItself) {
  server_.put("/f", object(100'000));
  OriginRequest asked = request("/f?x=%2F");
  asked.range = http::ByteRange{1000, 51'000};
  asked.via = "1.1 client-proxy";

  auto response = fetch(std::move(asked));

  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ((*response)->status(), 206);
  EXPECT_EQ((*response)->content_range()->range, (http::ByteRange{1000, 51'000}));
  EXPECT_EQ((*response)->total(), 100'000U);
  EXPECT_EQ((*response)->body_length(), 50'000U);
  EXPECT_EQ((*response)->etag(), "\"v1\"");
  EXPECT_EQ((*response)->content_type(), "application/octet-stream");
  const Body body = read_all(**response);
  EXPECT_FALSE(body.error);
  EXPECT_EQ(body.bytes.size(), 50'000U);
  EXPECT_EQ(support::verify(body.bytes, 7, 1000), std::nullopt);

  const auto seen = server_.requests();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].target, "/f?x=%2F");
  EXPECT_EQ(seen[0].head.field("Host"), "a.games.example");
  EXPECT_EQ(seen[0].head.field("Range"), "bytes=1000-50999");
  EXPECT_EQ(seen[0].head.field("User-Agent"), "larder/1.2");
  EXPECT_EQ(seen[0].head.field("Accept-Encoding"), "identity");
  EXPECT_EQ(seen[0].head.field("Via"), "1.1 client-proxy, 1.1 larder-n1");
  EXPECT_EQ(seen[0].head.field("CDN-Loop"), "larder-n1");
}

TEST_F(OriginClientTest, KeepsConnectionsForTheNextRequest) {
  server_.put("/f", object(5000));
  for (int i = 0; i < 5; ++i) fetch_whole("/f");

  EXPECT_EQ(server_.connections_accepted(), 1U);
  EXPECT_EQ(pool_->idle_count(), 1U);
  EXPECT_EQ(pool_->leased_count(), 0U);
}

TEST_F(OriginClientTest, ClosesAConnectionWhoseBodyWasNotRead) {
  server_.put("/f", object(5'000'000));
  fetch(request("/f")).value().reset();

  EXPECT_EQ(pool_->leased_count(), 0U);
  EXPECT_EQ(pool_->idle_count(), 0U);
}

TEST_F(OriginClientTest, KeepsTheConnectionOfAnAnswerWithoutBody) {
  server_.put("/f", object(5000));
  OriginRequest asked = request("/f");
  asked.if_none_match = "\"v1\"";
  auto response = fetch(std::move(asked));

  ASSERT_TRUE(response);
  EXPECT_EQ((*response)->status(), 304);
  response->reset();
  EXPECT_EQ(pool_->idle_count(), 1U);
}

TEST_F(OriginClientTest, TellsTheTotalOfA416) {
  server_.put("/f", object(5000));
  OriginRequest asked = request("/f");
  asked.range = http::ByteRange{9000, 9001};
  auto response = fetch(std::move(asked));

  ASSERT_TRUE(response);
  EXPECT_EQ((*response)->status(), 416);
  EXPECT_EQ((*response)->total(), 5000U);
}

TEST_F(OriginClientTest, ReplacesAKeptConnectionThatDies) {
  server_.put("/f", object(5000));
  fetch_whole("/f");
  server_.drop_connections();
  fetch_whole("/f");

  EXPECT_EQ(server_.connections_accepted(), 2U);
}

TEST_F(OriginClientTest, SkipsInterimAnswers) {
  server_.put("/f", object(5000));
  OriginReply reply;
  reply.interim = "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  server_.reply("/f", reply);
  fetch_whole("/f");
}

TEST_F(OriginClientTest, ReadsChunkedAndUnframedBodies) {
  server_.put("/f", object(200'000));
  for (const auto framing : {OriginReply::Framing::kChunked, OriginReply::Framing::kUntilClose}) {
    OriginReply reply;
    reply.framing = framing;
    server_.reply("/f", reply);
    auto response = fetch(request("/f"));
    ASSERT_TRUE(response);
    const Body body = read_all(**response);
    EXPECT_FALSE(body.error);
    EXPECT_EQ(body.bytes.size(), 200'000U);
    EXPECT_EQ(support::verify(body.bytes, 7, 0), std::nullopt);
  }
}

TEST_F(OriginClientTest, ATruncatedBodyIsAnErrorAndItsConnectionIsNotKept) {
  server_.put("/f", object(200'000));
  for (const auto ending : {OriginReply::Ending::kTruncate, OriginReply::Ending::kReset}) {
    OriginReply reply;
    reply.ending = ending;
    reply.ending_after = 50'000;
    server_.reply("/f", reply);
    auto response = fetch(request("/f"));
    ASSERT_TRUE(response);
    const Body body = read_all(**response);
    ASSERT_TRUE(body.error);
    EXPECT_EQ(body.error->code, Errc::kUnavailable);
    response->reset();
    EXPECT_EQ(pool_->idle_count(), 0U);
  }
}

TEST_F(OriginClientTest, GivesUpOnSilence) {
  OriginResponse::Patience patience = endless();
  patience.first_byte = milliseconds(10);
  start({}, patience);
  server_.put("/f", object(200'000));
  OriginReply silent;
  silent.silent = true;
  server_.reply("/f", silent);
  const auto none = fetch(request("/f"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kTimeout);
  EXPECT_NE(none.error().text.find("a.games.example"), std::string::npos) << none.error().text;
}

TEST_F(OriginClientTest, GivesUpOnAStall) {
  OriginResponse::Patience patience = endless();
  patience.stall = milliseconds(10);
  start({}, patience);
  server_.put("/f", object(200'000));
  OriginReply stalling;
  stalling.ending = OriginReply::Ending::kStall;
  stalling.ending_after = 100;
  server_.reply("/f", stalling);
  auto response = fetch(request("/f"));
  ASSERT_TRUE(response);
  ASSERT_TRUE(server_.wait_for_requests([](const auto& asked) { return asked.back().body_bytes_sent == 100; }));
  const Body body = read_all(**response);
  ASSERT_TRUE(body.error);
  EXPECT_EQ(body.error->code, Errc::kTimeout);
  EXPECT_EQ(body.bytes.size(), 100U);
}

TEST_F(OriginClientTest, GivesUpOnATrickle) {
  OriginResponse::Patience patience = endless();
  patience.slow.window = milliseconds(50);
  patience.slow.bytes_per_second = 1'000'000;
  start({}, patience);
  server_.put("/f", object(2'000'000));
  OriginReply slow;
  slow.bytes_per_second = 20'000;
  server_.reply("/f", slow);
  auto response = fetch(request("/f"));
  ASSERT_TRUE(response);
  const Body body = read_all(**response);
  ASSERT_TRUE(body.error);
  EXPECT_EQ(body.error->code, Errc::kTimeout);
}

TEST_F(OriginClientTest, FollowsRedirectsThatRulesAllow) {
  server_.put("/f", object(5000));
  OriginReply away;
  away.status = 302;
  // Body and head at once: the client does not wait for long for a body that nobody wants.
  away.raw_head = "HTTP/1.1 302 Found\r\nLocation: http://b.games.example/f\r\nContent-Length: 10\r\n\r\nover there";
  server_.reply("/r", away);
  auto response = fetch(request("/r"));

  ASSERT_TRUE(response);
  EXPECT_EQ((*response)->status(), 200);
  EXPECT_EQ(read_all(**response).bytes.size(), 5000U);
  EXPECT_EQ(server_.requests("/f")[0].head.field("Host"), "b.games.example");
  EXPECT_EQ(pool_->idle_count(), 2U);
}

TEST_F(OriginClientTest, HandsOtherRedirectsOn) {
  OriginReply away;
  away.status = 302;
  away.fields = {{"Location", "http://evil.example/f"}};
  server_.reply("/r", away);
  auto response = fetch(request("/r"));
  ASSERT_TRUE(response);
  EXPECT_EQ((*response)->status(), 302);
  EXPECT_EQ((*response)->location(), "http://evil.example/f");

  away.fields = {{"Location", "/r"}};
  server_.reply("/r", away);
  server_.forget_requests();
  auto circle = fetch(request("/r"));
  ASSERT_TRUE(circle);
  EXPECT_EQ((*circle)->status(), 302);
  EXPECT_EQ(server_.requests("/r").size(), 6U);
}

TEST_F(OriginClientTest, RefusesWhatIsNoHttp) {
  OriginReply bad;
  bad.raw_head = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
  server_.reply("/f", bad);
  const auto response = fetch(request("/f"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::kInvalid);
}

TEST_F(OriginClientTest, NamesAnOriginThatIsDown) {
  const auto response = fetch(request("/f", "dead.games.example"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::kUnavailable);
  EXPECT_NE(response.error().text.find("dead.games.example"), std::string::npos) << response.error().text;
  EXPECT_EQ(pool_->leased_count(), 0U);
}

TEST_F(OriginClientTest, AnAddressThatSwallowsPacketsCostsNoTimeOut) {
  // Its backlog is full, so that the kernel does not answer who knocks. Of so many addresses one has this port free.
  const net::Endpoint good = *net::parse_endpoint(server_.address());
  const net::Listener::Options tiny = {.reuse_port = false, .backlog = 0};
  net::Endpoint silent = good;
  Result<std::unique_ptr<net::Listener>> listener = fail(Errc::kConflict, "not tried");
  for (int i = 2; i < 200 && !listener; ++i) {
    silent.address = *net::parse_address("127.0.0." + std::to_string(i));
    listener = net::Listener::open(loop_.executor(), loop_.sweeper(), silent, tiny);
  }
  ASSERT_TRUE(listener) << listener.error().text;
  const auto first = loop_.run(net::dial(loop_.executor(), loop_.sweeper(), silent, SteadyTime::max()));
  ASSERT_TRUE(first);

  int lookups = 0;
  Resolver resolver(lookups_, clock_, Resolver::Options(), [&](const std::string&) {
    ++lookups;
    return Result<std::vector<net::IpAddress>>({silent.address, good.address});
  });
  NetworkConnector connector(loop_.executor(), loop_.sweeper(), resolver, nullptr, clock_, kForever);
  client_.reset();
  pool_.emplace(loop_.executor(), connector, clock_, ConnectionPool::Options());
  make_client(endless(), kForever);
  server_.put("/f", object(1000));
  OriginRequest asked = request("/f", "127.games.example");
  asked.target.port = good.port;
  auto response = fetch(std::move(asked));
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_FALSE(read_all(**response).error);
  EXPECT_EQ(lookups, 1);
  response->reset();
  client_.reset();
  pool_.reset();
}

TEST_F(OriginClientTest, RedirectsAndNewConnectionsShareOneDeadline) {
  server_.put("/f", object(1000));
  const auto late = loop_.run(client_->fetch(request("/f"), Deadline(clock_.now())));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kTimeout);
  // A silent origin holds a request for as long as the deadline says, however long its own time-outs are.
  OriginReply silent;
  silent.silent = true;
  server_.reply("/silent", silent);
  const auto held = loop_.run(client_->fetch(request("/silent"), Deadline(clock_.now() + milliseconds(300))));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::kTimeout);
}

TEST_F(OriginClientTest, AnOriginHasNoMoreConnectionsThanItMay) {
  ConnectionPool::Options options;
  options.connections_per_origin = 2;
  start(options);
  server_.put("/f", object(1000));
  int done = 0;
  TaskGroup group(loop_.executor());
  for (int i = 0; i < 10; ++i) {
    group.spawn(fetch_and_count("/f", done));
  }
  EXPECT_TRUE(support::eventually([&] {
    fetch_whole("/f");
    return group.running() == 0;
  }));
  EXPECT_EQ(done, 10);
  EXPECT_LE(server_.connections_accepted(), 2U);
  EXPECT_EQ(pool_->leased_count(), 0U);
}

TEST_F(OriginClientTest, WaitingForAConnectionHasAnEnd) {
  ConnectionPool::Options options;
  options.connections_per_origin = 1;
  start(options);
  server_.put("/f", object(5'000'000));
  auto holding = fetch(request("/f"));
  ASSERT_TRUE(holding);

  const auto waiting = loop_.run(client_->fetch(request("/f"), Deadline(clock_.now() + milliseconds(10))));
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, Errc::kTimeout);
  holding->reset();
  EXPECT_TRUE(fetch(request("/f")));
}

// Else whoever waits for longer than connecting may take would be refused, however long its client waits.
TEST_F(OriginClientTest, WaitingForAConnectionIsNoPartOfConnecting) {
  ConnectionPool::Options options;
  options.connections_per_origin = 1;
  start(options);
  server_.put("/f", object(5000));
  auto holding = fetch(request("/f"));
  ASSERT_TRUE(holding);

  make_client(endless(), milliseconds(0));  // no time at all to connect
  int done = 0;
  TaskGroup group(loop_.executor());
  group.spawn(fetch_and_count("/f", done));
  ASSERT_TRUE(support::eventually([&] {
    loop_.poll();
    return pool_->waiting_count(Urgency::kFirstByte) == 1;
  }));
  EXPECT_FALSE(read_all(**holding).error);
  EXPECT_TRUE(support::eventually([&] {
    loop_.poll();
    return group.running() == 0;
  }));
  EXPECT_EQ(done, 1) << "it was given the connection that was used before";
}

TEST_F(OriginClientTest, IdleConnectionsAreClosedAfterAWhile) {
  ConnectionPool::Options options;
  options.idle_timeout = milliseconds(50);
  start(options);
  server_.put("/f", object(1000));
  server_.put("/g", object(1000));
  fetch_whole("/f");
  EXPECT_EQ(pool_->idle_count(), 1U);
  EXPECT_TRUE(support::eventually([&] {
    loop_.poll();
    return pool_->idle_count() == 0;
  }));
}

}  // namespace
}  // namespace larder::origin
