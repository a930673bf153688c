// The fault table, its rows about content that changes and servers that disagree: what 64 clients at once get is never
// mixed, and comes to its end.
#include <atomic>
#include <chrono>
#include <memory>

#include "fault_table.h"
#include "origin_replies.h"

namespace larder::integration {
namespace {

using Ending = OriginReply::Ending;
using namespace std::chrono_literals;

constexpr std::uint64_t kSize = 5 * kMiB + 3;
const std::string kPath = "/v/object.bin";
constexpr const char* kPlain = "plain.example.com";    // as the origin says
constexpr const char* kNever = "never.example.com";    // never changes under its name
constexpr const char* kAlways = "always.example.com";  // is asked about every time

OriginObject named(std::uint64_t seed, std::string etag, std::string last_modified) {
  OriginObject made;
  made.seed = seed;
  made.size = kSize;
  made.etag = std::move(etag);
  made.last_modified = std::move(last_modified);
  return made;
}

class VersionTable : public FaultTable {
 protected:
  VersionTable() {
    node_.config().tables = R"(
[[origin.rule]]
name = "plain"
hosts = ["plain.example.com"]
[[origin.rule]]
name = "never"
hosts = ["never.example.com"]
immutable = true
[[origin.rule]]
name = "always"
hosts = ["always.example.com"]
fresh = "0s"
query_in_key = false
)";
    for (const char* host : {kPlain, kNever, kAlways}) {
      node_.config().resolve.emplace_back(host, origin_.address());
      auditor().serves(host);
      auditor().allow_age({host, "", ""}, {.age = 24h});  // as the rule says, or a guess where the origin says nothing
    }
  }

  /// What is wrong of content is the auditor's to find; nothing but content and the node's own statuses comes.
  static void expect_honest(const Outcomes& outcomes) {
    for (const Outcome& each : outcomes) {
      EXPECT_TRUE(each.is_right() || each.has_content() || each.is_refused()) << each;
    }
  }
};

// --- servers that name what they have differently, or not at all ---

struct Names {
  std::string name;
  std::function<OriginObject(std::uint64_t seed, std::uint64_t request)> object;
};
void PrintTo(const Names& value, std::ostream* out) { *out << value.name; }

std::string second(std::uint64_t number) { return "Fri, 02 Jan 2026 03:04:" + std::to_string(10 + number) + " GMT"; }

class ServersThatDisagree : public VersionTable, public testing::WithParamInterface<Names> {
 protected:
  /// `changes`: every third answer has other bytes than the one before.
  void disagree(bool changes) {
    origin_.put(kPath, GetParam().object(1, 0));
    origin_.script(kPath, [=](const OriginRequest& request) {
      OriginReply reply;
      reply.object = GetParam().object(changes ? 1 + request.number / 3 % 5 : 1, request.number);
      return reply;
    });
  }
};

TEST_P(ServersThatDisagree, AboutWhatNeverChangesCostNothing) {
  node_.start();
  const Use before = use();
  disagree(false);
  expect_normal(parts_of(kPath, kSize, kNever));
  expect_bounded(before);
}

TEST_P(ServersThatDisagree, AboutWhatChangesMixNothingAndAreComeToAnEndWith) {
  node_.start();
  const Use before = use();
  disagree(true);
  const Asks asks = parts_of(kPath, kSize, kPlain);
  for (int i = 0; i < 3; ++i) expect_honest(all_ask(asks));
  expect_normal(asks);  // stored in one response, or forwarded, while the fault goes on
  origin_.clear_script(kPath);
  expect_normal(asks);
  expect_bounded(before);
}

INSTANTIATE_TEST_SUITE_P(
    All, ServersThatDisagree,
    testing::Values(Names{"no_validator", [](auto seed, auto) { return named(seed, "", ""); }},
                    Names{"one_weak_etag", [](auto seed, auto) { return named(seed, "W/\"same\"", ""); }},
                    Names{"an_etag_for_each_request",
                          [](auto seed, auto request) {
                            return named(seed, "\"" + std::to_string(seed) + "-" + std::to_string(request) + "\"", "");
                          }},
                    Names{"an_etag_for_each_version",
                          [](auto seed, auto) { return named(seed, "\"" + std::to_string(seed) + "\"", ""); }},
                    // No date is that of two versions: then nobody could tell them apart.
                    Names{"dates_a_second_apart",
                          [](auto seed, auto request) { return named(seed, "", second(7 * seed + request % 7)); }}),
    [](const auto& test) { return test.param.name; });

// --- what the origin says when it is asked whether a version still holds ---

struct Revalidation {
  std::string name;
  OriginScript script;                 // from then on
  std::optional<OriginObject> next{};  // what is there from then on
  bool is_gone = false;
};
void PrintTo(const Revalidation& value, std::ostream* out) { *out << value.name; }

std::vector<Revalidation> revalidations() {
  OriginObject other = named(2, "\"v2\"", "");
  OriginObject longer = named(2, "\"v2\"", "");
  longer.size = kSize + kMiB;
  OriginReply unconditional;  // 200 with all of it, whatever the condition is
  unconditional.object = named(1, "", "");
  unconditional.fields = {{"ETag", "\"v1\""}};
  return {
      {"another_etag", {}, other},
      {"another_length", {}, longer},
      {"gone", always(with_status(404)), {}, true},
      {"the_condition_is_passed_over", always(unconditional)},
      {"status_500", always(with_status(500))},
      {"reset", always(raw_cut("H", 0, Ending::kReset))},
      {"garbage", always(raw_cut("\x01\x02 garbage\r\n\r\n", 0))},
      {"silence", always(silence())},
  };
}

class RevalidationTable : public VersionTable, public testing::WithParamInterface<Revalidation> {};

TEST_P(RevalidationTable, OfWhatIsStored) {
  // Stale only while the origin is out, and for half a minute from then on.
  auditor().allow_age({kAlways, "", ""}, {.stale_while_out = true, .outage_memory = 60s});
  origin_.put(kPath, named(1, "\"v1\"", ""));
  node_.start();
  const HttpResponse first = connect().fetch_checked(target(kPath, kAlways), 1);
  ASSERT_TRUE(first.complete);
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_slices") >= 6; }));
  const Use before = use();

  const std::uint64_t size = GetParam().next ? GetParam().next->size : kSize;
  if (GetParam().next) origin_.put(kPath, *GetParam().next);
  if (GetParam().script) origin_.script(kPath, GetParam().script);
  for (const Outcome& outcome : all_ask(parts_of(kPath, size, kAlways))) {
    EXPECT_TRUE(GetParam().is_gone ? outcome.response.status == 404 : outcome.is_right()) << outcome;
  }

  origin_.clear_script(kPath);
  expect_normal(parts_of(kPath, size, kAlways));
  expect_bounded(before);
}

INSTANTIATE_TEST_SUITE_P(All, RevalidationTable, testing::ValuesIn(revalidations()),
                         [](const auto& test) { return test.param.name; });

TEST_F(VersionTable, ARefusalAtRevalidationEndsNoDownloadOf32) {
  constexpr std::uint64_t kLong = 24 * kMiB;
  node_.start();
  for (const int status : {403, 404}) {
    const std::string path = "/v/" + std::to_string(status);
    const auto gate = std::make_shared<Gate>(kMiB);
    OriginObject large = named(1, "\"v1\"", "");
    large.size = kLong;
    origin_.put(path, large);
    origin_.script(path, [=](const OriginRequest& request) {
      OriginReply reply;
      if (request.query.contains("bad")) reply.status = status;
      reply.gate = gate;
      return reply;
    });
    std::vector<HttpClient> running;
    for (std::size_t i = 0; i < kClients / 2; ++i) {
      running.push_back(connect());
      running.back().send_request("GET", target(path + "?sig=good", kAlways));
    }
    // None of them asks the origin for leave any more, in which others would share.
    for (HttpClient& client : running) ASSERT_TRUE(client.socket().wait_readable(kPatience));
    const Outcomes refused = all_ask(
        [&](std::size_t client) { return Ask{target(path + "?sig=bad", kAlways), part_of(client, kLong), kLong}; });
    for (const Outcome& outcome : refused) EXPECT_EQ(outcome.response.status, status) << outcome;
    gate->open();
    std::vector<std::jthread> readers;
    for (HttpClient& client : running) {
      readers.emplace_back([&client] {
        const HttpResponse response = client.read_checked(1, 0);
        EXPECT_TRUE(response.status == 200 && response.complete && response.body_bytes == kLong) << response.status;
      });
    }
  }
}

// A new version every so often, under 64 clients that go on asking.
TEST_F(VersionTable, ContentThatChangesUnderLoad) {
  // Who begins to ask while an old answer is on its way to the node may have that, and a busy machine is slow.
  auditor().allow_age({kAlways, "", ""}, {.age = kPatience});
  origin_.put(kPath, named(1, "\"v1\"", ""));
  node_.start();
  const Use before = use();
  std::atomic<bool> stop = false;
  std::jthread changing([&] {
    for (std::uint64_t n = 2; n < 8 && !stop; ++n) {
      const std::size_t requests = origin_.requests().size();
      eventually([&] { return stop || origin_.requests().size() > requests + 8; });
      origin_.put(kPath, named(n, "\"v" + std::to_string(n) + "\"", ""));
    }
  });
  for (int i = 0; i < 3; ++i) expect_honest(all_ask(parts_of(kPath, kSize, kAlways)));
  stop = true;
  changing.join();
  auditor().allow_age({kAlways, "", ""}, {});
  expect_normal(parts_of(kPath, kSize, kAlways));
  expect_bounded(before);
}

}  // namespace
}  // namespace larder::integration
