// What no client should send: an error or a closed connection, nothing of it reaches an origin, and the node lives on.
#include "node_test.h"

namespace larder::integration {
namespace {

using namespace std::string_literals;

constexpr const char* kQuery = "?cacheHostOrigin=au.download.windowsupdate.com";

struct Malformed {
  std::string name;
  std::string bytes;
};

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: node\r\n" + fields + "\r\n";
}

std::string good_target() { return "/a.bin"s + kQuery; }

std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  return fields;
}

std::vector<Malformed> heads() {
  const std::string target = good_target();
  return {
      {"no_request", "GARBAGE\r\n\r\n"},
      {"method_only", "GET\r\n\r\n"},
      {"http_0_9", "GET " + target + "\r\n\r\n"},
      {"http_2_0", "GET " + target + " HTTP/2.0\r\nHost: node\r\n\r\n"},
      {"version_with_tail", "GET " + target + " HTTP/1.1x\r\nHost: node\r\n\r\n"},
      {"blank_in_target", "GET /a bin" + std::string(kQuery) + " HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"two_blanks", "GET  " + target + " HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"no_host", "GET " + target + " HTTP/1.1\r\n\r\n"},
      {"two_hosts", get(target, "Host: other\r\n")},
      {"bare_line_feeds", "GET " + target + " HTTP/1.1\nHost: node\n\n"},
      {"bare_line_feed_in_a_field", get(target, "X: a\nY: b\r\n")},
      {"bare_carriage_return", get(target, "X: a\rb\r\n")},
      {"nul_in_a_value", get(target, "X: a\0b\r\n"s)},
      {"nul_in_the_target", "GET /a\0.bin"s + kQuery + " HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"nul_in_a_name", get(target, "X\0Y: b\r\n"s)},
      {"blank_before_colon", get(target, "X : a\r\n")},
      {"no_colon", get(target, "nothing\r\n")},
      {"empty_name", get(target, ": a\r\n")},
      {"folded_field", get(target, "X: a\r\n b\r\n")},
      {"folded_first_field", "GET " + target + " HTTP/1.1\r\n Host: node\r\n\r\n"},
      {"control_byte_in_target", get("/a\x01.bin"s + kQuery)},
      {"fragment_only", get("#x")},
      {"empty_target", "GET  HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"no_slash", get("a.bin"s + kQuery)},
      {"tls_hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s + std::string(600, '\x7F') + "\r\n\r\n"},
      {"high_bytes", std::string(4000, '\xFE') + "\r\n\r\n"},
  };
}

std::vector<Malformed> sizes() {
  const std::string target = good_target();
  return {
      {"huge_field", get(target, "X: " + std::string(200'000, 'a') + "\r\n")},
      {"huge_field_without_end", "GET / HTTP/1.1\r\nX: " + std::string(2'000'000, 'a')},
      {"huge_name", get(target, std::string(100'000, 'a') + ": v\r\n")},
      {"huge_target", get("/" + std::string(200'000, 'a') + kQuery)},
      {"huge_method", std::string(200'000, 'G') + " / HTTP/1.1\r\n\r\n"},
      {"many_fields", get(target, many_fields(20'000))},
  };
}

std::vector<Malformed> framings() {
  const std::string target = good_target();
  return {
      {"length_and_chunked", get(target, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {"chunked_and_length", get(target, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"},
      {"two_lengths", get(target, "Content-Length: 0\r\nContent-Length: 5\r\n") + "hello"},
      {"list_of_lengths", get(target, "Content-Length: 0, 5\r\n") + "hello"},
      {"negative_length", get(target, "Content-Length: -1\r\n")},
      {"signed_length", get(target, "Content-Length: +0\r\n")},
      {"hexadecimal_length", get(target, "Content-Length: 0x0\r\n")},
      {"length_over_64_bits", get(target, "Content-Length: 99999999999999999999999\r\n")},
      {"unknown_coding", get(target, "Transfer-Encoding: sausages\r\n")},
      {"chunked_twice", get(target, "Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"},
      {"coding_in_disguise", get(target,
                                 "Transfer-Encoding: \x0B"
                                 "chunked\r\n") +
                                 "0\r\n\r\n"},
  };
}

std::vector<Malformed> targets() {
  return {
      {"bad_escape", get("/a%zz.bin"s + kQuery)},
      {"half_escape", get("/a%2"s)},
      {"half_escape_in_query", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com%2")},
      {"bad_escape_in_origin", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com%zz")},
      {"nul_escape", get("/a%00.bin"s + kQuery)},
      {"dots", get("/a/../b.bin"s + kQuery)},
      {"dots_at_end", get("/a/.."s + kQuery)},
      {"dots_at_begin", get("/../etc/passwd"s + kQuery)},
      {"escaped_dots", get("/a/%2e%2e/b.bin"s + kQuery)},
      {"half_escaped_dots", get("/a/.%2E/b.bin"s + kQuery)},
      {"origin_with_user", get("/a.bin?cacheHostOrigin=me@au.download.windowsupdate.com")},
      {"origin_with_path", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com/x")},
      {"origin_with_line_end", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com%0d%0aX:%20y")},
      {"origin_with_nul", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com%00.evil.example")},
      {"origin_with_port_out_of_range", get("/a.bin?cacheHostOrigin=au.download.windowsupdate.com:99999")},
      {"origin_empty", get("/a.bin?cacheHostOrigin=")},
      {"origin_all_dots", get("/a.bin?cacheHostOrigin=...")},
      {"absolute_with_user", get("http://me:secret@au.download.windowsupdate.com/a.bin")},
      {"absolute_without_host", get("http:///a.bin")},
      {"absolute_ftp", get("ftp://au.download.windowsupdate.com/a.bin")},
      {"other_methods", "POST " + good_target() + " HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n"},
      {"put", "PUT " + good_target() + " HTTP/1.1\r\nHost: node\r\nContent-Length: 3\r\n\r\nabc"},
      {"delete", "DELETE " + good_target() + " HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"trace", "TRACE " + good_target() + " HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"options", "OPTIONS * HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"connect", "CONNECT au.download.windowsupdate.com:80 HTTP/1.1\r\nHost: node\r\n\r\n"},
      {"lower_case_method", "get " + good_target() + " HTTP/1.1\r\nHost: node\r\n\r\n"},
  };
}

std::vector<Malformed> all_malformed() {
  std::vector<Malformed> all;
  for (const auto& group : {heads(), sizes(), framings(), targets()}) all.insert(all.end(), group.begin(), group.end());
  return all;
}

// One node for all of them: it has to survive each.
TEST_F(NodeTest, MalformedRequestsAreRefusedAndNeverForwarded) {
  origin_.put("/a.bin", {.seed = 9, .size = 1000});
  origin_.put("/b.bin", {.seed = 9, .size = 1000});
  node_.start();
  for (const Malformed& malformed : all_malformed()) {
    HttpClient bad = connect();
    bad.send(malformed.bytes);
    bad.socket().shut_down_sending();
    const HttpResponse response = bad.read_response();
    EXPECT_TRUE(response.status == 0 || (response.status >= 400 && response.status < 500) || response.status == 501 ||
                response.status == 502 || response.status == 505)
        << malformed.name << ": " << response.head.first_line;
    EXPECT_TRUE(response.status == 0 || response.complete) << malformed.name;
    ASSERT_TRUE(node_.is_running()) << malformed.name;
  }
  EXPECT_TRUE(origin_.requests().empty()) << origin_.requests().front().target;
  expect_whole("/a.bin", 9, 1000);
}

TEST_F(NodeTest, OnlyGetAndHeadAreMethods) {
  node_.start();
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    const HttpResponse response = connect().fetch(good_target(), {"Content-Length: 0"}, method);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_FALSE(response.head.field("Allow").empty()) << method;
  }
}

TEST_F(NodeTest, ABadPathCostsNoBanAndABadQueryIsTheOriginsAffair) {
  origin_.put("/a.bin", {.seed = 9, .size = 1000});
  node_.start();
  for (const std::string path : {"/a%zz.bin", "/a%2", "/a/%2e%2e/b.bin"}) {
    EXPECT_EQ(connect().fetch(path + kQuery).status, 502) << path;
  }
  EXPECT_TRUE(origin_.requests().empty());
  EXPECT_EQ(connect().fetch(good_target() + "&a=%zz&b=%").status, 200);
  EXPECT_EQ(origin_.requests().front().query, "a=%zz&b=%");
}

TEST_F(NodeTest, AnOversizedHeadIs431) {
  node_.start();
  EXPECT_EQ(connect().fetch(good_target(), {"X: " + std::string(100'000, 'a')}).status, 431);
}

TEST_F(NodeTest, BytesBehindABadRequestAreNotTakenForAnother) {
  origin_.put("/a.bin", {.seed = 9, .size = 1000});
  node_.start();
  HttpClient bad = connect();
  bad.send(get(good_target(), "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" +
           get(good_target()));
  bad.read_response();
  EXPECT_TRUE(bad.peer_closes());
  EXPECT_TRUE(origin_.requests().empty());
}

}  // namespace
}  // namespace larder::integration
