// Resolver: host names of origins to addresses that may be asked, with a cache.
//
// Names that do not exist or are slow to look up hold up nobody but those who ask for them: they have their own limits
// in the cache (origin/name_table.h) and in the pool (origin/lookup_queue.h). A name that a content rule has in its
// hosts, such as "dl.example.com" or the "example.com" of "*.example.com", has a lane of its own while it is not
// proven: nobody who makes names up can fill that one.
//
// Threads    resolve() on any loop, set_overrides() from any thread. Lookups run in the blocking pool; loops that
//            want the same name wait for the same lookup.
// Cancel     the deadline. A lookup that runs still fills the cache, whoever waits for it; one that is queued takes no
//            thread if nobody waits for it when its turn comes, unless its name is proven.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/blocking_pool.h"
#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"
#include "net/address.h"
#include "origin/content_rule.h"
#include "origin/lookup_queue.h"
#include "origin/name_table.h"

namespace larder::origin {

/// `"host" = "ip:port"` or `"host:port" = "ip:port"`, as curl's --resolve. Trusted: no address policy applies.
struct ResolveOverride {
  std::string host;
  std::uint16_t port = 0;  // 0: any
  net::Endpoint endpoint;
};

/// "ip" alone keeps the port that was asked for. Errors: kInvalid.
Result<ResolveOverride> parse_resolve_override(std::string_view host, std::string_view endpoint);

class Resolver {
 public:
  struct Options {
    std::chrono::milliseconds keep = std::chrono::seconds(60);
    std::chrono::milliseconds keep_failure = std::chrono::seconds(5);
    std::chrono::milliseconds keep_stale = std::chrono::hours(1);
    /// How long a lookup is waited for, from when it was asked for, while an outdated answer is at hand. One that takes
    /// longer is slow.
    std::chrono::milliseconds stale_patience = std::chrono::seconds(1);
    /// How long a name is not proven after a slow lookup: names that take turns at being quick and slow must not hold
    /// the threads of proven ones.
    std::chrono::milliseconds keep_doubt = std::chrono::hours(1);
    NameTable::Limits names;
    /// By Standing. The pool should have a thread for each lookup that runs at once, so that no lane waits for another.
    LookupQueue::Lanes lanes = {{{12, 10'000}, {4, 1'000}, {4, 10'000}, {4, 1'000}}};
  };
  /// Errors: kNotFound (there is no such name), kUnavailable. Blocks.
  using Lookup = std::function<Result<std::vector<net::IpAddress>>(const std::string& host)>;

  static Result<std::vector<net::IpAddress>> system_lookup(const std::string& host);

  Resolver(BlockingPool& pool, const Clock& clock, Options options, Lookup lookup = system_lookup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void set_overrides(std::vector<ResolveOverride> overrides);

  /// At least one endpoint, best first. REQUIRES: called on `executor`.
  /// Errors: kRefused (only addresses that `rule` does not allow), kNotFound, kUnavailable, kTimeout.
  Task<Result<std::vector<net::Endpoint>>> resolve(Executor executor, const ContentRule& rule, std::string host,
                                                   std::uint16_t port, SteadyTime deadline);

 private:
  struct State;

  std::optional<net::Endpoint> overridden(std::string_view host, std::uint16_t port) const;

  std::shared_ptr<State> state_;  // shared with lookups that still run
};

}  // namespace larder::origin
