// NodeTest: a fake origin, a real larder-node that takes it for au.download.windowsupdate.com, and an auditor that
// hears of all that passes between them and the test's clients: what it finds fails the test (docs/testing.md).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "support/content.h"
#include "support/eventually.h"
#include "support/fake_origin.h"
#include "support/http_client.h"
#include "support/live_auditor.h"
#include "support/node.h"

namespace larder::integration {

using namespace support;

inline constexpr std::uint64_t kSlice = kMiB;
inline constexpr const char* kHost = "au.download.windowsupdate.com";

/// Percent of the work of a long test that is done: all of it, or what LARDER_TEST_SHARE says (less under sanitizers,
/// more in scripts/test --long).
inline const std::uint64_t kShare = [] {
  const char* const percent = std::getenv("LARDER_TEST_SHARE");
  return percent == nullptr ? 100 : std::strtoull(percent, nullptr, 10);
}();

class NodeTest : public testing::Test {
 protected:
  NodeTest() : NodeTest(FakeOrigin::Options()) {}
  explicit NodeTest(FakeOrigin::Options options)
      : origin_(observed(std::move(options))), node_(LARDER_NODE_PROGRAM, config()) {
    for (const char* host : kHosts) {
      auditor().serves(host);
      auditor().allow_age({host, "", ""}, {.age = kFresh});
    }
  }

  void TearDown() override {
    auditor().allow_refetch({}, refetch_allowed_);
    if (!auditor().verdicts().empty() && node_.is_running()) {
      auditor().allow_refetch({}, refetch_allowed_ + declined_bytes());
    }
    for (const std::string& verdict : auditor().verdicts()) ADD_FAILURE() << verdict;
  }

  /// A config whose names all lead to the fake origin. Time-outs are short where a test makes the node run into them.
  NodeConfig config() const {
    NodeConfig config;
    for (const char* name : kHosts) {
      config.resolve.emplace_back(name, origin_.address());
    }
    return config;
  }

  /// How a Delivery Optimization client asks the node for `path`.
  static std::string target(const std::string& path, const std::string& host = kHost) {
    return path + (path.contains('?') ? "&" : "?") + "cacheHostOrigin=" + host;
  }

  /// A client on a connection of its own, all of whose requests and responses are audited.
  HttpClient connect() { return connect(node_); }
  HttpClient connect(const Node& node) { return HttpClient(node.http(), &audit_); }
  /// One whose address is `from`: "127.0.0.2".
  HttpClient connect_from(const std::string& from) { return HttpClient(node_.http(), &audit_, from + ":0"); }

  /// Where a test says what is allowed beyond the usual.
  Auditor& auditor() { return audit_.auditor(); }
  /// So many bytes of each object may come from the origin again, beside those of slices that drives have declined.
  void allow_refetch(std::uint64_t bytes) { refetch_allowed_ = bytes; }

  /// The range [begin, end) of `path`, which must come whole and right.
  void expect_range(HttpClient& client, const std::string& path, std::uint64_t seed, std::uint64_t begin,
                    std::uint64_t end) {
    const HttpResponse response = client.fetch_checked(target(path), seed, begin, end);
    EXPECT_EQ(response.status, 206) << path << " " << begin << "-" << end;
    EXPECT_TRUE(response.complete) << path << " " << begin << "-" << end;
    EXPECT_EQ(response.body_bytes, end - begin) << path << " " << begin << "-" << end;
    EXPECT_EQ(response.first_wrong, std::nullopt) << path << " " << begin << "-" << end;
  }
  void expect_whole(const std::string& path, std::uint64_t seed, std::uint64_t size) {
    const HttpResponse response = connect().fetch_checked(target(path), seed);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_TRUE(response.complete) << path;
    EXPECT_EQ(response.body_bytes, size) << path;
    EXPECT_EQ(response.first_wrong, std::nullopt) << path;
  }

  /// Bytes of the slices that drives have declined: they do while a write hangs, as on a disk that others keep busy.
  /// Such a slice may be fetched once more for every time it was declined.
  std::uint64_t declined_bytes() const {
    return static_cast<std::uint64_t>(sum_of(node_.metrics(), "larder_drive_dropped_writes_total")) * kSlice;
  }

  LiveAuditor audit_{{.load = {}, .answer_memory = kAnswersAreOnTheirWay}};
  FakeOrigin origin_;
  Node node_;

 private:
  static constexpr std::array kHosts = {kHost, "dl.delivery.mp.microsoft.com", "download.windowsupdate.com"};
  static constexpr auto kFresh = std::chrono::hours(24);  // as the shipped rule says of these hosts
  // An answer that is no object is given to all who ask until it has reached the node.
  static constexpr auto kAnswersAreOnTheirWay = std::chrono::seconds(10);

  FakeOrigin::Options observed(FakeOrigin::Options options) {
    options.observer = &audit_;
    return options;
  }

  std::uint64_t refetch_allowed_ = 0;
};

/// Numbers of the slices that `requests` asked the origin for, in part or whole.
inline std::multiset<std::uint64_t> slices_of(const std::vector<OriginRequest>& requests) {
  std::multiset<std::uint64_t> slices;
  for (const OriginRequest& request : requests) {
    const OriginRange& range = request.sent_range;
    for (std::uint64_t at = range.begin / kSlice * kSlice; at < range.end; at += kSlice) slices.insert(at / kSlice);
  }
  return slices;
}

}  // namespace larder::integration
