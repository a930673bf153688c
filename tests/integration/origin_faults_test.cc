// Origins that misbehave: a client gets the right bytes, an honest error or a cut connection, never wrong bytes; and
// once the origin is well again, so are the node's answers.
#include <ostream>
#include <tuple>

#include "node_test.h"
#include "origin_replies.h"

namespace larder::integration {
namespace {

using Framing = OriginReply::Framing;
using Ending = OriginReply::Ending;

constexpr std::uint64_t kSize = 6 * kMiB + 99;
constexpr std::uint64_t kMiddle = 2 * kSlice - 5;
constexpr std::uint64_t kSeed = 31;
const std::string kPath = "/j/object.bin";

/// What the client has to get while the origin is ill.
enum class Verdict {
  kRight,          // everything
  kRightOrHonest,  // everything, or an error status, or a body that is visibly cut
  kError,          // 502, 503 or 504
};

/// How long the node waits for an origin that is silent. A busy machine makes good origins late too: so it is short
/// only where silence is the fault and everything that can come of it is in order.
enum class Patience { kLong, kShort };

struct Fault {
  std::string name;
  Verdict outcome = Verdict::kRight;
  OriginScript script;
  Patience patience = Patience::kLong;
};

// How GoogleTest names it in a failure.
void PrintTo(const Fault& value, std::ostream* out) { *out << value.name; }

// A reply whose Content-Range is `text` with %a, %b and %t for what it should say.
OriginScript content_range(std::string text) {
  return [=](const OriginRequest& request) {
    if (!request.range) return OriginReply();
    std::string value = text;
    const auto put = [&](const std::string& mark, std::uint64_t number) {
      const auto at = value.find(mark);
      if (at != std::string::npos) value.replace(at, mark.size(), std::to_string(number));
    };
    put("%a", request.range->begin);
    put("%b", request.range->end - 1);
    put("%t", kSize);
    put("%A", request.range->begin + 1);
    put("%B", request.range->end - 2);
    put("%T", kSize + 5);
    return with_field("Content-Range", value);
  };
}

std::vector<Fault> cuts() {
  OriginReply silent;
  silent.silent = true;
  return {
      {"truncates_once", Verdict::kRight, at_first(1, cut(Ending::kTruncate, 300'000))},
      {"truncates_at_once", Verdict::kRight, at_first(1, cut(Ending::kTruncate, 0))},
      {"resets_once", Verdict::kRight, at_first(1, cut(Ending::kReset, 1'500'000))},
      {"stalls_once", Verdict::kRightOrHonest, at_first(1, cut(Ending::kStall, 300'001)), Patience::kShort},
      {"is_silent_once", Verdict::kRightOrHonest, at_first(1, silent), Patience::kShort},
      {"truncates_always", Verdict::kRightOrHonest, always(cut(Ending::kTruncate, 300'000))},
      {"resets_always", Verdict::kRightOrHonest, always(cut(Ending::kReset, 70'000))},
      {"stalls_always", Verdict::kRightOrHonest, always(cut(Ending::kStall, 1'100'000)), Patience::kShort},
      {"stalls_at_once_always", Verdict::kRightOrHonest, always(cut(Ending::kStall, 0)), Patience::kShort},
      {"truncates_at_once_always", Verdict::kRightOrHonest, always(cut(Ending::kTruncate, 0))},
      {"is_silent_always", Verdict::kError, always(silent), Patience::kShort},
  };
}

std::vector<Fault> framings() {
  OriginReply chunked_cut = framed(Framing::kChunked);
  chunked_cut.ending = Ending::kTruncate;
  chunked_cut.ending_after = 300'000;
  OriginReply closing;
  closing.keep_alive = false;
  OriginReply interim;
  interim.interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  OriginReply no_ranges;
  no_ranges.ranges = false;
  return {
      {"ignores_ranges", Verdict::kRight, always(no_ranges)},
      {"closes_after_each_answer", Verdict::kRight, always(closing)},
      {"sends_chunks", Verdict::kRight, always(framed(Framing::kChunked))},
      {"sends_chunks_and_ignores_ranges", Verdict::kRight, always(framed(Framing::kChunked, false))},
      {"sends_until_it_closes", Verdict::kRight, always(framed(Framing::kUntilClose))},
      {"sends_until_it_closes_and_ignores_ranges", Verdict::kRight, always(framed(Framing::kUntilClose, false))},
      {"cuts_chunks_once", Verdict::kRight, at_first(1, chunked_cut)},
      {"cuts_chunks_always", Verdict::kRightOrHonest, always(chunked_cut)},
      {"sends_interim_heads", Verdict::kRight, always(interim)},
      {"has_no_etag", Verdict::kRight, always(with_field("ETag", ""))},
      {"claims_a_shorter_length", Verdict::kRightOrHonest, always(with_field("Content-Length", "1000"))},
      {"claims_a_longer_length", Verdict::kRightOrHonest, at_first(3, with_field("Content-Length", "99999999")),
       Patience::kShort},
      {"claims_no_length", Verdict::kRightOrHonest, always(with_field("Content-Length", "-5"))},
  };
}

std::vector<Fault> ranges() {
  OriginReply other_range;
  other_range.answer_range = OriginRange{512, 1024};
  return {
      {"names_another_start", Verdict::kRight, content_range("bytes %A-%b/%t")},
      {"names_another_end", Verdict::kRight, content_range("bytes %a-%B/%t")},
      {"names_another_total", Verdict::kRightOrHonest, content_range("bytes %a-%b/%T")},
      {"names_no_total", Verdict::kRight, content_range("bytes %a-%b/*")},
      {"names_garbage", Verdict::kRight, content_range("bananas")},
      {"names_a_range_the_wrong_way_round", Verdict::kRight, content_range("bytes %b-%a/%t")},
      {"names_a_total_below_the_range", Verdict::kRight, content_range("bytes %a-%b/7")},
      {"names_a_total_over_64_bits", Verdict::kRight, content_range("bytes %a-%b/99999999999999999999999")},
      {"names_no_range", Verdict::kRight, always(with_field("Content-Range", ""))},
      {"sends_another_range", Verdict::kRightOrHonest, always(other_range)},
      {"sends_several_ranges", Verdict::kRight,
       [](const OriginRequest& request) {
         return request.range ? with_field("Content-Type", "multipart/byteranges; boundary=x") : OriginReply();
       }},
      {"cannot_satisfy_what_exists", Verdict::kRightOrHonest, always(with_status(416)), Patience::kLong},
      {"says_not_modified", Verdict::kRightOrHonest, always(with_status(304))},
      {"says_no_content", Verdict::kRightOrHonest, always(with_status(204))},
  };
}

std::vector<Fault> heads() {
  return {
      {"is_no_http", Verdict::kError, always(raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"))},
      {"is_another_http", Verdict::kError, always(raw("HTTP/3.7 200 OK\r\nContent-Length: 10\r\n\r\n"))},
      {"has_no_status", Verdict::kError, always(raw("HTTP/1.1 OK\r\nContent-Length: 10\r\n\r\n"))},
      {"has_a_bad_field", Verdict::kError, always(raw("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"))},
      {"has_two_lengths", Verdict::kError,
       always(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n"))},
      {"has_length_and_chunks", Verdict::kRightOrHonest,
       always(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n"))},
      {"has_a_huge_head", Verdict::kError, always(with_field("X", std::string(300'000, 'x')))},
      {"has_a_head_without_end", Verdict::kError, always(raw("HTTP/1.1 200 OK\r\nX: " + std::string(3'000'000, 'x')))},
      {"sends_interim_heads_without_end", Verdict::kError,
       [](const OriginRequest&) {
         OriginReply reply;
         for (int i = 0; i < 5000; ++i) reply.interim += "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
         return reply;
       }},
      {"fails_once_with_500", Verdict::kRightOrHonest, at_first(1, with_status(500))},
      {"fails_with_503", Verdict::kError, always(with_status(503))},
      {"fails_with_500", Verdict::kRightOrHonest, always(with_status(500))},
  };
}

std::vector<Fault> all_faults() {
  std::vector<Fault> all;
  for (const auto& group : {cuts(), framings(), ranges(), heads()}) all.insert(all.end(), group.begin(), group.end());
  return all;
}

class OriginFault : public NodeTest, public testing::WithParamInterface<Fault> {
 protected:
  OriginFault() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    allow_refetch(Auditor::kNoLimit);  // whoever gets half an answer has to ask again
    if (GetParam().patience == Patience::kShort) {
      node_.config().first_byte_timeout = node_.config().stall_timeout = "200ms";
    }
    node_.start();
    origin_.script(kPath, GetParam().script);
  }

  HttpClient asking(const std::string& range) {
    HttpClient asking = connect();
    asking.send_request("GET", target(kPath), {"Range: " + range});
    return asking;
  }
  void expect_outcome(const HttpResponse& response, std::uint64_t size) {
    const Verdict outcome = GetParam().outcome;
    const bool success = response.status == 200 || response.status == 206;
    if (outcome == Verdict::kRight) {
      EXPECT_TRUE(success) << response.status;
    }
    if (outcome == Verdict::kError) {
      EXPECT_TRUE(response.status >= 500 && response.status <= 504) << response.status;
    }
    if (!success) return;
    EXPECT_EQ(response.first_wrong, std::nullopt);
    if (response.complete) {
      EXPECT_EQ(response.body_bytes, size) << "a part that looks whole";
    }
    if (outcome == Verdict::kRight) {
      EXPECT_TRUE(response.complete);
    }
  }
};

TEST_P(OriginFault, NeverGivesAClientWrongBytes) {
  if (GetParam().patience == Patience::kLong) {
    expect_outcome(connect().fetch_checked(target(kPath), kSeed), kSize);
    expect_outcome(connect().fetch_checked(target(kPath), kSeed, kMiddle, kMiddle + kSlice), kSlice);
    expect_outcome(connect().fetch_checked(target(kPath), kSeed, kSize - 10, kSize), 10);
  } else {  // nobody waits for a silence after another
    HttpClient whole = asking("bytes=0-");
    HttpClient middle = asking("bytes=" + std::to_string(kMiddle) + "-" + std::to_string(kMiddle + kSlice - 1));
    HttpClient end = asking("bytes=-10");
    expect_outcome(whole.read_checked(kSeed, 0), kSize);
    expect_outcome(middle.read_checked(kSeed, kMiddle), kSlice);
    expect_outcome(end.read_checked(kSeed, kSize - 10), 10);
  }

  origin_.clear_script(kPath);
  EXPECT_TRUE(eventually([&] {  // an error may be remembered for a moment
    const HttpResponse response = connect().fetch_checked(target(kPath), kSeed);
    EXPECT_EQ(response.first_wrong, std::nullopt);
    return response.complete && response.status == 200;
  }));
  expect_whole(kPath, kSeed, kSize);
  EXPECT_TRUE(node_.is_running());
}

INSTANTIATE_TEST_SUITE_P(All, OriginFault, testing::ValuesIn(all_faults()),
                         [](const auto& test) { return test.param.name; });

// A busy machine may make the rest late too, so it is enough that one of several objects comes whole.
TEST_F(NodeTest, AFillThatStallsGoesOnWhereItWas) {
  node_.config().first_byte_timeout = node_.config().stall_timeout = "200ms";
  allow_refetch(Auditor::kNoLimit);
  node_.start();
  std::uint64_t seed = kSeed;
  EXPECT_TRUE(eventually([&] {
    const std::string path = "/j/stalls-" + std::to_string(++seed);
    origin_.put(path, {.seed = seed, .size = kSize});
    origin_.script(path, at_first(1, cut(Ending::kStall, 300'001)));
    const HttpResponse response = connect().fetch_checked(target(path), seed);
    const bool begun_anew = std::ranges::count_if(origin_.requests(path), [](const OriginRequest& request) {
                              return request.sent_range.begin == 0;
                            }) > 1;
    return response.status == 200 && response.complete && !response.first_wrong && !begun_anew;
  }));
}

class Origins : public NodeTest {};

TEST_F(Origins, TheirOwn404And403AndGoneArePassedOn) {
  node_.start();
  for (const int status : {403, 404, 410}) {
    origin_.reply("/missing", with_status(status));
    const HttpResponse response = connect().fetch(target("/missing?" + std::to_string(status)));
    EXPECT_EQ(response.status, status);
    EXPECT_TRUE(response.complete);
  }
}

TEST_F(Origins, WhatTheySayToTheNodeIsNotPassedOn) {
  node_.start();
  HttpClient client = connect();
  for (const int status : {407, 408, 429}) {
    OriginReply reply = with_status(status);
    reply.fields = {{"Retry-After", "17"}};
    origin_.reply("/busy", reply);
    const HttpResponse response = client.fetch(target("/busy?" + std::to_string(status)));
    EXPECT_EQ(response.status, 503) << status;
    EXPECT_TRUE(response.complete) << status;
    EXPECT_EQ(response.head.field("Retry-After"), "17") << status;
  }
  origin_.reply("/busy", with_status(429));
  EXPECT_EQ(client.fetch(target("/busy")).head.field("Retry-After"), "");
  const auto records = node_.wait_for_access_records(4);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_TRUE(records[0].at("reason").as_string().starts_with("the origin answered 407"));
}

TEST_F(Origins, ThatAreDownAreAnErrorWithinSeconds) {
  node_.config().resolve = {{kHost, "127.0.0.1:1"}};
  node_.start();
  const HttpResponse response = connect().fetch(target(kPath));
  EXPECT_TRUE(response.status == 502 || response.status == 504) << response.status;
}

TEST_F(Origins, MayCloseKeptConnectionsAtAnyTime) {
  origin_.put(kPath, {.seed = kSeed, .size = kSize});
  allow_refetch(kSize);  // what was on its way
  node_.start();
  HttpClient client = connect();
  for (std::uint64_t slice = 0; slice < kSize / kSlice; ++slice) {
    expect_range(client, kPath, kSeed, slice * kSlice, slice * kSlice + 100);
    origin_.drop_connections();
  }
}

TEST_F(Origins, RedirectsToAllowedOriginsAreFollowed) {
  origin_.put("/new.bin", {.seed = kSeed, .size = kSize});
  allow_refetch(3 * kSize);  // an object for each of the four
  for (const auto& [path, status, location] : std::vector<std::tuple<std::string, int, std::string>>{
           {"/301", 301, "http://dl.delivery.mp.microsoft.com/new.bin"},
           {"/302", 302, "http://dl.delivery.mp.microsoft.com/new.bin?sig=1"},
           {"/307", 307, "/new.bin"},
           {"/308", 308, "//download.windowsupdate.com/new.bin"}}) {
    OriginReply reply = with_status(status);
    reply.fields = {{"Location", location}};
    origin_.reply(path, reply);
  }
  node_.start();
  for (const std::string path : {"/301", "/302", "/307", "/308"}) {
    expect_whole(path, kSeed, kSize);
    expect_whole(path, kSeed, kSize);
  }
}

TEST_F(Origins, RedirectsToOthersAreNotFollowed) {
  FakeOrigin evil;
  evil.put("/x", {.seed = 1, .size = 10});
  for (const auto& [path, location] : std::vector<std::pair<std::string, std::string>>{
           {"/a", "http://" + evil.address() + "/x"}, {"/b", "http://evil.example/x"}, {"/c", "file:///etc/passwd"}}) {
    OriginReply reply = with_status(302);
    reply.fields = {{"Location", location}};
    origin_.reply(path, reply);
  }
  node_.start();
  for (const std::string path : {"/a", "/b", "/c"}) {
    const HttpResponse response = connect().fetch(target(path));
    EXPECT_TRUE(response.status == 302 || response.status >= 500) << path << " " << response.status;
  }
  EXPECT_TRUE(evil.requests().empty());
}

TEST_F(Origins, RedirectsInACircleEnd) {
  OriginReply reply = with_status(302);
  reply.fields = {{"Location", "/circle"}};
  origin_.reply("/circle", reply);
  node_.start();
  const HttpResponse response = connect().fetch(target("/circle"));
  EXPECT_TRUE(response.status == 302 || response.status >= 500) << response.status;
  EXPECT_LE(origin_.requests().size(), 50u);
}

}  // namespace
}  // namespace larder::integration
