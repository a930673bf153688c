#include "api/http_front.h"

#include <array>
#include <atomic>
#include <functional>
#include <future>
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
      seen_ = request;
      return handler_(request);
    };
    front_ = std::make_unique<HttpFront>(
        HttpFront::Shared{answer, *workers_, waiters_, metrics_, config_, clock_, *log_,
                          [this](const Request& request) { return request.path == "/slow" ? lane_.get() : nullptr; }},
        executor());
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
  portal::PortalConfig config_;
  std::unique_ptr<SlowLane> lane_;
  std::unique_ptr<BlockingPool> workers_ = std::make_unique<BlockingPool>("worker", 2, 2);
  std::function<Response(const Request&)> handler_ = [](const Request&) { return text("hello"); };
  std::unique_ptr<HttpFront> front_;
  Request seen_;
  std::atomic<int> calls_ = 0;
  http::SessionLimits limits_;
  std::atomic<bool> stopping_ = false;
  support::Connection connection_;
};

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

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

TEST_F(HttpFrontTest, BodiesAreTakenInOnlyAsFarAsThereIsMemoryForThem) {
  config_.body_limit = HttpFront::kBodyMemory;
  make_front();
  support::Connection first = connect();
  tasks_.spawn(http::serve(*first.server, *front_, limits_, stopping_));
  const std::string announced = std::to_string(HttpFront::kBodyMemory - 1);
  ASSERT_TRUE(run(first.client->write_all(
      as_bytes("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " + announced + "\r\n\r\n"))));
  std::array<std::byte, 100> go_on{};
  ASSERT_TRUE(run(first.client->read_some(go_on)));
  const std::string busy = exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 503 ")) << busy;
  first.client->abort();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                  .starts_with("HTTP/1.1 200 "));
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

TEST_F(HttpFrontTest, OfThoseWhomAChangeWakesOnlySomeAskAtATime) {
  config_.workers = 2;  // so one
  workers_ = std::make_unique<BlockingPool>("worker", 2, 100);
  std::atomic<int> asking = 0;
  std::atomic<int> most = 0;
  std::atomic<bool> woken = false;
  handler_ = [&](const Request&) {
    if (!woken) return unchanged(std::chrono::minutes(5));
    most = std::max<int>(most, ++asking);
    std::this_thread::yield();
    --asking;
    return text("changed");
  };
  make_front();
  std::vector<support::Connection> clients;
  for (std::size_t i = 0; i < 50; ++i) {
    clients.push_back(connect());
    tasks_.spawn(http::serve(*clients.back().server, *front_, limits_, stopping_));
    ASSERT_TRUE(run(clients.back().client->write_all(as_bytes(get("/api/v1/nodes/a", "Connection: close\r\n")))));
    run_until([&] { return waiters_.waiting() == i + 1; });
  }
  woken = true;
  feed_.announce({"node", "a"});
  for (const auto& client : clients) {
    EXPECT_TRUE(run(read_to_end(*client.client)).ends_with("changed"));
    client.client->close();
  }
  EXPECT_EQ(most, 1);
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

}  // namespace
}  // namespace larder::api
