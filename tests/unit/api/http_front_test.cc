#include "api/http_front.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fake_feed.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder::api {
namespace {

using support::as_bytes;
using support::read_to_end;

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  response.content_type = "text/plain";
  return response;
}

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

class HttpFrontTest : public support::TaskFixture {
 public:
  ~HttpFrontTest() override { workers_->stop(); }

 protected:
  HttpFrontTest() {
    Log::Options options{"test", folder_ / "log", Level::kInfo};
    log_ = *Log::open(options);
  }

  /// All that comes back for `bytes`, sent at once by a client that then ends its side.
  std::string exchange(std::string_view bytes) {
    const std::size_t before = tasks_.running();
    connection_ = connect();
    if (!front_) make_front();
    tasks_.spawn(http::serve(*connection_.server, *front_, limits_, stopping_));
    EXPECT_TRUE(run(connection_.client->write_all(as_bytes(bytes))));
    connection_.client->shutdown_send();
    const std::string answer = run(read_to_end(*connection_.client));
    connection_.client->close();
    run_until([&, before] { return tasks_.running() == before; });
    return answer;
  }
  void make_front() {
    const auto answer = [this](const Request& request) {
      ++calls_;
      {
        const std::lock_guard lock(seeing_);
        seen_ = request;
      }
      return handler_(request);
    };
    const auto refuse_stranger = [](const Request& request) -> std::optional<Response> {
      if (request.field("Authorization") != nullptr) return std::nullopt;
      Response response = text("who are you?");
      response.status = 413;
      return response;
    };
    front_ = std::make_unique<HttpFront>(
        HttpFront::Shared{answer, refuse_stranger, *workers_, waiters_, metrics_, clients_, config_, clock_, *log_,
                          [this](Request& request) {
                            if (request.path.starts_with("/api/v1/nodes")) request.match = match_;
                            return request.path == "/slow" ? lane_.get() : nullptr;
                          },
                          connections_},
        executor());
  }
  /// A client of its own that sends `bytes`; served until it goes.
  support::Connection begin(std::string_view bytes) {
    support::Connection connection = connect();
    if (!front_) make_front();
    tasks_.spawn(http::serve(*connection.server, *front_, limits_, stopping_));
    EXPECT_TRUE(run(connection.client->write_all(as_bytes(bytes))));
    return connection;
  }
  /// Reads what comes until it ends with `end`.
  std::string read_until(net::ByteStream& client, std::string_view end) {
    std::string text;
    std::array<std::byte, 65536> buffer{};
    while (!text.ends_with(end)) {
      const auto count = run(client.read_some(buffer));
      if (!count || *count == 0) return text + "<ended>";
      text.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    return text;
  }
  double metric(std::string_view name) {
    const std::string text = "\n" + metrics_.text();
    const std::size_t at = text.find("\n" + std::string(name) + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
  }
  /// Clients that wait for a change of the node, and read an answer to its end.
  std::vector<support::Connection> waiting_clients(std::size_t count) {
    std::vector<support::Connection> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(begin(get("/api/v1/nodes/a", "Connection: close\r\n")));
      run_until([&] { return waiters_.waiting() == i + 1; });
    }
    return clients;
  }
  std::string log_text() {
    log_->flush();
    return support::read_file(folder_ / "log");
  }

  support::TempDir folder_;
  std::unique_ptr<Log> log_;
  SystemClock clock_;
  FakeFeed feed_;
  ChangeWaiters waiters_{feed_};
  PortalMetrics metrics_{"test"};
  http::ClientLimits clients_{http::ClientLimits::Limits(), clock_};
  FrontConfig config_;
  std::unique_ptr<SlowLane> lane_;
  std::unique_ptr<BlockingPool> workers_ = std::make_unique<BlockingPool>("worker", 2, 2);
  std::function<Response(const Request&)> handler_ = [](const Request&) { return text("hello"); };
  std::unique_ptr<HttpFront> front_;
  const Route route_;
  const std::shared_ptr<const RouteMatch> match_ = std::make_shared<const RouteMatch>(RouteMatch{.route = &route_});
  std::mutex seeing_;
  Request seen_;  // the last one
  std::atomic<int> calls_ = 0;
  std::size_t connections_ = 4096;
  http::SessionLimits limits_;
  std::atomic<bool> stopping_ = false;
  support::Connection connection_;
};

TEST_F(HttpFrontTest, ARequestComesWholeToTheHandler) {
  exchange(
      "POST http://portal/api/v1/nodes?q=a%20b&x HTTP/1.1\r\nHost: portal\r\nX-One: 1\r\nContent-Length: "
      "4\r\n\r\nbody");
  EXPECT_EQ(seen_.method, "POST");
  EXPECT_EQ(seen_.path, "/api/v1/nodes");
  EXPECT_EQ(seen_.query, "q=a%20b&x");
  EXPECT_EQ(seen_.body, "body");
  EXPECT_EQ(*seen_.field("x-one"), "1");
  EXPECT_TRUE(seen_.client.is_loopback());
  EXPECT_FALSE(seen_.secure);
}

TEST_F(HttpFrontTest, AnswersCarryTheFieldsThatKeepThemSafe) {
  const std::string answer = exchange(get("/"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
  for (const std::string_view field :
       {"\r\nContent-Length: 5\r\n", "\r\nCache-Control: no-store\r\n", "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n"}) {
    EXPECT_NE(answer.find(field), std::string::npos) << field << answer;
  }
  EXPECT_EQ(answer.find("Strict-Transport-Security"), std::string::npos) << "it came in the clear";
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello"));
}

TEST_F(HttpFrontTest, OverTlsBrowsersAreToldToStayThere) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  const std::string answer = exchange(get("/", "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n"));
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age="), std::string::npos) << answer;
  EXPECT_TRUE(seen_.secure);
  EXPECT_EQ(net::to_string(seen_.client), "192.0.2.1");
}

TEST_F(HttpFrontTest, AHandlersOwnCacheControlStands) {
  handler_ = [](const Request&) { return text("x").with("Cache-Control", "max-age=60"); };
  const std::string answer = exchange(get("/"));
  EXPECT_NE(answer.find("\r\nCache-Control: max-age=60\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("no-store"), std::string::npos);
}

TEST_F(HttpFrontTest, HeadAndNoContentHaveNoBody) {
  const std::string head = exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(head.find("\r\nContent-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  handler_ = [](const Request&) { return Response::no_content(); };
  const std::string none = exchange(get("/"));
  EXPECT_EQ(none.find("Content-Length"), std::string::npos) << none;
}

TEST_F(HttpFrontTest, ABodyThatIsTooLargeIsAProblemAndTheHandlerIsNotAsked) {
  config_.body_limit = 3;
  const std::string answer = exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + get("/"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
  EXPECT_NE(answer.find("urn:larder:problem:too-large"), std::string::npos);
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(calls_, 0);
}

std::string post_of(std::size_t length, std::string_view more = "Authorization: Bearer x\r\n") {
  return fmt::format("POST / HTTP/1.1\r\nHost: a\r\n{}Content-Length: {}\r\n\r\n", more, length);
}

TEST_F(HttpFrontTest, ALargeBodyIsTakenOnlyFromWhoIsKnown) {
  const std::string body(HttpFront::kStrangersBody + 1, 'x');
  const std::string refused = exchange(post_of(body.size(), "") + body);
  EXPECT_TRUE(refused.ends_with("who are you?")) << refused;
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(exchange(post_of(body.size()) + body).ends_with("hello"));
  EXPECT_EQ(seen_.body.size(), body.size());
  EXPECT_TRUE(exchange(post_of(HttpFront::kStrangersBody, "") + body.substr(1)).ends_with("hello"));

  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
  EXPECT_TRUE(exchange(chunked + "\r\n1\r\nx\r\n0\r\n\r\n").ends_with("hello"));
  const std::string chunk = fmt::format("\r\n{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
  EXPECT_TRUE(exchange(chunked + chunk).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(exchange(chunked + "Authorization: Bearer x\r\n" + chunk).ends_with("hello"));
}

TEST_F(HttpFrontTest, WhatBodiesAnnounceTakesNothingFromOthers) {
  workers_ = std::make_unique<BlockingPool>("worker", 2, 100);  // room for all whose turn it is
  std::vector<support::Connection> announced;
  for (int i = 0; i < 70; ++i) announced.push_back(begin(post_of(config_.body_limit) + "x"));
  const std::string body(config_.body_limit, 'x');
  EXPECT_TRUE(exchange(post_of(body.size()) + body).ends_with("hello"));
  for (const auto& connection : announced) connection.client->abort();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, AClientThatHoldsItsShareInBodiesIsRefusedMoreAndNobodyElseIs) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  const auto from = [this](std::string_view client) {
    return post_of(config_.body_limit, fmt::format("Authorization: Bearer x\r\nX-Forwarded-For: {}\r\n", client));
  };
  const std::size_t share = HeldMemory::limits_for(config_.body_limit).of_client;
  const std::string body(config_.body_limit, 'x');
  const std::string unfinished = body.substr(1);
  std::vector<support::Connection> held;
  for (std::size_t i = 0; i < share / config_.body_limit; ++i) held.push_back(begin(from("192.0.2.1") + unfinished));
  run_until([&] { return front_->held() == share; });
  const std::string busy = exchange(from("192.0.2.1") + body.substr(0, HeldMemory::kSmall + 1));
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 503 ")) << busy;
  EXPECT_EQ(metric(R"(larder_portal_client_limits_total{limit="memory"})"), 1);
  EXPECT_TRUE(exchange(from("192.0.2.2") + body).ends_with("hello"));
  for (const auto& connection : held) connection.client->abort();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_EQ(front_->held(), 0U);
  EXPECT_TRUE(exchange(from("192.0.2.1") + body).ends_with("hello"));
}

TEST_F(HttpFrontTest, AnswersThatAreNotTakenCount) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  const std::size_t share = HeldMemory::limits_for(config_.body_limit).of_client;
  handler_ = [&](const Request& request) { return text(std::string(request.path == "/large" ? share + 1 : 1, 'x')); };
  support::Connection slow = begin(get("/large", "X-Forwarded-For: 192.0.2.1\r\n"));
  run_until([&] { return calls_ == 1; });
  run_until([&] { return metric("larder_portal_held_bytes") >= static_cast<double>(share); });
  EXPECT_TRUE(exchange(get("/", "X-Forwarded-For: 192.0.2.1\r\n")).starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(calls_, 1) << "nothing is done that cannot be answered";
  EXPECT_TRUE(exchange(get("/", "X-Forwarded-For: 192.0.2.2\r\n")).starts_with("HTTP/1.1 200 "));
  slow.client->abort();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_TRUE(exchange(get("/", "X-Forwarded-For: 192.0.2.1\r\n")).starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(metric("larder_portal_held_bytes"), 0);
}

TEST_F(HttpFrontTest, AClientHasSoManyRequestsUnderWayAndNoMore) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  clients_.set({.requests = 1});
  handler_ = [this](const Request& request) {
    Response response = text("hello");
    if (request.path == "/wait" && calls_ == 1) response.wait = Response::Wait{"node", "a", std::chrono::hours(1)};
    return response;
  };
  support::Connection waiting = begin(get("/wait", "X-Forwarded-For: 2001:db8::1\r\n"));
  run_until([&] { return waiters_.waiting() == 1; });
  const std::string refused = exchange(get("/", "X-Forwarded-For: 2001:db8::2\r\n"));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << "an IPv6 client is a /64" << refused;
  EXPECT_EQ(metric(R"(larder_portal_client_limits_total{limit="requests"})"), 1);
  EXPECT_TRUE(exchange(get("/", "X-Forwarded-For: 2001:db8:0:1::1\r\n")).ends_with("hello"));
  feed_.announce({"node", "a"});
  EXPECT_TRUE(read_until(*waiting.client, "hello").ends_with("hello"));
  EXPECT_TRUE(exchange(get("/", "X-Forwarded-For: 2001:db8::2\r\n")).ends_with("hello"));
  waiting.client->abort();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, AConnectionThatWaitsForAClientBehindAProxyCountsAsThatClients) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  http::IdleConnections all;
  support::Connection proxy = connect();
  http::IdleConnections::Connection idle(all, *proxy.server);
  make_front();
  tasks_.spawn(http::serve(*proxy.server, *front_, limits_, stopping_, &idle));
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 2\r\n\r\n";
  ASSERT_TRUE(run(proxy.client->write_all(as_bytes(head))));
  run_until([&] { return net::to_string(all.crowd().site) == "192.0.2.1"; });
  ASSERT_TRUE(run(proxy.client->write_all(as_bytes("ab"))));
  EXPECT_TRUE(read_until(*proxy.client, "hello").ends_with("hello"));
  run_until([&] { return net::to_string(all.crowd().site) == "127.0.0.1"; });
  proxy.client->close();
  run_until([&] { return tasks_.running() == 0; });
}

Response counted_piece(const Request& request) {
  const int number = request.piece.empty() ? 1 : std::stoi(request.piece);
  Response response = text(std::to_string(number));
  response.body += std::string(9, '.');
  if (number < 3) response.next = std::to_string(number + 1);
  return response;
}

TEST_F(HttpFrontTest, AnAnswerInPiecesIsMadeAsItIsTaken) {
  handler_ = counted_piece;
  const std::string answer = exchange(get("/") + get("/"));
  EXPECT_NE(answer.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\na\r\n1.........\r\na\r\n2.........\r\na\r\n3.........\r\n0\r\n\r\n")) << answer;
  EXPECT_EQ(calls_, 6) << "and the connection goes on";

  const std::string old = exchange("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.ends_with("\r\n\r\n1.........2.........3.........")) << old;
  EXPECT_EQ(old.find("chunked"), std::string::npos);
  const std::string head = exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST_F(HttpFrontTest, AClientThatTakesNothingHoldsOnePieceAndNoWorker) {
  constexpr std::size_t kLarge = 8 << 20;  // more than what the kernel takes in
  handler_ = [](const Request&) {
    Response response = text(std::string(kLarge, 'x'));
    response.next = "more";
    return response;
  };
  workers_ = std::make_unique<BlockingPool>("worker", 1, 1);
  config_.workers = 1;
  support::Connection slow = begin(get("/"));
  run_until([&] { return metric("larder_portal_held_bytes") >= kLarge; });
  handler_ = [](const Request&) { return text("hello"); };
  EXPECT_TRUE(exchange(get("/")).ends_with("hello"));
  EXPECT_EQ(calls_, 2);
  slow.client->abort();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, AnAnswerInPiecesThatFailsDoesNotLookWhole) {
  handler_ = [](const Request& request) {
    Response response = counted_piece(request);
    if (!request.piece.empty()) response.status = 503;
    return response;
  };
  const std::string answer = exchange(get("/"));
  EXPECT_TRUE(answer.ends_with(">")) << "reset, and not ended: " << answer;
  EXPECT_NE(log_text().find("answer broken off"), std::string::npos);
}

TEST_F(HttpFrontTest, WhatIsNoHttpIsAProblemToo) {
  const std::string answer = exchange("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("urn:larder:problem:malformed"), std::string::npos) << answer;
}

TEST_F(HttpFrontTest, ASlowBodyIsAProblem) {
  limits_.body = std::chrono::milliseconds(1);
  connection_ = connect();
  make_front();
  tasks_.spawn(http::serve(*connection_.server, *front_, limits_, stopping_));
  ASSERT_TRUE(
      run(connection_.client->write_all(as_bytes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"))));
  const std::string answer = run(read_to_end(*connection_.client));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_NE(answer.find("\"status\":408"), std::string::npos) << answer;
  connection_.client->close();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, WhoFindsAllWorkersBusyIsToldToComeAgain) {
  workers_ = std::make_unique<BlockingPool>("worker", 1, 1);
  std::promise<void> begun;
  std::promise<void> release;
  auto released = release.get_future();
  ASSERT_TRUE(workers_->try_post([&] {
    begun.set_value();
    released.wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(workers_->try_post([] {}));
  const std::string answer = exchange(get("/"));
  release.set_value();
  workers_->stop();  // the promises live until the job has seen them
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos) << answer;
  EXPECT_EQ(calls_, 0);
}

Response unchanged(std::chrono::milliseconds patience) {
  Response response;
  response.status = 304;
  response.wait = Response::Wait{"node", "a", patience};
  return response;
}

TEST_F(HttpFrontTest, AWaitingRequestIsAnsweredAnewWhenSomethingChanges) {
  handler_ = [this](const Request&) {
    if (calls_ < 2) return unchanged(std::chrono::minutes(5));
    return text("changed");
  };
  connection_ = connect();
  make_front();
  tasks_.spawn(http::serve(*connection_.server, *front_, limits_, stopping_));
  ASSERT_TRUE(run(connection_.client->write_all(as_bytes(get("/api/v1/nodes/a", "Connection: close\r\n")))));
  run_until([&] { return waiters_.waiting() == 1; });
  feed_.announce({"node", "a"});
  EXPECT_TRUE(run(read_to_end(*connection_.client)).ends_with("changed"));
  EXPECT_EQ(calls_, 2);
  connection_.client->close();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, AChangeWhileTheHandlerLooksIsNotMissed) {
  handler_ = [this](const Request&) {
    if (calls_ == 2) return text("changed");
    feed_.announce({"node", "a"});  // after its look, before the wait
    return unchanged(std::chrono::minutes(5));
  };
  EXPECT_TRUE(exchange(get("/api/v1/nodes/a")).ends_with("changed"));
}

TEST_F(HttpFrontTest, WithoutAChangeTheFirstAnswerIsSent) {
  handler_ = [](const Request&) { return unchanged(std::chrono::milliseconds(20)); };
  EXPECT_TRUE(exchange(get("/api/v1/nodes/a")).starts_with("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_EQ(calls_, 1);
}

TEST_F(HttpFrontTest, WhoStopsWaitingIsNotWaitedFor) {
  handler_ = [](const Request&) { return unchanged(std::chrono::hours(1)); };
  EXPECT_TRUE(exchange(get("/api/v1/nodes/a")).starts_with("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_EQ(waiters_.waiting(), 0U);
}

TEST_F(HttpFrontTest, ThoseWhomAChangeWakesLeaveAWorkerToOthers) {
  config_.workers = 4;
  workers_ = std::make_unique<BlockingPool>("worker", 4, 100);
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> asking = 0;
  std::atomic<bool> woken = false;
  handler_ = [&](const Request&) {
    if (!woken) return unchanged(std::chrono::minutes(5));
    ++asking;
    released.wait();
    return text("changed");
  };
  make_front();
  const std::vector<support::Connection> clients = waiting_clients(50);
  woken = true;
  feed_.announce({"node", "a"});
  run_until([&] { return front_->queued() == 47 && asking == 3; });
  release.set_value();
  for (const auto& client : clients) {
    EXPECT_TRUE(run(read_to_end(*client.client)).ends_with("changed"));
    client.client->close();
  }
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, WhoWaitsLeavesConnectionsToOthers) {
  connections_ = 8;  // half for those who wait, and half of those that are left for one site
  handler_ = [](const Request&) { return unchanged(std::chrono::minutes(5)); };
  make_front();
  const std::vector<support::Connection> clients = waiting_clients(2);
  EXPECT_TRUE(exchange(get("/api/v1/nodes/a")).starts_with("HTTP/1.1 304 Not Modified\r\n"));
  waiters_.stop();
  for (const auto& client : clients) {
    EXPECT_TRUE(run(read_to_end(*client.client)).starts_with("HTTP/1.1 304 Not Modified\r\n"));
    client.client->close();
  }
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, RequestsOfALaneHoldUpNobodyElse) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> begun = 0;
  workers_ = std::make_unique<BlockingPool>("worker", 1, 1);
  lane_ = std::make_unique<SlowLane>(SlowLane::Options{.name = "slow",
                                                       .threads = 1,
                                                       .queue = 2,
                                                       .of_network = 2,
                                                       .of_site = 2,
                                                       .patience = support::kPatience,
                                                       .refusal = "too many sign in"});
  handler_ = [&](const Request& request) {
    if (request.path != "/slow") return text("quick");
    ++begun;
    asio::post(context_, [] {});  // wakes run_until()
    released.wait();
    return text("slow");
  };
  make_front();
  std::vector<support::Connection> slow;
  for (std::size_t i = 0; i < 3; ++i) {
    slow.push_back(connect());
    tasks_.spawn(http::serve(*slow.back().server, *front_, limits_, stopping_));
    ASSERT_TRUE(run(slow.back().client->write_all(as_bytes(get("/slow", "Connection: close\r\n")))));
    run_until([&] { return begun == 1 && lane_->queued() == i; });
  }
  EXPECT_TRUE(exchange(get("/")).ends_with("quick"));
  EXPECT_TRUE(exchange(get("/")).ends_with("quick"));
  const std::string refused = exchange(get("/slow"));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("\r\nRetry-After: 5\r\n"), std::string::npos) << refused;
  EXPECT_NE(refused.find("too many sign in"), std::string::npos) << refused;
  EXPECT_EQ(begun, 1) << "all of that while one was under way";
  EXPECT_EQ(lane_->queued(), 2U);
  release.set_value();
  for (const auto& client : slow) {
    EXPECT_TRUE(run(read_to_end(*client.client)).ends_with("slow"));
    client.client->close();
  }
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, ClientsTakeTurnsWithTheWorkers) {
  config_.trusted_proxies = {*net::parse_prefix("127.0.0.0/8")};
  config_.workers = 1;
  workers_ = std::make_unique<BlockingPool>("worker", 1, 100);
  std::promise<void> release;
  auto released = release.get_future();
  std::vector<std::string> order;
  handler_ = [&](const Request& request) {
    if (request.path == "/first") released.wait();
    order.push_back(request.path);
    return text("hello");
  };
  std::vector<support::Connection> clients;
  const auto ask = [&](std::string_view path, std::string_view client, std::size_t queued) {
    clients.push_back(begin(get(path, fmt::format("X-Forwarded-For: {}\r\nConnection: close\r\n", client))));
    run_until([&] { return queued == 0 ? calls_ == 1 : front_->queued() == queued; });
  };
  ask("/first", "192.0.2.1", 0);
  for (std::size_t i = 1; i <= 20; ++i) ask("/flood", "192.0.2.1", i);
  ask("/one", "192.0.2.2", 21);
  release.set_value();
  for (const auto& connection : clients) EXPECT_TRUE(run(read_to_end(*connection.client)).ends_with("hello"));
  ASSERT_EQ(order.size(), 22U);
  EXPECT_LE(std::find(order.begin(), order.end(), "/one") - order.begin(), 2) << "one of the flood's came before it";
  for (const auto& connection : clients) connection.client->close();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, TheLogHasNoSecrets) {
  handler_ = [](const Request&) {
    Response response = text("x");
    response.user_id = "user-1";
    return response.with("Set-Cookie", "larder=in-the-answer");
  };
  exchange(
      "POST /api/v1/nodes?token=in-the-query HTTP/1.1\r\nHost: a\r\nCookie: larder=in-the-cookie\r\n"
      "Authorization: Bearer in-the-header\r\nContent-Length: 11\r\n\r\nin-the-body");
  exchange(get("/api/v1/device-codes/ABCD-EFGH"));
  const std::string log = log_text();
  EXPECT_NE(log.find(R"("method":"POST","path":"/api/v1/nodes","status":200)"), std::string::npos) << log;
  EXPECT_NE(log.find(R"("user":"user-1")"), std::string::npos) << log;
  EXPECT_EQ(log.find("in-the"), std::string::npos) << log;
  EXPECT_EQ(log.find("ABCD"), std::string::npos) << log;
}

TEST_F(HttpFrontTest, AClientFillsNoLogWithAPath) {
  exchange(get("/" + std::string(9000, 'p')));
  exchange(get("/api/v1/nodes/" + std::string(200, 'n') + std::string(9000, 'q')));
  const std::string log = log_text();
  EXPECT_NE(log.find("/" + std::string(99, 'p') + "..."), std::string::npos) << log;
  EXPECT_EQ(log.find(std::string(100, 'p')), std::string::npos) << "it leads nowhere";
  EXPECT_NE(log.find(std::string(200, 'n')), std::string::npos) << "names are whole";
  EXPECT_EQ(log.find(std::string(1000, 'q')), std::string::npos);
}

TEST_F(HttpFrontTest, RequestsAreCountedByClassOfPath) {
  RouteTable routes;
  routes.add({.method = "GET", .path = "/nodes/{node}", .handler = nullptr});
  metrics_.know(routes);
  exchange(get("/api/v1/nodes/a"));
  exchange(get("/api/v1/rubbish/b"));
  const std::string text = metrics_.text();
  EXPECT_NE(text.find(R"(larder_portal_requests_total{method="GET",route="nodes",status="200"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"(larder_portal_requests_total{method="GET",route="other",status="200"} 1)"), std::string::npos);
}

TEST_F(HttpFrontTest, WhoWaitedForAWorkerIsAskedAgainWhetherItTakesItsAnswers) {
  config_.workers = 1;
  workers_ = std::make_unique<BlockingPool>("worker", 1, 100);
  const std::size_t share = HeldMemory::limits_for(config_.body_limit).of_client;
  std::promise<void> release;
  auto released = release.get_future();
  handler_ = [&](const Request& request) {
    if (request.path != "/large") return text("hello");
    released.wait();
    return text(std::string(share + 1, 'x'));
  };
  const support::Connection lazy = begin(get("/large"));
  run_until([&] { return calls_ == 1; });
  const support::Connection waiting = begin(get("/"));
  run_until([&] { return front_->queued() == 1; });
  release.set_value();
  EXPECT_TRUE(read_until(*waiting.client, "}").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(metric("larder_portal_database_errors_total"), 0);
  lazy.client->abort();
  waiting.client->close();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, ATextThatLivesAsLongAsTheProgramIsSentAndHoldsNothing) {
  static const std::string all(8 << 20, 'x');  // more than what the kernel takes in
  handler_ = [](const Request&) {
    Response response = text("");
    response.text = all;
    return response;
  };
  const support::Connection lazy = begin(get("/"));
  run_until([&] { return calls_ == 1; });
  const std::string answer = exchange(get("/"));
  EXPECT_NE(answer.find("\r\nContent-Length: 8388608\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with(all));
  EXPECT_EQ(front_->held(), 0U);
  lazy.client->abort();
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(HttpFrontTest, OnceTheServerStopsAnAnswerThatIsNotTakenHasALittleTimeLeft) {
  config_.send_stall = std::chrono::hours(1);
  static const std::string all(8 << 20, 'x');  // more than what the kernel takes in
  handler_ = [](const Request&) {
    Response response = text("");
    response.text = all;
    return response;
  };
  const support::Connection lazy = begin(get("/"));
  const support::Connection taking = begin(get("/"));
  run_until([&] { return calls_ == 2; });
  stopping_ = true;
  EXPECT_TRUE(run(read_to_end(*taking.client)).ends_with("\r\n\r\n" + all)) << "who takes it gets it whole";
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_TRUE(run(read_to_end(*lazy.client)).ends_with("<unavailable>")) << "reset";
}

TEST_F(HttpFrontTest, AMethodIsCutInTheLog) {
  exchange(std::string(9000, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(seen_.method.size(), 9000U);
  EXPECT_EQ(log_text().find(std::string(33, 'M')), std::string::npos);
}

}  // namespace
}  // namespace larder::api
