#include "http/server_session.h"

#include <array>
#include <string>
#include <vector>

#include "http/head_writer.h"
#include "support/task_fixture.h"

namespace larder::http {
namespace {

using support::as_bytes;
using support::read_to_end;

/// Answers with the target as the body, and records what it was asked.
class Echo final : public RequestHandler {
 public:
  Task<Persistence> handle(Exchange& exchange) override {
    targets.emplace_back(exchange.head.target);
    if (on_request) on_request();
    std::string answer;
    HeadWriter writer(answer);
    writer.status(200).field("Content-Length", exchange.head.target.size());
    writer.field("Connection", exchange.keep_alive ? "keep-alive" : "close").finish();
    answer += exchange.head.target;
    const auto written = co_await exchange.stream.write_all(as_bytes(answer));
    co_return written ? outcome : Persistence::kAbort;
  }
  void refused(net::ByteStream&, const HeadProblem& problem) override { refusals.push_back(problem.status); }

  std::vector<std::string> targets;
  std::vector<int> refusals;
  std::function<void()> on_request;
  Persistence outcome = Persistence::kKeep;
};

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

std::string ok(std::string_view target, std::string_view connection = "keep-alive") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(target.size()) +
         "\r\nConnection: " + std::string(connection) + "\r\n\r\n" + std::string(target);
}

class ServerSessionTest : public support::TaskFixture {
 protected:
  void start() {
    connection_ = connect();
    tasks_.spawn(serve(*connection_.server, handler_, limits_, stopping_, nullptr, &retiring_));
  }
  void send(std::string_view text) { ASSERT_TRUE(run(connection_.client->write_all(as_bytes(text)))); }

  /// Sends `text` and the end, and gives back all that the server says until it closes.
  std::string exchange(std::string_view text) {
    start();
    send(text);
    connection_.client->shutdown_send();
    return finish();
  }
  std::string finish() {
    const std::string answer = run(read_to_end(*connection_.client));
    connection_.client->close();
    run_until([&] { return tasks_.running() == 0; });
    return answer;
  }

  Echo handler_;
  SessionLimits limits_;
  std::atomic<bool> stopping_ = false;
  bool retiring_ = false;
  support::Connection connection_;
};

TEST_F(ServerSessionTest, AnswersOneRequestAfterTheOther) {
  start();
  send(get("/1"));
  std::array<std::byte, 256> buffer{};
  ASSERT_EQ(run(connection_.client->read_some(buffer)).value(), ok("/1").size());
  send(get("/2"));
  ASSERT_EQ(run(connection_.client->read_some(buffer)).value(), ok("/2").size());
  connection_.client->shutdown_send();
  EXPECT_EQ(finish(), "");
}

TEST_F(ServerSessionTest, AnswersPipelinedRequestsInOrder) {
  std::string requests;
  std::string answers;
  for (int i = 0; i < 500; ++i) {
    requests += get("/" + std::to_string(i), "X-Padding: " + std::string(100, 'x') + "\r\n");
    answers += ok("/" + std::to_string(i));
  }
  EXPECT_EQ(exchange(requests), answers);
}

TEST_F(ServerSessionTest, ReadsAHeadThatComesByteByByte) {
  start();
  for (const char byte : get("/slow")) send(std::string_view(&byte, 1));
  connection_.client->shutdown_send();
  EXPECT_EQ(finish(), ok("/slow"));
}

TEST_F(ServerSessionTest, ClosesWhenTheClientAsksForIt) {
  start();
  send(get("/1", "Connection: close\r\n"));
  EXPECT_EQ(finish(), ok("/1", "close"));
}

TEST_F(ServerSessionTest, ClosesWhenTheHandlerAsksForIt) {
  handler_.outcome = Persistence::kClose;
  start();
  send(get("/1") + get("/2"));
  EXPECT_EQ(run(read_to_end(*connection_.client)), ok("/1"));
  connection_.client->close();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_EQ(handler_.targets.size(), 1u);
}

TEST_F(ServerSessionTest, AnAbortIsAReset) {
  handler_.outcome = Persistence::kAbort;
  start();
  send(get("/1"));
  const std::string answer = finish();
  EXPECT_TRUE(answer.ends_with("<unavailable>")) << answer;
}

TEST_F(ServerSessionTest, ABadHeadIsAnsweredAndTheConnectionEnds) {
  const std::string answer = exchange("GET / HTTP/1.1\r\n\r\n" + get("/2"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nthere is no Host\n")) << answer;
  EXPECT_EQ(handler_.refusals, std::vector<int>{400});
  EXPECT_TRUE(handler_.targets.empty());
}

TEST_F(ServerSessionTest, AnAnswerBeforeABadHeadStillArrives) {
  const std::string answer = exchange(get("/1") + "rubbish\r\n\r\n");
  EXPECT_TRUE(answer.starts_with(ok("/1") + "HTTP/1.1 400 ")) << answer;
}

TEST_F(ServerSessionTest, AnOversizedHeadIsRefused) {
  const std::string answer = exchange(get("/" + std::string(100'000, 'x')));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(ServerSessionTest, TheAnswerArrivesAlthoughTheClientGoesOnSending) {
  start();
  const std::string body(200'000, 'x');
  send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body);
  connection_.client->shutdown_send();
  const std::string answer = finish();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.ends_with("GET with a body is not served here\n")) << answer;
}

TEST_F(ServerSessionTest, AnotherMethodWithABodyIsNotAllowed) {
  const std::string answer = exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_NE(answer.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
}

TEST_F(ServerSessionTest, ABodyIsNeverTakenForARequest) {
  for (const char* framing :
       {"Content-Length: 30\r\n", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n"}) {
    exchange(get("/1", framing) + get("/smuggled"));
  }
  EXPECT_TRUE(handler_.targets.empty());
  EXPECT_EQ(handler_.refusals.size(), 4u);
}

TEST_F(ServerSessionTest, AClientThatSaysNothingIsLeftWithoutAnAnswer) {
  limits_.idle = std::chrono::milliseconds(1);
  start();
  EXPECT_EQ(finish(), "");
  EXPECT_TRUE(handler_.refusals.empty());
}

TEST_F(ServerSessionTest, AHeadThatTakesTooLongIsRefused) {
  limits_.head = std::chrono::milliseconds(1);
  start();
  send("GET / HT");
  EXPECT_TRUE(finish().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(handler_.refusals, std::vector<int>{408});
}

TEST_F(ServerSessionTest, AClientThatLeavesInsideAHeadIsLeftWithoutAnAnswer) {
  EXPECT_EQ(exchange("GET / HT"), "");
  EXPECT_TRUE(handler_.refusals.empty());
}

TEST_F(ServerSessionTest, AnIdleConnectionEndsWhenTheServerStops) {
  start();
  send(get("/1"));
  std::array<std::byte, 256> buffer{};
  ASSERT_TRUE(run(connection_.client->read_some(buffer)));
  stopping_ = true;
  EXPECT_EQ(finish(), "");
}

TEST_F(ServerSessionTest, AfterAStopOnlyTheResponseUnderWayIsFinished) {
  handler_.on_request = [&] { stopping_ = true; };
  start();
  send(get("/1") + get("/2"));
  EXPECT_EQ(run(read_to_end(*connection_.client)), ok("/1"));
  connection_.client->close();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_EQ(handler_.targets.size(), 1u);
}

TEST_F(ServerSessionTest, AnIdleConnectionGetsOneMoreResponseOnceTheServerRetires) {
  start();
  send(get("/1"));
  std::array<std::byte, 256> buffer{};
  ASSERT_EQ(run(connection_.client->read_some(buffer)).value(), ok("/1").size());
  retiring_ = true;
  send(get("/2") + get("/3"));
  EXPECT_EQ(finish(), ok("/2", "close"));
  EXPECT_EQ(handler_.targets.size(), 2u);
}

// Its head may be on the way already.
TEST_F(ServerSessionTest, AfterTheResponseUnderWayAsTheServerRetiresThereIsOneMore) {
  handler_.on_request = [&] { retiring_ = true; };
  start();
  send(get("/1"));
  std::array<std::byte, 256> buffer{};
  ASSERT_EQ(run(connection_.client->read_some(buffer)).value(), ok("/1").size());
  send(get("/2"));
  EXPECT_EQ(finish(), ok("/2", "close"));
}

TEST_F(ServerSessionTest, AnOldClientIsServedAndClosed) {
  start();
  send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(finish(), ok("/old", "close"));
}

TEST_F(ServerSessionTest, AnotherConnectionIsServedBesideAnEndlessPipeline) {
  // The pipeline is always readable: without taking turns its session would never wait.
  start();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += get("/a");
  send(requests);
  support::Connection other = connect();
  tasks_.spawn(serve(*other.server, handler_, limits_, stopping_));
  ASSERT_TRUE(run(other.client->write_all(as_bytes(get("/other", "Connection: close\r\n")))));
  EXPECT_EQ(run(read_to_end(*other.client)), ok("/other", "close"));
  connection_.client->shutdown_send();
  EXPECT_EQ(finish().size(), 100 * ok("/a").size());
}

}  // namespace
}  // namespace larder::http
