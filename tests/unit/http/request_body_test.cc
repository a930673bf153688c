#include "http/request_body.h"

#include <array>
#include <string>
#include <vector>

#include "http/head_writer.h"
#include "http/server_session.h"
#include "support/task_fixture.h"

namespace larder::http {
namespace {

using support::as_bytes;
using support::read_to_end;

/// Answers with method, target and body, or with the status of what is wrong with the body.
class Taker final : public RequestHandler {
 public:
  Task<Persistence> handle(Exchange& exchange) override {
    seen.emplace_back(std::string(exchange.head.method_text) + " " + std::string(exchange.head.target));
    int status = 200;
    std::string said = "unread";
    if (reads) {
      auto body = co_await exchange.body.read(limit, may_hold);
      status = body ? 200 : body.error().status;
      said = body ? *std::move(body) : body.error().text;
    }
    std::string answer;
    HeadWriter writer(answer);
    writer.status(status).field("Content-Length", said.size());
    if (!exchange.stays_open()) writer.field("Connection", "close");
    writer.finish();
    answer += said;
    const auto written = co_await exchange.stream.write_all(as_bytes(answer));
    co_return written ? Persistence::kKeep : Persistence::kAbort;
  }
  bool takes_bodies() const override { return true; }
  void refused(net::ByteStream&, const HeadProblem& problem) override { refusals.push_back(problem.status); }

  std::size_t limit = 100'000;
  bool reads = true;
  RequestBody::MayHold may_hold;
  std::vector<std::string> seen;
  std::vector<int> refusals;
};

std::string ok(std::string_view body, std::string_view more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
         std::string(body);
}

std::string post(std::string_view target, std::string_view framing, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(framing) + "\r\n\r\n" +
         std::string(body);
}

std::string with_length(std::string_view target, std::string_view body) {
  return post(target, "Content-Length: " + std::to_string(body.size()), body);
}

std::string chunked(std::string_view target, std::string_view chunks) {
  return post(target, "Transfer-Encoding: chunked", chunks);
}

const std::string kGet = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

class RequestBodyTest : public support::TaskFixture {
 protected:
  void start() {
    connection_ = connect();
    tasks_.spawn(serve(*connection_.server, handler_, limits_, stopping_));
  }
  void send(std::string_view text) { ASSERT_TRUE(run(connection_.client->write_all(as_bytes(text)))); }
  std::string finish() {
    const std::string answer = run(read_to_end(*connection_.client));
    connection_.client->close();
    run_until([&] { return tasks_.running() == 0; });
    return answer;
  }
  /// All that the server says to `text`, sent at once.
  std::string exchange(std::string_view text) {
    start();
    send(text);
    connection_.client->shutdown_send();
    return finish();
  }
  /// The same, sent byte by byte.
  std::string trickle(std::string_view text) {
    start();
    for (const char byte : text) send(std::string_view(&byte, 1));
    connection_.client->shutdown_send();
    return finish();
  }
  std::string read_some() {
    std::array<std::byte, 4096> buffer{};
    const auto count = run(connection_.client->read_some(buffer));
    return count ? std::string(reinterpret_cast<const char*>(buffer.data()), *count) : "";
  }

  Taker handler_;
  SessionLimits limits_;
  std::atomic<bool> stopping_ = false;
  support::Connection connection_;
};

TEST_F(RequestBodyTest, ABodyWithALengthIsReadAndTheNextRequestFollows) {
  const std::string requests = with_length("/a", "hello") + kGet + with_length("/b", "again");
  const std::string answers = ok("hello") + ok("") + ok("again");
  EXPECT_EQ(exchange(requests), answers);
  EXPECT_EQ(trickle(requests), answers);
}

TEST_F(RequestBodyTest, ABodyInChunksIsReadAndTheNextRequestFollows) {
  const std::string requests =
      chunked("/a", "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: t\r\n\r\n") + kGet + chunked("/b", "0\r\n\r\n") + kGet;
  const std::string answers = ok("hello!") + ok("") + ok("") + ok("");
  EXPECT_EQ(exchange(requests), answers);
  EXPECT_EQ(trickle(requests), answers);
}

TEST_F(RequestBodyTest, RequestsBehindAChunkedBodyThatCameLaterAreKept) {
  // The end of the body and the requests behind it are received together, after the head.
  start();
  send(chunked("/a", ""));
  run_until([&] { return !handler_.seen.empty(); });
  std::string rest = "1\r\nx\r\n0\r\n\r\n";
  std::string answers = ok("x");
  for (int i = 0; i < 40; ++i) {
    rest += with_length("/more", std::string(40, 'b'));
    answers += ok(std::string(40, 'b'));
  }
  send(rest);
  connection_.client->shutdown_send();
  EXPECT_EQ(finish(), answers);
}

TEST_F(RequestBodyTest, ABodyAsLargeAsTheLimitIsTakenAndOneByteMoreIsNot) {
  handler_.limit = 40'000;
  const std::string fits(40'000, 'x');
  EXPECT_EQ(exchange(with_length("/", fits) + kGet), ok(fits) + ok(""));
  EXPECT_EQ(exchange(chunked("/", "9C40\r\n" + fits + "\r\n0\r\n\r\n") + kGet), ok(fits) + ok(""));
  for (const std::string& request :
       {with_length("/", fits + "x"), chunked("/", "9C41\r\n" + fits + "x\r\n0\r\n\r\n")}) {
    handler_.seen.clear();
    const std::string answer = exchange(request + kGet);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Content Too Large\r\n")) << answer.substr(0, 100);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(handler_.seen, std::vector<std::string>{"POST /"});
  }
}

TEST_F(RequestBodyTest, AnUnreadBodyIsNeverTakenForARequest) {
  handler_.reads = false;
  for (const std::string& request : {with_length("/", kGet), chunked("/", "24\r\n" + kGet + "\r\n0\r\n\r\n")}) {
    handler_.seen.clear();
    EXPECT_EQ(exchange(request + kGet), ok("unread", "Connection: close\r\n"));
    EXPECT_EQ(handler_.seen, std::vector<std::string>{"POST /"});
  }
}

TEST_F(RequestBodyTest, DoubtfulFramingIsRefused) {
  for (const char* framing :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3, 3", "Content-Length: +3", "Content-Length: 0x3",
        "Content-Length: ", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding : chunked"}) {
    const std::string answer = exchange(post("/", framing, "abc" + kGet));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 501 ")) << framing << answer;
  }
  EXPECT_TRUE(handler_.seen.empty());
  EXPECT_EQ(handler_.refusals.size(), 10u);
}

TEST_F(RequestBodyTest, BadChunksEndTheConnection) {
  for (const char* chunks :
       {"x\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "-1\r\n", "11111111111111111\r\n"}) {
    handler_.seen.clear();
    const std::string answer = exchange(chunked("/", chunks) + kGet);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << chunks << answer;
    EXPECT_EQ(handler_.seen.size(), 1u) << chunks;
  }
}

TEST_F(RequestBodyTest, ABodyThatEndsEarlyIsNoBody) {
  const std::string answer = exchange(post("/", "Content-Length: 10", "short"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("cut off after 5 of 10 bytes"), std::string::npos) << answer;
}

TEST_F(RequestBodyTest, ABodyThatTakesTooLongIsRefused) {
  limits_.body = std::chrono::milliseconds(1);
  start();
  send(post("/", "Content-Length: 10", "short"));
  const std::string answer = finish();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST_F(RequestBodyTest, ABodyThatComesTooSlowlyIsRefusedHoweverLongItMayTakeInAll) {
  limits_.body = std::chrono::hours(1);
  limits_.head = std::chrono::milliseconds(1);
  limits_.body_rate = 1'000'000;
  start();
  send(post("/", "Content-Length: 100000", "x"));
  EXPECT_TRUE(finish().starts_with("HTTP/1.1 408 "));
}

TEST_F(RequestBodyTest, ABodyThatComesAtTheRateThatItHasToIsTaken) {
  limits_.body = std::chrono::hours(1);
  limits_.head = std::chrono::milliseconds(1);
  limits_.body_rate = 1;  // what has come is good for hours
  start();
  send(post("/", "Content-Length: 60000", std::string(50'000, 'x')));
  std::array<std::byte, 100> none{};
  connection_.client->expire_at(std::chrono::steady_clock::now() + 3 * net::DeadlineSweeper::kInterval);
  EXPECT_FALSE(run(connection_.client->read_some(none))) << "nothing is refused yet";
  connection_.client->expire_at(SteadyTime::max());
  send(std::string(10'000, 'x'));
  connection_.client->shutdown_send();
  EXPECT_EQ(finish(), ok(std::string(60'000, 'x')));
}

TEST_F(RequestBodyTest, MemoryIsAskedForAsTheBodyComesAndNotAsItIsAnnounced) {
  std::vector<std::size_t> asked;
  handler_.may_hold = [&](std::size_t bytes) -> std::optional<HeadProblem> {
    asked.push_back(bytes);
    if (bytes > 40'000) return HeadProblem(503, "no more");
    return std::nullopt;
  };
  start();
  send(post("/", "Content-Length: 90000", std::string(20'000, 'x')));
  run_until([&] { return asked.size() == 2; });
  EXPECT_EQ(asked, (std::vector<std::size_t>{16'384, 32'768}));
  send(std::string(20'000, 'x'));
  const std::string answer = finish();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.ends_with("no more")) << answer;
  asked.clear();
  exchange(with_length("/", "short"));
  EXPECT_EQ(asked, std::vector<std::size_t>{6}) << "never more than was announced, but for a byte";
}

TEST_F(RequestBodyTest, AClientThatAsksFirstIsToldToGoOn) {
  start();
  send(post("/", "Content-Length: 5\r\nExpect: 100-Continue", ""));
  EXPECT_EQ(read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("hello");
  connection_.client->shutdown_send();
  EXPECT_EQ(finish(), ok("hello"));
}

TEST_F(RequestBodyTest, AClientThatAsksFirstIsNotToldToSendWhatIsTooLarge) {
  handler_.limit = 4;
  start();
  send(post("/", "Content-Length: 5\r\nExpect: 100-continue", ""));
  EXPECT_TRUE(finish().starts_with("HTTP/1.1 413 "));
}

TEST_F(RequestBodyTest, AnotherExpectationIsRefused) {
  const std::string answer = exchange(post("/", "Content-Length: 5\r\nExpect: miracles", "hello") + kGet);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 417 Expectation Failed\r\n")) << answer;
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(RequestBodyTest, AnOldClientIsServedWithoutInterimAnswers) {
  const std::string answer = exchange("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab");
  EXPECT_EQ(answer, ok("ab", "Connection: close\r\n"));
}

TEST_F(RequestBodyTest, EveryMethodReachesAHandlerThatTakesBodies) {
  exchange("DELETE /1 HTTP/1.1\r\nHost: a\r\n\r\nPATCH /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(handler_.seen, (std::vector<std::string>{"DELETE /1", "PATCH /2"}));
}

TEST_F(RequestBodyTest, OnceTheServerStopsABodyHasALittleTimeLeft) {
  start();
  send(post("/", "Content-Length: 5", "he"));
  run_until([&] { return !handler_.seen.empty(); });
  stopping_ = true;
  const std::string answer = finish();  // and not after limits_.body
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("the server stops"), std::string::npos) << answer;

  stopping_ = false;
  limits_.body = std::chrono::milliseconds(1);
  start();
  send(post("/", "Content-Length: 5", "he"));
  EXPECT_TRUE(finish().starts_with("HTTP/1.1 408 "));
}

TEST_F(RequestBodyTest, ABodyThatComesWhileTheServerStopsIsTaken) {
  start();
  send(post("/", "Content-Length: 5", "he"));
  run_until([&] { return !handler_.seen.empty(); });
  stopping_ = true;
  send("llo");
  EXPECT_EQ(finish(), ok("hello", "Connection: close\r\n"));
}

}  // namespace
}  // namespace larder::http
