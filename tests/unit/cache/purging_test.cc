// What is purged is not used again, wherever it is remembered; and what is not purged is.
#include "purging_test.h"

#include <atomic>
#include <thread>

#include "support/gate.h"

namespace larder::cache {
namespace {

class Purging : public PurgingTest {};

TEST_F(Purging, SoftlyTheOriginIsAskedAndTheBytesAreKept) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  const std::uint64_t sent = server.body_bytes_sent();

  purge(What::kUrl, "dl.example.com/a", false);
  const Got after = get("/a");
  EXPECT_TRUE(after.from_origin);
  EXPECT_TRUE(after.is_of(1));
  EXPECT_EQ(last_condition("/a"), "\"v1\"");
  EXPECT_EQ(server.body_bytes_sent(), sent);
  EXPECT_FALSE(get("/a").from_origin) << "the origin has said that it is right";
}

TEST_F(Purging, SoftlyAnotherVersionIsNoticed) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  put("/a", 2, "\"v2\"");
  EXPECT_TRUE(get("/a").is_of(1)) << "its rule says that it is fresh";
  purge(What::kUrl, "http://DL.example.com/a", false);
  EXPECT_TRUE(get("/a").is_of(2));
}

// The operator purges because the bytes are wrong: that the origin says the same of them means nothing.
TEST_F(Purging, HardNoByteIsUsedAgainUnderTheSameETag) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  put("/a", 2);
  purge(What::kUrl, "dl.example.com/a", true);
  const Got after = get("/a");
  EXPECT_TRUE(after.is_of(2));
  EXPECT_EQ(last_condition("/a"), "");
  EXPECT_FALSE(get("/a").from_origin);
  EXPECT_TRUE(get("/a").is_of(2));
}

TEST_F(Purging, OnlyWhatIsNamedIsPurged) {
  struct Named {
    What what;
    std::string value;
    std::vector<std::string> purged;
  };
  const std::vector<std::string> all = {"/a/b", "/a/bc", "/a", "/b"};
  const std::vector<Named> cases = {{What::kUrl, "dl.example.com/a", {"/a"}},
                                    {What::kUrl, "https://dl.example.com:443/a/b?x=1", {"/a/b"}},
                                    {What::kPrefix, "dl.example.com/a/b", {"/a/b", "/a/bc"}},
                                    {What::kPrefix, "dl.example.com", all},
                                    {What::kPrefix, "q.example.com/", {}},
                                    {What::kRule, "files", all},
                                    {What::kRule, "shared", {}},
                                    {What::kEverything, "", all}};
  for (const std::string& path : all) {
    put(path, 1);
    ASSERT_TRUE(get(path).is_of(1));
  }
  for (const bool hard : {false, true}) {
    for (const Named& each : cases) {
      purge(each.what, each.value, hard);
      for (const std::string& path : all) {
        const bool is_named = std::ranges::find(each.purged, path) != each.purged.end();
        const Got got = get(path + "?signature=" + std::to_string(hard));
        EXPECT_TRUE(got.is_of(1));
        EXPECT_EQ(got.from_origin, is_named) << to_string(each.what) << " " << each.value << ": " << path;
      }
    }
  }
}

TEST_F(Purging, AUrlIsAllThatItsRuleKeepsUnderOneName) {
  put("/a", 1);
  ASSERT_TRUE(get("/a?x=1", "a.mirror.example").is_of(1));
  ASSERT_TRUE(get("/a?x=1", kHost, false).is_of(1));
  ASSERT_TRUE(get("/a?x=1", kHost, true).is_of(1));
  for (const std::string_view query : {"", "?x=1", "?x=2"}) {
    ASSERT_TRUE(get("/a" + std::string(query), "q.example.com").is_of(1));
  }
  purge(What::kUrl, "b.mirror.example/a", true);
  purge(What::kUrl, "dl.example.com/a", true);
  purge(What::kUrl, "q.example.com/a?x=1", true);
  put("/a", 2);
  EXPECT_TRUE(get("/a", "a.mirror.example").is_of(2)) << "its hosts hold the same";
  EXPECT_TRUE(get("/a?x=3", kHost, false).is_of(2));
  EXPECT_TRUE(get("/a?x=3", kHost, true).is_of(2));
  EXPECT_TRUE(get("/a?x=1", "q.example.com").is_of(2));
  EXPECT_TRUE(get("/a?x=2", "q.example.com").is_of(1)) << "the query is part of its name";
  EXPECT_TRUE(get("/a", "q.example.com").is_of(1));
}

TEST_F(Purging, WhatIsNoPurgeChangesNothing) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  const std::vector<Purge> wrong = {{What::kUrl, ""},
                                    {What::kUrl, "/a"},
                                    {What::kUrl, "unknown.example.net/a"},
                                    {What::kUrl, "dl.example.com/a b"},
                                    {What::kUrl, "dl.example.com/a#b"},
                                    {What::kUrl, "node.example.net/a?cacheHostOrigin=dl.example.com"},
                                    {What::kUrl, "dl.example.com/" + std::string(5000, 'a')},
                                    {What::kPrefix, "dl.example.com/a*"},
                                    {What::kPrefix, "*.example.com"},
                                    {What::kPrefix, "dl.example.com/a?x"},
                                    {What::kRule, "unknown"},
                                    {What::kEverything, "dl.example.com"}};
  for (const Purge& purge : wrong) EXPECT_FALSE(cache->purge(purge, *rules)) << purge.value;
  EXPECT_EQ(cache->purges().last(), 0u);
  EXPECT_FALSE(get("/a").from_origin);
}

// --- what is under way ---

TEST_F(Purging, AnAnswerThatWasAskedForBeforeIsNotServedAfter) {
  for (const unsigned variant : {0U, 1U, 2U, 3U}) {
    const bool hard = (variant & 1U) != 0;
    const bool others_come = (variant & 2U) != 0;
    const std::string path = "/" + std::to_string(variant);
    put(path, 1);
    support::OriginReply held;
    held.head_gate = std::make_shared<support::Gate>();
    held.object = support::OriginObject{.seed = 1, .size = kSize};
    server.script(path, [held](const support::OriginRequest& asked) {
      return asked.number == 0 ? held : support::OriginReply();
    });
    const auto before = begin(path);
    run_until([&] { return !server.requests(path).empty(); });
    put(path, 2, hard ? "\"v1\"" : "\"v2\"");
    purge(What::kUrl, "dl.example.com" + path, hard);
    if (others_come) {
      EXPECT_TRUE(end(begin(path)).is_of(2)) << "who comes later waits for no answer of before";
    }
    held.head_gate->open();
    EXPECT_TRUE(end(before).is_of(2)) << "its response begins after it: " << variant;
    EXPECT_TRUE(get(path).is_of(2));
  }
}

TEST_F(Purging, ARevalidationThatBeganBeforeMakesNothingFresh) {
  for (const bool hard : {false, true}) {
    const std::string path = hard ? "/hard" : "/soft";
    put(path, 1);
    ASSERT_TRUE(get(path).is_of(1));
    purge(What::kUrl, "dl.example.com" + path, false);
    support::OriginReply held;
    held.head_gate = std::make_shared<support::Gate>();
    server.script(path, [held](const support::OriginRequest& asked) {
      return asked.number == 1 ? held : support::OriginReply();
    });
    const auto before = begin(path);
    run_until([&] { return server.requests(path).size() == 2; });
    purge(What::kUrl, "dl.example.com" + path, hard);
    held.head_gate->open();  // a 304 of the version that it has had since before
    EXPECT_TRUE(end(before).is_of(1));
    EXPECT_EQ(server.requests(path)[1].status, 304);
    const auto third = server.requests(path)[2];
    EXPECT_EQ(third.status, hard ? 206 : 304) << "and it is asked again";
    EXPECT_FALSE(get(path).from_origin);
  }
}

TEST_F(Purging, WhatADriveIsReadForIsNotServedAfter) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  start(all_of(1));
  put("/a", 2);
  disk.hold_reads();
  const auto before = begin("/a");
  context_.restart();
  context_.poll();
  purge(What::kUrl, "dl.example.com/a", true);
  disk.release_reads();
  EXPECT_TRUE(end(before).is_of(2));
}

TEST_F(Purging, AResponseGoesOnWithWhatItBeganWith) {
  support::OriginReply held;
  held.object = support::OriginObject{.seed = 1, .size = kSize};
  held.gate = std::make_shared<support::Gate>(1000);
  server.reply("/a", held);
  const auto asked = request("/a");
  const auto found = run(find(asked));
  ASSERT_TRUE(found);
  Got got;
  Reader reader(*fills, *found, asked, {0, kSize});
  run(read_on(reader, got, 1000));
  ASSERT_EQ(got.bytes.size(), 1000u);

  server.clear_script("/a");
  put("/a", 2);
  purge(What::kEverything, "", true);
  EXPECT_TRUE(reader.is_purged());
  const auto after = begin("/a");
  EXPECT_TRUE(end(after).is_of(2));
  held.gate->open();
  run(read_on(reader, got, kSize));
  EXPECT_TRUE(got.is_of(1));
  EXPECT_TRUE(get("/a").is_of(2)) << "what the old one still brought is not found";
}

// The origin's bytes are other ones before each purge, under the same ETag.
TEST_F(Purging, FromAnotherThreadItIsInForceOnceItReturns) {
  constexpr std::uint64_t kVersions = 40;
  put("/a", 1);
  std::atomic<std::uint64_t> least{1};
  std::thread operating([&] {
    for (std::uint64_t version = 2; version <= kVersions; ++version) {
      put("/a", version);
      const Purge all{What::kEverything, "", true};
      const Purge one{What::kUrl, "dl.example.com/a", true};
      EXPECT_TRUE(cache->purge(version % 2 == 0 ? one : all, *rules));
      least = version;
    }
  });
  for (bool last = false; !last;) {
    const std::uint64_t from = least;
    last = from == kVersions;
    const Got got = run(getting(request("/a")));
    std::uint64_t version = from;
    while (version <= kVersions && !got.is_of(version)) ++version;
    EXPECT_LE(version, kVersions) << "what was purged before version " << from;
  }
  operating.join();
}

// --- when the origin is out ---

TEST_F(Purging, WhenTheOriginIsOutSoftIsServedAndHardIsNot) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  support::OriginReply out;
  out.status = 503;
  out.fields = {{"Retry-After", "1"}};
  server.reply("/a", out);
  purge(What::kUrl, "dl.example.com/a", false);
  const Got soft = get("/a");
  EXPECT_TRUE(soft.is_of(1));
  EXPECT_TRUE(soft.from_origin);
  purge(What::kUrl, "dl.example.com/a", false);
  EXPECT_TRUE(get("/a").from_origin) << "what was lent for a while is asked for again";
  purge(What::kUrl, "dl.example.com/a", true);
  EXPECT_EQ(get("/a").error, Errc::kRefused);
}

class PurgingInMemory : public PurgingTest {
 protected:
  PurgingInMemory() : PurgingTest(0) {}
};

TEST_F(PurgingInMemory, WithoutADriveWhatIsInMemoryIsPurged) {
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  ASSERT_FALSE(get("/a").from_origin);
  put("/a", 2);
  purge(What::kEverything, "", true);
  EXPECT_TRUE(get("/a").is_of(2));
}

}  // namespace
}  // namespace larder::cache
