// PurgingTest: a cache on drives, and a real origin on loopback, as a node's loop has them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/fills.h"
#include "cache/look_up.h"
#include "cache/reader.h"
#include "core/clock.h"
#include "origin/connector.h"
#include "storage/system_disk.h"
#include "support/content.h"
#include "support/fake_origin.h"
#include "support/faulty_disk.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder::cache {

class PurgingTest : public support::TaskFixture {
 protected:
  static constexpr std::string_view kHost = "dl.example.com";
  static constexpr std::uint64_t kSize = storage::kSliceSize + 1000;
  static constexpr std::chrono::milliseconds kForever = std::chrono::hours(1);  // longer than any test
  using What = Purge::What;

  explicit PurgingTest(int drives = 1) {
    Log::Options log_options;
    log_options.target = folder / "log";
    log = *Log::open(log_options);
    origin::ContentRule files;
    files.name = "files";
    files.hosts = {"dl.example.com"};
    files.query_in_key = false;
    files.fresh = kForever;
    origin::ContentRule shared = files;
    shared.name = "shared";
    shared.hosts = {"*.mirror.example"};
    shared.shared_name = true;
    origin::ContentRule queries = files;
    queries.name = "queries";
    queries.hosts = {"q.example.com"};
    queries.query_in_key = true;
    for (origin::ContentRule* rule : {&files, &shared, &queries}) {
      rule->allowed_networks = {*net::parse_prefix("127.0.0.0/8")};
    }
    rules = *origin::RuleSet::build({}, {files, shared, queries});
    std::vector<origin::ResolveOverride> overrides;
    for (const std::string_view host : {"dl.example.com", "a.mirror.example", "b.mirror.example", "q.example.com"}) {
      overrides.push_back(*origin::parse_resolve_override(host, server.address()));
    }
    resolver.set_overrides(std::move(overrides));
    origin::OriginClient::Options options;
    options.node_id = "n1";
    options.connection_timeout = kForever;
    options.patience.first_byte = options.patience.stall = options.patience.slow.window = kForever;
    client.emplace(pool, clock, options);
    start(all_of(drives));
  }

 public:
  ~PurgingTest() override { stop(); }

 protected:
  std::string drive(int number) const { return folder / ("drive" + std::to_string(number)); }
  storage::SliceStore::Options all_of(int drives) const {
    storage::SliceStore::Options options;
    for (int i = 0; i < drives; ++i) options.drives.push_back({drive(i), storage::kMinDriveSize});
    return options;
  }
  /// Another run of the node, with these drives.
  void start(const storage::SliceStore::Options& options) {
    stop();
    store = *storage::SliceStore::open(options, disk, clock, *log);
    Cache::Options cache_options;
    cache_options.fill_memory = 64 * kMiB;
    cache = std::make_unique<Cache>(cache_options, *store, disk_pool, clock, *log);
    fills = std::make_unique<Fills>(*cache, *client, executor());
  }
  void stop() {
    if (!fills) return;
    fills->stop();
    bool idle = false;
    fills->when_idle([&] { idle = true; });
    server.drop_connections();
    run_until([&] { return idle; });
    store->drain();
    fills.reset();
    cache.reset();
    store.reset();
  }

  std::shared_ptr<origin::OriginRequest> request(std::string path, std::string_view host = kHost, bool tls = false) {
    origin::Target target;
    target.rule = rules->match(host);
    target.host = host;
    target.port = 80;
    target.path_and_query = std::move(path);
    const auto& rule = *target.rule;
    const std::string keyed(rule.query_in_key ? std::string_view(target.path_and_query) : target.path());
    target.key = origin::url_key(tls, rule.shared_name, rule.shared_name ? rule.name : std::string(host), keyed);
    return std::make_shared<origin::OriginRequest>(std::move(target), rules);
  }

  // Got: what a client has of one request.
  struct Got {
    std::optional<Errc> error;
    bool from_origin = false;  // it was asked for anything
    std::vector<std::byte> bytes;
    bool is_of(std::uint64_t seed) const { return !error && bytes.size() == kSize && !support::verify(bytes, seed, 0); }
  };

  Task<Result<Found>> find(std::shared_ptr<origin::OriginRequest> asked) {
    auto entry = cache->objects().entry(asked->target.key);
    if (auto object = usable_object(*entry, asked->target, clock.now())) co_return Found{entry, object};
    auto found = co_await look_up(*fills, entry, asked, std::nullopt, Deadline(clock.now() + kForever));
    if (!found) co_return std::unexpected<Error>(found.error());
    auto* object = std::get_if<Found>(&*found);
    if (object == nullptr) co_return fail(Errc::kRefused, "no object");
    co_return std::move(*object);
  }
  /// Reads on from where `got` is, up to `end`.
  Task<void> read_on(Reader& reader, Got& got, std::uint64_t end) {
    while (got.bytes.size() < end && !reader.is_end(got.bytes.size())) {
      auto piece = co_await reader.at(got.bytes.size(), Deadline(clock.now() + kForever));
      if (!piece) {
        got.error = piece.error().code;
        co_return;
      }
      std::vector<std::byte> part(piece->size());
      if (piece->stored) {
        const auto at = static_cast<off_t>(piece->stored->offset() + piece->begin);
        const auto count = ::pread(piece->stored->descriptor(), part.data(), part.size(), at);
        EXPECT_EQ(count, static_cast<ssize_t>(part.size()));
      } else {
        const auto bytes = piece->filling->bytes(piece->begin, piece->end);
        std::copy(bytes.begin(), bytes.end(), part.begin());
      }
      got.bytes.insert(got.bytes.end(), part.begin(), part.end());
    }
  }
  Task<Got> getting(std::shared_ptr<origin::OriginRequest> asked) {
    Got got;
    const std::uint64_t before = cache->counters().requests.load();
    auto found = co_await find(asked);
    if (found) {
      Reader reader(*fills, *std::move(found), asked, {0, kSize});
      co_await read_on(reader, got, kSize);
    } else {
      got.error = found.error().code;
    }
    got.from_origin = cache->counters().requests.load() != before;
    co_return got;
  }
  /// Everything that was asked for is stored when it returns.
  Got get(std::string path, std::string_view host = kHost, bool tls = false) {
    Got got = run(getting(request(std::move(path), host, tls)));
    run_until([&] { return fills->running() == 0; });
    store->drain();
    return got;
  }
  /// A request under way, and what it came to.
  struct UnderWay {
    std::optional<Got> got;
  };
  Task<void> note(std::shared_ptr<origin::OriginRequest> asked, std::shared_ptr<UnderWay> under_way) {
    under_way->got = co_await getting(std::move(asked));
  }
  std::shared_ptr<UnderWay> begin(std::string path) {
    auto under_way = std::make_shared<UnderWay>();
    tasks_.spawn(note(request(std::move(path)), under_way));
    return under_way;
  }
  Got end(const std::shared_ptr<UnderWay>& under_way) {
    run_until([&] { return under_way->got.has_value(); });
    return *under_way->got;
  }

  void put(const std::string& path, std::uint64_t seed, std::string etag = "\"v1\"") {
    support::OriginObject object;
    object.seed = seed;
    object.size = kSize;
    object.etag = std::move(etag);
    server.put(path, object);
  }
  std::string last_condition(const std::string& path) {
    return std::string(server.requests(path).back().head.field("If-None-Match"));
  }

  void purge(What what, std::string value, bool hard) {
    const auto purged = cache->purge({what, std::move(value), hard}, *rules);
    ASSERT_TRUE(purged) << purged.error().text;
    EXPECT_EQ(purged->not_kept, "");
  }

  support::TempDir folder;
  SystemClock clock;
  storage::SystemDisk system_disk;
  support::FaultyDisk disk{system_disk, 1};
  std::unique_ptr<Log> log;
  std::shared_ptr<const origin::RuleSet> rules;
  support::FakeOrigin server;
  BlockingPool lookups{"lookup", 1, 4};
  BlockingPool disk_pool{"disk", 2, 100};
  origin::Resolver resolver{lookups, clock, origin::Resolver::Options()};
  origin::NetworkConnector connector{executor(), sweeper_, resolver, nullptr, clock, kForever};
  origin::ConnectionPool pool{executor(), connector, clock, origin::ConnectionPool::Options()};
  std::optional<origin::OriginClient> client;
  std::unique_ptr<storage::SliceStore> store;
  std::unique_ptr<Cache> cache;
  std::unique_ptr<Fills> fills;
};

}  // namespace larder::cache
