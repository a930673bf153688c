#include "http/head_writer.h"

#include <gtest/gtest.h>

namespace larder::http {
namespace {

TEST(HeadWriter, WritesAResponse) {
  std::string out = "what was there";
  const auto head = HeadWriter(out)
                        .status(206)
                        .field("Content-Length", 10)
                        .content_range({0, 10}, 100)
                        .field("Content-Type", "image/gif")
                        .finish();
  EXPECT_EQ(head,
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100\r\n"
            "Content-Type: image/gif\r\n\r\n");
}

TEST(HeadWriter, WritesARequest) {
  std::string out;
  EXPECT_EQ(HeadWriter(out).request("GET", "/a?b").field("Host", "c").finish(), "GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n");
}

TEST(HeadWriter, LetsNoValueEndItsLine) {
  std::string out;
  HeadWriter(out).request("GET", "/a b\r\n\x01").field("X", std::string_view("a\r\nY: b\0c", 9)).finish();
  EXPECT_EQ(out, "GET /ab HTTP/1.1\r\nX: aY: bc\r\n\r\n");
}

TEST(HeadWriter, WritesAnUnsatisfiedRange) {
  std::string out;
  HeadWriter(out).status(416).content_range_unsatisfied(UINT64_MAX).finish();
  EXPECT_EQ(out, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */18446744073709551615\r\n\r\n");
}

}  // namespace
}  // namespace larder::http
