#include "http/body_reader.h"

#include <array>
#include <string>

#include "http/response_reader.h"
#include "support/task_fixture.h"

namespace larder::http {
namespace {

using support::as_bytes;

/// What a client made of a response.
struct Received {
  std::string body;
  std::optional<Error> error;
  std::optional<std::uint64_t> length;
  bool reusable = false;
};

Task<Received> receive(net::ByteStream& stream, bool head_request) {
  Received received;
  HeadBuffer buffer(16 * 1024);
  ResponseHead head;
  const auto found = co_await read_response_head(stream, buffer, head);
  if (!found) {
    received.error = found.error();
    co_return received;
  }
  buffer.consume(head.size);
  BodyReader body(stream, head, as_bytes(buffer.unread()), head_request);
  received.length = body.length();
  std::array<std::byte, 7> piece{};
  for (;;) {
    const auto count = co_await body.read(piece);
    if (!count) received.error = count.error();
    if (!count || *count == 0) break;
    received.body.append(reinterpret_cast<const char*>(piece.data()), *count);
  }
  received.reusable = body.reusable();
  co_return received;
}

class BodyReaderTest : public support::TaskFixture {
 protected:
  /// What a client makes of `response`, sent in pieces of `piece` bytes by a server that then closes.
  Received answer(std::string_view response, bool head_request = false, std::size_t piece = 1 << 20) {
    support::Connection connection = connect();
    tasks_.spawn(send(*connection.server, response, piece));
    Received received = run(receive(*connection.client, head_request));
    connection.client->close();
    run_until([&] { return tasks_.running() == 0; });
    return received;
  }

  static Task<void> send(net::ByteStream& stream, std::string_view text, std::size_t piece) {
    while (!text.empty()) {
      const auto written = co_await stream.write_all(as_bytes(text.substr(0, piece)));
      if (!written) co_return;
      text.remove_prefix(std::min(piece, text.size()));
    }
    stream.shutdown_send();
  }
};

TEST_F(BodyReaderTest, ReadsABodyWithALength) {
  const Received received = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_EQ(received.body, "0123456789");
  EXPECT_EQ(received.length, 10u);
  EXPECT_TRUE(received.reusable);
  EXPECT_FALSE(received.error);
}

TEST_F(BodyReaderTest, ReadsAChunkedBody) {
  const std::string response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n3;x\r\nabc\r\n0\r\nT: x\r\n\r\n";
  for (const std::size_t piece : {1, 2, 3, 5, 1000}) {
    const Received received = answer(response, false, piece);
    EXPECT_EQ(received.body, "0123456789abc") << piece;
    EXPECT_EQ(received.length, std::nullopt);
    EXPECT_TRUE(received.reusable) << piece;
  }
}

TEST_F(BodyReaderTest, ReadsABodyToTheEndOfTheConnection) {
  const Received received = answer("HTTP/1.1 200 OK\r\n\r\n0123456789");
  EXPECT_EQ(received.body, "0123456789");
  EXPECT_FALSE(received.reusable);
  EXPECT_FALSE(received.error);
}

TEST_F(BodyReaderTest, SaysHowFarABodyCameThatWasCutOff) {
  const Received received = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
  ASSERT_TRUE(received.error);
  EXPECT_EQ(received.error->code, Errc::kUnavailable);
  EXPECT_EQ(received.error->text, "the body was cut off after 5 of 10 bytes");
  EXPECT_FALSE(received.reusable);
}

TEST_F(BodyReaderTest, AChunkedBodyWithoutItsLastChunkIsCutOff) {
  for (const char* body : {"", "5\r\n", "5\r\n012", "5\r\n01234\r\n", "5\r\n01234\r\n0\r\n"}) {
    const Received received = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
    ASSERT_TRUE(received.error) << body;
    EXPECT_EQ(received.error->code, Errc::kUnavailable) << body;
  }
}

TEST_F(BodyReaderTest, BadChunksAreCorrupt) {
  const Received received = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234x");
  ASSERT_TRUE(received.error);
  EXPECT_EQ(received.error->code, Errc::kCorrupt);
}

TEST_F(BodyReaderTest, SomeResponsesHaveNoBody) {
  for (const char* head :
       {"HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    const Received received = answer(head);
    EXPECT_EQ(received.body, "") << head;
    EXPECT_TRUE(received.reusable) << head;
  }
}

// Servers send one all the same, and later: it would be taken for the next response.
TEST_F(BodyReaderTest, WhereABodyMayComeAllTheSameTheConnectionIsNotUsedAgain) {
  EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true).reusable);
  EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\n\r\n", true).reusable);
  EXPECT_FALSE(answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n").reusable);
  EXPECT_FALSE(answer("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n").reusable);
}

TEST_F(BodyReaderTest, BytesBehindTheBodySpoilTheConnection) {
  const Received received = answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(received.body, "abc");
  EXPECT_FALSE(received.reusable);
}

TEST_F(BodyReaderTest, AConnectionThatClosesIsNotUsedAgain) {
  EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx").reusable);
}

TEST_F(BodyReaderTest, InterimHeadsArePassedOver) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  EXPECT_EQ(answer(interim + interim + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false, 5).body, "x");
  std::string endless;
  for (int i = 0; i < 20; ++i) endless += interim;
  EXPECT_EQ(answer(endless).error->code, Errc::kInvalid);
}

TEST_F(BodyReaderTest, AFewEmptyLinesBehindAnInterimHeadArePassedOver) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  const std::string final = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  EXPECT_EQ(answer(interim + "\r\n" + final).body, "x");
  EXPECT_EQ(answer(interim + "\r\n\r\n" + interim + "\r\n" + final, false, 1).body, "x");
  std::string endless = interim;
  for (int i = 0; i < 20; ++i) endless += "\r\n";
  EXPECT_EQ(answer(endless + final).error->code, Errc::kInvalid);
  EXPECT_EQ(answer("\r\n" + final).error->code, Errc::kInvalid) << "there was no interim head";
}

TEST_F(BodyReaderTest, AConnectionThatEndsBeforeTheHeadSaysHowFarItCame) {
  const Received nothing = answer("");
  ASSERT_TRUE(nothing.error);
  EXPECT_NE(nothing.error->text.find("before the first byte"), std::string::npos);
  const Received half = answer("HTTP/1.1 200");
  ASSERT_TRUE(half.error);
  EXPECT_EQ(half.error->code, Errc::kUnavailable);
}

}  // namespace
}  // namespace larder::http
