#include "http/chunk_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace larder::http {
namespace {

struct Decoded {
  std::string body;
  std::string rest;  // what came behind the end
  bool ended = false;
  bool corrupt = false;
};

/// Feeds `bytes` in pieces of `piece` bytes.
Decoded decode(std::string_view bytes, std::size_t piece) {
  Decoded decoded;
  ChunkDecoder decoder;
  while (!bytes.empty() && !decoder.ended()) {
    std::string_view part = bytes.substr(0, piece);
    const auto step = decoder.feed(part);
    if (!step) {
      decoded.corrupt = true;
      return decoded;
    }
    const auto data = std::min<std::uint64_t>(step->data, part.size() - step->consumed);
    decoded.body += part.substr(step->consumed, data);
    decoder.took(data);
    bytes.remove_prefix(step->consumed + data);
  }
  decoded.rest = bytes;
  decoded.ended = decoder.ended();
  return decoded;
}

TEST(ChunkDecoder, DecodesHoweverTheBytesAreCut) {
  const std::string bytes =
      "5\r\nhello\r\nA ; name=\"va;lue\"\r\n, world!!!\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nHTTP/1.1 200";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Decoded decoded = decode(bytes, piece);
    EXPECT_EQ(decoded.body, "hello, world!!!") << piece;
    EXPECT_TRUE(decoded.ended) << piece;
    EXPECT_EQ(decoded.rest, "HTTP/1.1 200") << piece;
  }
}

TEST(ChunkDecoder, AnEmptyBodyEndsAtOnce) { EXPECT_TRUE(decode("0\r\n\r\n", 100).ended); }

TEST(ChunkDecoder, ABodyThatIsCutOffHasNotEnded) {
  const std::string bytes = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Decoded decoded = decode(std::string_view(bytes).substr(0, size), 3);
    EXPECT_FALSE(decoded.ended) << size;
    EXPECT_FALSE(decoded.corrupt) << size;
  }
}

TEST(ChunkDecoder, TakesTheLargestSize) {
  ChunkDecoder decoder;
  EXPECT_EQ(decoder.feed("ffffffffffffffff\r\n")->data, UINT64_MAX);
}

TEST(ChunkDecoder, DoubtfulFramingIsCorrupt) {
  const std::array cases = {
      std::string("\r\n"),
      std::string(";x\r\n"),
      std::string("x\r\n"),
      std::string("-5\r\nhello\r\n"),
      std::string("+5\r\nhello\r\n"),
      std::string(" 5\r\nhello\r\n"),
      std::string("0x5\r\nhello\r\n"),
      std::string("5\nhello\n0\n\n"),
      std::string("5\rhello"),
      std::string("5 5\r\nhello\r\n"),
      std::string("5\r\nhello0\r\n\r\n"),
      std::string("5\r\nhello\n0\r\n\r\n"),
      std::string("5\r\nhello\r0\r\n"),
      std::string("00000000000000005\r\nhello\r\n"),
      std::string("5;a\nb\r\nhello\r\n"),
      std::string("0\r\nA\n\r\n"),
      std::string("0\r\n\rX"),
      "1;" + std::string(9000, 'x') + "\r\n",
      "0\r\nA: " + std::string(9000, 'x') + "\r\n\r\n",
  };
  for (const std::string& bytes : cases) {
    EXPECT_TRUE(decode(bytes, 1).corrupt) << bytes;
    EXPECT_TRUE(decode(bytes, bytes.size()).corrupt) << bytes;
  }
}

TEST(ChunkDecoder, ManySmallChunksAreNoProblem) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += "1\r\nx\r\n";
  const Decoded decoded = decode(bytes + "0\r\n\r\n", 4096);
  EXPECT_EQ(decoded.body.size(), 10'000u);
  EXPECT_TRUE(decoded.ended);
}

}  // namespace
}  // namespace larder::http
