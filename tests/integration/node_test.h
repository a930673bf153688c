// NodeTest: a fake origin and a real larder-node that takes it for au.download.windowsupdate.com.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
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
  explicit NodeTest(FakeOrigin::Options options) : origin_(std::move(options)), node_(LARDER_NODE_PROGRAM, config()) {}

  /// A config whose names all lead to the fake origin. Time-outs are short where a test makes the node run into them.
  NodeConfig config() const {
    NodeConfig config;
    for (const char* name : {kHost, "dl.delivery.mp.microsoft.com", "download.windowsupdate.com"}) {
      config.resolve.emplace_back(name, origin_.address());
    }
    return config;
  }

  /// How a Delivery Optimization client asks the node for `path`.
  static std::string target(const std::string& path, const std::string& host = kHost) {
    return path + (path.contains('?') ? "&" : "?") + "cacheHostOrigin=" + host;
  }

  HttpClient client() const { return HttpClient(node_.http()); }

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
    const HttpResponse response = client().fetch_checked(target(path), seed);
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

  FakeOrigin origin_;
  Node node_;
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
