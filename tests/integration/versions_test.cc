// An object that changes at its origin: every response is of one version, whatever is stored of the others.
#include <atomic>
#include <chrono>
#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSize = 8 * kMiB;
const std::string kPath = "/k/object.bin";

/// Version n: other bytes, and other validators.
OriginObject version(std::uint64_t n, std::uint64_t size = kSize) {
  return {.seed = n, .size = size, .etag = "\"v" + std::to_string(n) + "\""};
}

class Versions : public NodeTest {
 protected:
  Versions() {
    origin_.put(kPath, version(1));
    // Nothing is used without asking the origin whether it still holds.
    node_.config().tables =
        "[[origin.rule]]\nname = \"changing\"\nhosts = [\"changing.example.com\"]\nfresh = \"0s\"\n";
    node_.config().resolve.emplace_back("changing.example.com", origin_.address());
    auditor().serves("changing.example.com");
    allow_age(0s);
    node_.start();
  }

  /// How old an answer of the changing host may be.
  void allow_age(std::chrono::seconds age) {
    auditor().allow_age({.host = "changing.example.com", .path = "", .query = ""}, {.age = age});
  }
  static std::string changing(const std::string& path = kPath) { return target(path, "changing.example.com"); }

  /// The version whose bytes all of the response is; 0 if it is not of one.
  static std::uint64_t version_of(const std::string& body, std::uint64_t offset) {
    const auto bytes = std::as_bytes(std::span(body));
    for (std::uint64_t n = 1; n < 10; ++n) {
      if (!verify(bytes, n, offset)) return n;
    }
    return 0;
  }
};

TEST_F(Versions, AChangedObjectIsANewObject) {
  EXPECT_EQ(connect().fetch_checked(changing(), 1, 0, kSlice).first_wrong, std::nullopt);
  origin_.put(kPath, version(2));
  const HttpResponse response = connect().fetch_checked(changing(), 2, 0, kSlice);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  EXPECT_EQ(response.head.field("ETag"), "\"v2\"");
}

TEST_F(Versions, AnUnchangedObjectIsNotFetchedAgain) {
  EXPECT_EQ(connect().fetch_checked(changing(), 1).first_wrong, std::nullopt);
  const std::uint64_t sent = origin_.body_bytes_sent();
  EXPECT_EQ(connect().fetch_checked(changing(), 1).first_wrong, std::nullopt);
  EXPECT_LE(origin_.body_bytes_sent(), sent + 1);
}

// What is fresh is used without asking, so half of version 1 is stored when the other half comes as version 2.
TEST_F(Versions, StoredAndFetchedSlicesOfTwoVersionsNeverMeet) {
  allow_refetch(kSize);  // the answer in which the change is found
  for (const OriginObject& next : {version(2), version(3, kSize - 5), version(4, kSize + kSlice)}) {
    const std::string name = kPath + next.etag.substr(1, 2);
    const std::string path = target(name);
    origin_.put(name, version(1));
    ASSERT_EQ(connect().fetch(path, {"Range: bytes=0-2097151"}).status, 206);
    origin_.put(name, next);
    for (int i = 0; i < 3; ++i) {
      const HttpResponse response = connect().fetch(path, {"Range: bytes=1048576-4194303"});
      if (response.status >= 500) continue;  // honest
      EXPECT_EQ(response.status, 206);
      EXPECT_NE(version_of(response.body, kSlice), 0u) << "bytes of two versions in one response";
      if (response.complete) {
        EXPECT_EQ(response.body_bytes, 3 * kSlice);
      }
    }
  }
}

TEST_F(Versions, AChangeInTheMiddleOfAResponseCutsIt) {
  allow_refetch(kSize);  // the answer in which the change is found
  // The first answer ends early; by then the origin has another version.
  origin_.script(kPath, [&](const OriginRequest& request) {
    OriginReply reply;
    if (request.number > 0) return reply;
    reply.object = version(1);
    reply.ending = OriginReply::Ending::kTruncate;
    reply.ending_after = kSlice + 1000;
    origin_.put(kPath, version(2));
    return reply;
  });
  const HttpResponse response = connect().fetch(target(kPath));
  if (response.status == 200) {
    EXPECT_NE(version_of(response.body, 0), 0u) << "bytes of two versions in one response";
    const std::string etag(response.head.field("ETag"));
    if (etag == "\"v1\"") {
      EXPECT_FALSE(response.complete) << "nobody has all of version 1";
    }
  }
  EXPECT_TRUE(eventually([&] {
    const HttpResponse next = connect().fetch(target(kPath));
    EXPECT_NE(next.body.empty() ? 1 : version_of(next.body, 0), 0u);
    return next.complete && next.head.field("ETag") == "\"v2\"";
  }));
}

TEST_F(Versions, ManyReadersWhileItKeepsChanging) {
  allow_refetch(4 * kSize);  // the answers in which readers find the changes
  // Who begins to ask while an old answer is on its way to the node may have that, and a busy machine is slow.
  allow_age(kPatience);
  std::vector<std::jthread> readers;
  std::atomic<bool> stop = false;
  for (std::uint64_t reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&, reader] {
      for (std::uint64_t i = reader; !stop; ++i) {
        const std::uint64_t begin = i * 777'777 % (kSize - 3 * kSlice);
        const std::string last = std::to_string(begin + 2 * kSlice);
        const HttpResponse response =
            connect().fetch(changing(), {"Range: bytes=" + std::to_string(begin) + "-" + last});
        if (response.status != 206) continue;
        const std::uint64_t found = version_of(response.body, begin);
        EXPECT_NE(found, 0u);
        if (!response.body.empty()) {
          EXPECT_EQ(response.head.field("ETag"), "\"v" + std::to_string(found) + "\"");
        }
      }
    });
  }
  for (std::uint64_t n = 2; n < 10; ++n) {
    const std::size_t before = origin_.requests().size();
    origin_.put(kPath, version(n));
    EXPECT_TRUE(origin_.wait_for_requests([&](const auto& requests) { return requests.size() >= before + 20; }));
  }
  stop = true;
  readers.clear();
  allow_age(0s);
  EXPECT_EQ(connect().fetch(changing()).head.field("ETag"), "\"v9\"");
}

// A load balancer in front of two origins that disagree: the validators differ from request to request.
TEST_F(Versions, TwoOriginsBehindOneNameThatDisagree) {
  origin_.script(kPath, [](const OriginRequest& request) {
    OriginReply reply;
    reply.object = version(request.number % 2 + 1);
    return reply;
  });
  for (int i = 0; i < 10; ++i) {
    const HttpResponse response = connect().fetch(target(kPath));
    if (response.status >= 500 || response.body.empty()) continue;
    EXPECT_NE(version_of(response.body, 0), 0u);
  }
}

}  // namespace
}  // namespace larder::integration
