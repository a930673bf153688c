// The fault table, its rows about what an origin answers to whom, and about bodies of any length, for 64 clients at
// once.
#include <fmt/format.h>

#include <chrono>
#include <mutex>

#include "fault_table_origin.h"

namespace larder::integration {
namespace {

using Framing = OriginReply::Framing;

// While a round goes on nobody else asks, so the first three requests are of one. Only "not sooner" is asserted: a busy
// machine cannot make it fail.
TEST_F(OriginTable, A5xxIsAskedForAgainAfterAPause) {
  start();
  std::mutex mutex;
  std::vector<std::chrono::steady_clock::time_point> came;
  origin_.script(kPath, [&](const OriginRequest&) {
    const std::lock_guard lock(mutex);
    came.push_back(std::chrono::steady_clock::now());
    return with_status(503);
  });
  for (const Outcome& outcome : all_ask(parts_of(kPath, kSize))) EXPECT_EQ(outcome.response.status, 503) << outcome;
  {
    const std::lock_guard lock(mutex);
    ASSERT_GE(came.size(), 3u);
    EXPECT_GE(came[1] - came[0], std::chrono::milliseconds(200));
    EXPECT_GE(came[2] - came[1], std::chrono::milliseconds(400));
  }
  origin_.clear_script(kPath);
  expect_normal(part);
}

TEST_F(OriginTable, WithRetryAfterNobodyAsksTwice) {
  start();
  origin_.forget_requests();
  origin_.script(kPath, always(with_status(503, {{"Retry-After", "120"}})));
  for (const Outcome& outcome : all_ask(parts_of(kPath, kSize))) {
    EXPECT_EQ(outcome.response.status, 503) << outcome;
    EXPECT_EQ(outcome.response.head.field("Retry-After"), "120") << outcome;
  }
  EXPECT_LE(origin_.requests(kPath).size(), kClients);
  origin_.clear_script(kPath);
  expect_normal(part);
}

TEST_F(OriginTable, ARefusalIsForWhomItWasGiven) {
  start();
  for (const int status : {401, 403, 404}) {
    const std::string path = "/t/signed" + std::to_string(status);
    origin_.put(path, {.seed = kSeed, .size = kSize});
    origin_.script(path, [=](const OriginRequest& request) {
      return request.query.contains("bad") ? with_status(status) : OriginReply();
    });
    const auto is_bad = [](std::size_t client) { return client % 3 == 0; };
    const Outcomes outcomes = all_ask([&](std::size_t client) {
      const std::string query = is_bad(client) ? "?sig=bad" : "?sig=good";
      return Ask{target(path + query), part_of(client, kSize), kSize};
    });
    for (std::size_t client = 0; client < kClients; ++client) {
      const Outcome& outcome = outcomes[client];
      // What is there by then is for all who name it, as the rule says, and the rest is refused.
      const bool is_refused = outcome.response.status == status || outcome.has_content();
      EXPECT_TRUE(outcome.is_right() || (is_bad(client) && is_refused)) << outcome;
    }
    origin_.clear_script(path);
    expect_normal(parts_of(path + "?sig=bad", kSize));
  }
}

// An origin that sends 64 GiB to whoever asks for a part.
TEST_F(OriginTable, WhatAll64ClientsHaveLeftEnds) {
  constexpr std::uint64_t kEndless = 64 * kGiB;
  const std::string path = "/t/endless";
  origin_.put(path, {.seed = kSeed, .size = kEndless});
  origin_.script(path, always(framed(Framing::kLength, false)));
  start();
  const Use before = use();
  {
    std::vector<HttpClient> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.push_back(connect());
      clients.back().send_request("GET", target(path), {"Range: bytes=" + std::to_string(client * 1000) + "-"});
    }
    ASSERT_TRUE(origin_.wait_for_requests([&](const auto& all) {
      return std::ranges::any_of(
          all, [&](const auto& each) { return each.path == path && each.body_bytes_sent > 2 * kMiB; });
    }));
  }
  EXPECT_TRUE(origin_.wait_for_requests(
      [](const auto& all) { return std::ranges::all_of(all, [](const auto& each) { return each.finished; }); }));
  expect_normal(parts_of(kPath, kSize));
  expect_bounded(before);
}

TEST_F(OriginTable, ChunksAreHadAgainAfterTheyWereEvicted) {
  node_.config().drives = {{"drive", "64MiB"}};
  node_.config().segment_size = "4MiB";
  start();
  origin_.script(kPath, always(framed(Framing::kChunked, false)));
  expect_normal(parts_of(kPath, kSize));
  origin_.put("/t/flood", {.seed = 5, .size = 80 * kMiB});
  expect_whole("/t/flood", 5, 80 * kMiB);
  EXPECT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_evicted_slices_total") > 12; }));
  expect_normal(parts_of(kPath, kSize));
}

// None of the clients waits for the end of the body, which comes byte by byte until all of them have their heads.
TEST_F(OriginTable, ChunksThatTakeLongerThanAClientsPatience) {
  constexpr std::uint64_t kLong = 4 * kMiB;
  constexpr std::uint64_t kThere = 2 * kMiB;
  const std::string path = "/t/untold";
  origin_.put(path, {.seed = kSeed, .size = kLong});
  const auto gate = std::make_shared<Gate>(kThere);
  origin_.script(path, [=](const OriginRequest&) {
    OriginReply reply = framed(Framing::kChunked, false);
    reply.gate = gate;
    return reply;
  });
  start();
  const Use before = use();
  constexpr std::uint64_t kPart = 100'000;
  const auto begin_of = [](std::size_t client) { return client * 777'777 % (kThere - kPart); };
  std::vector<HttpClient> clients;
  for (std::size_t client = 0; client < kClients; ++client) {
    clients.push_back(connect());
    std::vector<std::string> fields;
    if (client % 2 == 1)
      fields.push_back(fmt::format("Range: bytes={}-{}", begin_of(client), begin_of(client) + kPart - 1));
    clients.back().send_request("GET", target(path), fields);
  }
  ASSERT_TRUE(gate->wait_for_arrival());
  std::uint64_t open = kThere;
  EXPECT_TRUE(eventually([&] {
    gate->open_to(++open);
    return std::ranges::all_of(clients,
                               [](auto& each) { return each.socket().wait_readable(std::chrono::seconds(0)); });
  }));
  EXPECT_LT(open, kLong);
  gate->open();
  for (std::size_t client = 0; client < kClients; ++client) {
    const bool is_part = client % 2 == 1;
    const std::uint64_t begin = is_part ? begin_of(client) : 0;
    const HttpResponse response = clients[client].read_checked(kSeed, begin);
    EXPECT_EQ(response.status, is_part ? 206 : 200) << client;
    EXPECT_TRUE(response.complete) << client;
    EXPECT_EQ(response.body_bytes, is_part ? kPart : kLong) << client;
    EXPECT_EQ(response.first_wrong, std::nullopt) << client;
  }
  expect_normal(parts_of(path, kLong));
  expect_bounded(before);
}

TEST_F(OriginTable, ObjectsOfAllSizes) {
  start();
  const Use before = use();
  for (const Framing framing : {Framing::kLength, Framing::kChunked, Framing::kUntilClose}) {
    const std::string name = "/t/sized" + std::to_string(static_cast<int>(framing)) + "-";
    const std::vector<std::uint64_t> sizes = {0, 1, kMiB - 1, kMiB, kMiB + 1};
    for (const std::uint64_t size : sizes) {
      const std::string path = name + std::to_string(size);
      origin_.put(path, {.seed = kSeed, .size = size});
      origin_.script(path, always(framed(framing)));
    }
    const Asks asks = [&](std::size_t client) {
      const std::uint64_t size = sizes[client % sizes.size()];
      return Ask{target(name + std::to_string(size)), part_of(client, size), size};
    };
    expect_all_right(all_ask(asks));
    expect_all_right(all_ask(asks));
  }
  expect_bounded(before);
}

TEST_F(OriginTable, PartsOf200GiB) {
  constexpr std::uint64_t kHuge = 200 * kGiB;
  origin_.put("/t/huge", {.seed = kSeed, .size = kHuge});
  start();
  const Use before = use();
  const Asks asks = [](std::size_t client) {
    const std::uint64_t begin = client * (kHuge / kClients) + client;
    const std::uint64_t end = client == kClients - 1 ? kHuge : begin + 100'000;
    const std::string last = client == kClients - 1 ? "18446744073709551615" : std::to_string(end - 1);
    const std::uint64_t from = std::max(begin, end - 100'000);
    return Ask{target("/t/huge"), {"bytes=" + std::to_string(from) + "-" + last, from, end}, kHuge};
  };
  expect_all_right(all_ask(asks));
  expect_all_right(all_ask(asks));
  expect_bounded(before);
}

}  // namespace
}  // namespace larder::integration
