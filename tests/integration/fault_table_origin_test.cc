// The fault table, its rows about origins that misbehave: 64 clients at once meet each of them, the fault ends, and
// soon all is as before.
#include "fault_table_origin.h"

#include <signal.h>

namespace larder::integration {
namespace {

using Framing = OriginReply::Framing;
using Ending = OriginReply::Ending;

const std::set kOwn = {502, 503, 504};

/// What the clients of the object get while its origin is ill.
enum class Holds {
  kRight,    // all that they ask for
  kHonest,   // that, or one of `statuses`, or a body that is visibly cut
  kRefused,  // one of `statuses`
};

struct Fault {
  std::string name;
  Holds holds = Holds::kRight;
  OriginScript script;
  std::set<int> statuses = kOwn;
  /// It does not understand Range, and is asked for all instead: by at most one request for each slice.
  bool without_range = false;
  std::string passed_on = {};  // a field of the origin's that all content has
  bool is_silent = false;      // and the node waits for it a short time only
};
void PrintTo(const Fault& value, std::ostream* out) { *out << value.name; }

std::vector<Fault> connections() {
  return {
      {"reset_at_once", Holds::kRefused, always(raw_cut("H", 0, Ending::kReset))},
      {"closed_at_once", Holds::kRefused, always(raw_cut("H", 0))},
      {"reset_in_mid_body", Holds::kRight, every_other(cut(Ending::kReset, 700'000))},
      {"closed_in_mid_body", Holds::kRight, every_other(cut(Ending::kTruncate, 700'000))},
      {"closed_every_300_kB", Holds::kRight, always(cut(Ending::kTruncate, 300'000))},
      {"stalled_in_the_head", Holds::kRefused, always(silence()), {504}, false, "", true},
      {"stalled_in_mid_body", Holds::kHonest, every_other(cut(Ending::kStall, 700'000)), kOwn, false, "", true},
  };
}

OriginReply claims(std::uint64_t length) {
  return raw_cut("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n", 1000);
}

std::vector<Fault> heads() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  return {
      {"garbage", Holds::kRefused, always(raw_cut("\x01\x02 garbage\r\n\r\n", 0))},
      {"a_head_line_of_200_kB", Holds::kRefused, always(raw(ok + "X: " + std::string(200'000, 'x') + "\r\n\r\n"))},
      {"two_lengths", Holds::kRefused, always(raw(ok + "Content-Length: 10\r\nContent-Length: 11\r\n\r\n"))},
      {"length_and_chunks", Holds::kRefused,
       always(raw(ok + "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n"))},
      {"a_length_too_long", Holds::kHonest,
       always(raw_cut(ok + "ETag: \"v1\"\r\nContent-Length: " + std::to_string(kSize + 1000) + "\r\n\r\n", kSize))},
      {"a_length_too_short", Holds::kHonest, always(with_field("Content-Length", "1000"))},
      {"a_length_of_200_GiB", Holds::kHonest, always(claims(200 * kGiB))},
      {"a_length_of_4_TiB", Holds::kHonest, always(claims(4096 * kGiB))},
      {"a_length_of_1_PiB", Holds::kHonest, always(claims(1024 * 1024 * kGiB))},
      {"chunks", Holds::kRight, always(framed(Framing::kChunked, false))},
      {"chunks_that_are_cut", Holds::kHonest,
       [](const OriginRequest&) {
         OriginReply reply = cut(Ending::kTruncate, 700'000);
         reply.framing = Framing::kChunked;
         return reply;
       }},
      {"an_encoding", Holds::kRight, always(with_field("Content-Encoding", "gzip")), kOwn, false, "Content-Encoding"},
  };
}

// A part of what was asked for, under a Content-Range that says `first`-`last`/`total` beside what is right.
OriginScript content_range(std::uint64_t first, std::uint64_t last, std::string total) {
  return [=](const OriginRequest& request) {
    if (!request.range) return OriginReply();
    return with_field("Content-Range", "bytes " + std::to_string(request.range->begin + first) + "-" +
                                           std::to_string(request.range->end - 1 - last) + "/" + total);
  };
}

std::vector<Fault> ranges() {
  const std::string total = std::to_string(kSize);
  const auto of_a_range = [](OriginReply reply) {
    return [=](const OriginRequest& request) { return request.range ? reply : OriginReply(); };
  };
  const auto passes_the_end = [](const OriginRequest& request) {
    const std::string range(request.head.field("Range"));
    const auto dash = range.find('-');
    const bool passes = dash != std::string::npos && std::stoull(range.substr(dash + 1)) >= kSize;
    return passes ? with_status(416, {{"Content-Range", "bytes */" + std::to_string(kSize)}}) : OriginReply();
  };
  const auto in_pieces = [](const OriginRequest& request) {
    OriginReply reply;
    if (request.range && request.range->size() > 0) {
      const auto [begin, end] = *request.range;
      reply.answer_range = OriginRange{begin, std::min(end, begin + 100'000)};
    }
    return reply;
  };
  OriginReply whole;
  whole.ranges = false;
  return {
      {"416_for_what_passes_the_end", Holds::kRight, passes_the_end},
      {"another_start", Holds::kRight, content_range(1, 0, total), kOwn, true},
      {"another_end", Holds::kRight, content_range(0, 1, total), kOwn, true},
      {"no_total", Holds::kRight, content_range(0, 0, "*"), kOwn, true},
      {"no_content_range", Holds::kRight, of_a_range(with_field("Content-Range", "")), kOwn, true},
      {"several_parts", Holds::kRight, of_a_range(with_field("Content-Type", "multipart/byteranges; boundary=x")), kOwn,
       1},
      {"pieces_of_100_kB", Holds::kRight, in_pieces},
      {"all_instead_of_a_range", Holds::kRight, always(whole)},
  };
}

std::vector<Fault> statuses() {
  std::vector<Fault> all = {
      {"redirected_outside",
       Holds::kRefused,
       always(with_status(302, {{"Location", "http://evil.example/x"}})),
       {302, 502}},
      {"redirected_in_a_circle", Holds::kRefused, always(with_status(302, {{"Location", kPath}})), {302, 502}},
      {"redirected_inside", Holds::kRight,
       always(with_status(302, {{"Location", "http://dl.delivery.mp.microsoft.com" + kStored}}))},
      {"500_once", Holds::kHonest, at_first(1, with_status(500)), {500, 502, 503, 504}},
      {"500_every_other_time", Holds::kHonest, every_other(with_status(500)), {500, 502, 503, 504}},
  };
  for (const int status : {401, 403, 404, 410, 500, 503}) {
    all.push_back({"status_" + std::to_string(status), Holds::kRefused, always(with_status(status)), {status}});
  }
  return all;
}

std::vector<Fault> all_faults() {
  std::vector<Fault> all;
  for (const auto& group : {connections(), heads(), ranges(), statuses()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

class OriginFaultTable : public OriginTable, public testing::WithParamInterface<Fault> {
 protected:
  void judge(const Outcome& outcome) {
    const Fault& fault = GetParam();
    const int status = outcome.response.status;
    if (outcome.ask.target == target(kStored)) {
      EXPECT_TRUE(outcome.is_right()) << outcome;
      return;
    }
    if (!outcome.is_right() && !outcome.has_content() && status != 0) {
      EXPECT_TRUE(fault.statuses.contains(status)) << outcome;
    }
    EXPECT_NE(status, 0) << outcome;
    if (fault.holds == Holds::kRight) {
      EXPECT_TRUE(outcome.is_right()) << outcome;
    }
    if (fault.holds == Holds::kRefused) {
      EXPECT_FALSE(outcome.has_content()) << outcome;
    }
    if (outcome.has_content() && !fault.passed_on.empty()) {
      EXPECT_NE(outcome.response.head.field(fault.passed_on), "") << outcome;
    }
  }
};

TEST_P(OriginFaultTable, IsMetBy64Clients) {
  if (GetParam().is_silent) node_.config().first_byte_timeout = node_.config().stall_timeout = "300ms";
  start();
  const Use before = use();
  origin_.script(kPath, GetParam().script);
  for (const Outcome& outcome : all_ask(part)) judge(outcome);
  if (GetParam().without_range) {
    const auto requests = origin_.requests(kPath);
    const auto count =
        std::ranges::count_if(requests, [](const auto& each) { return each.head.field("Range").empty(); });
    EXPECT_GE(count, 1);
    EXPECT_LE(count, 1 + static_cast<std::ptrdiff_t>(kSize / kSlice));
  }

  origin_.clear_script(kPath);
  expect_normal(part);
  expect_bounded(before);
}

INSTANTIATE_TEST_SUITE_P(All, OriginFaultTable, testing::ValuesIn(all_faults()),
                         [](const auto& test) { return test.param.name; });

TEST_F(OriginTable, AnOriginThatRefusesConnections) {
  node_.config().resolve = {{kHost, "127.0.0.1:1"}};
  node_.start();
  const Use before = use();
  for (const Outcome& outcome : all_ask(parts_of(kPath, kSize))) EXPECT_EQ(outcome.response.status, 502) << outcome;
  node_.config().resolve = config().resolve;
  node_.write_config();
  node_.signal(SIGHUP);
  expect_normal(parts_of(kPath, kSize));
  expect_bounded(before);
}

TEST_F(OriginTable, AnOriginThatClosesAllItsConnections) {
  start();
  std::jthread dropping([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::size_t requests = origin_.requests().size();
      eventually([&] { return stop.stop_requested() || origin_.requests().size() > requests + 1; });
      origin_.drop_connections();
    }
  });
  for (const Outcome& outcome : all_ask(part)) {
    EXPECT_TRUE(outcome.is_right() || outcome.is_refused() || outcome.has_content()) << outcome;
  }
  dropping = {};
  expect_normal(part);
}

}  // namespace
}  // namespace larder::integration
