#include "origin/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "net/loop_time.h"
#include "net/wakeup.h"
#include "origin/authority.h"

namespace larder::origin {
namespace {

using Addresses = std::vector<net::IpAddress>;

std::optional<net::IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    return net::IpAddress::v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof(v6));
  net::IpAddress::Bytes bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return net::IpAddress::v6(bytes);
}

Result<std::vector<net::Endpoint>> allowed(const ContentRule& rule, const std::string& host, std::uint16_t port,
                                           const Addresses& addresses) {
  std::vector<net::Endpoint> endpoints;
  for (const net::IpAddress& address : addresses) {
    if (rule.may_ask(address)) endpoints.push_back({address, port});
  }
  if (endpoints.empty()) {
    return fail(Errc::kRefused,
                "{} has the address {}, which is not public; to allow it, add its network to allowed_networks of the "
                "content rule \"{}\"",
                host, to_string(addresses.front()), rule.name);
  }
  return endpoints;
}

/// Whether `host` is written in the hosts of `rule`, with or without "*." before it.
bool has_in_its_hosts(const ContentRule& rule, const std::string& host) {
  return std::ranges::any_of(rule.hosts, [&](const std::string& text) {
    const auto pattern = parse_host_pattern(text);
    return pattern && pattern->host == host;
  });
}

}  // namespace

Result<ResolveOverride> parse_resolve_override(std::string_view host, std::string_view endpoint) {
  TRY(Authority authority, parse_authority(host));
  ResolveOverride made;
  made.host = std::move(authority.host);
  made.port = authority.port.value_or(0);
  if (const auto address = net::parse_address(endpoint)) {
    made.endpoint.address = *address;
    return made;
  }
  const auto parsed = net::parse_endpoint(endpoint);
  if (!parsed) {
    return fail(Errc::kInvalid, "\"{}\" is not an address with a port, such as \"127.0.0.1:9000\" or \"[::1]:9000\"",
                endpoint);
  }
  made.endpoint = *parsed;
  return made;
}

Result<Addresses> Resolver::system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code == EAI_NONAME || code == EAI_NODATA) return fail(Errc::kNotFound, "there is no host called {}", host);
  if (code != 0) return fail(Errc::kUnavailable, "cannot look up {}: {}", host, ::gai_strerror(code));
  Addresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto address = address_of(entry->ai_addr);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return fail(Errc::kNotFound, "{} has no address", host);
  return addresses;
}

struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
  // Lives as long as somebody waits for it, in the table only until it ends.
  struct Pending {
    SteadyTime asked_at;
    std::optional<Result<Addresses>> outcome;
    std::vector<std::shared_ptr<net::Wakeup>> waiting;
  };

  State(BlockingPool& with_pool, const Clock& with_clock, const Options& with_options, Lookup with_lookup)
      : pool(with_pool),
        clock(with_clock),
        options(with_options),
        lookup(std::move(with_lookup)),
        names(options.names),
        queue(options.lanes) {}

  bool has_usable(const NameTable::Entry* entry) const {
    return entry != nullptr && entry->is_known() && clock.now() - entry->found_at < options.keep_stale;
  }

  Standing standing(const NameTable::Entry* entry, const ContentRule& rule, const std::string& host) const {
    const bool is_known = entry != nullptr && entry->is_known();
    if (is_known && !entry->failure && clock.now() >= entry->doubtful_until) return Standing::kProven;
    if (has_in_its_hosts(rule, host)) return Standing::kNamed;
    return is_known ? Standing::kDoubtful : Standing::kUnknown;
  }

  /// The lookup of `host` that is under way or begins now; null if too many are queued.
  std::shared_ptr<Pending> ask(const ContentRule& rule, const std::string& host,
                               const std::shared_ptr<net::Wakeup>& wakeup) {
    if (const auto at = pending.find(host); at != pending.end()) {
      at->second->waiting.push_back(wakeup);
      return at->second;
    }
    if (!queue.add(standing(names.find(host), rule, host), host)) return nullptr;
    auto made = std::make_shared<Pending>();
    made->asked_at = clock.now();
    made->waiting.push_back(wakeup);
    pending.emplace(host, made);
    start_lookups();
    return made;
  }

  void start_lookups() {
    while (auto next = queue.next()) {
      if (is_in_vain(*next)) {
        queue.ended(*next);
        pending.erase(next->host);
        continue;
      }
      if (pool.try_post([self = shared_from_this(), next = *next] { self->look_up(next); })) continue;
      queue.ended(*next);
      settle(next->host, fail(Errc::kUnavailable, "too much is queued to look up {}", next->host));
    }
  }

  /// Whether nobody waits any more. A proven name is refreshed all the same: that takes no time, and those who asked
  /// for it have left with its last answer.
  bool is_in_vain(const LookupQueue::Next& next) const {
    return next.standing != Standing::kProven && pending.at(next.host)->waiting.empty();
  }

  /// On a thread of the pool.
  void look_up(const LookupQueue::Next& next) {
    const SteadyTime begun = clock.now();
    auto found = lookup(next.host);
    const std::lock_guard lock(mutex);
    note(next.host, found, clock.now() - begun >= options.stale_patience);
    queue.ended(next);
    settle(next.host, std::move(found));
    start_lookups();
  }

  void note(const std::string& host, const Result<Addresses>& found, bool slow) {
    const NameTable::Entry* const before = names.find(host);
    NameTable::Entry entry = before == nullptr ? NameTable::Entry() : *before;
    const SteadyTime now = clock.now();
    if (slow) entry.doubtful_until = now + options.keep_doubt;
    if (found) {
      entry.addresses = *found;
      entry.found_at = now;
      entry.failure.reset();
    } else {
      entry.failure = found.error();
    }
    entry.ask_again_at = now + (entry.failure ? options.keep_failure : options.keep);
    names.put(host, std::move(entry));
  }

  void settle(const std::string& host, Result<Addresses> outcome) {
    const auto at = pending.find(host);
    const std::shared_ptr<Pending> ended = std::move(at->second);
    pending.erase(at);
    ended->outcome = std::move(outcome);
    // Under the lock: a waiter that leaves takes its wake-up out first, so that its loop is still there.
    for (const auto& wakeup : ended->waiting) wakeup->notify();
    ended->waiting.clear();
  }

  BlockingPool& pool;
  const Clock& clock;
  const Options options;
  const Lookup lookup;
  std::mutex mutex;
  NameTable names;
  LookupQueue queue;
  std::unordered_map<std::string, std::shared_ptr<Pending>> pending;
  std::vector<ResolveOverride> overrides;
};

namespace {

/// Addresses from the cache or by a lookup that others may wait for as well.
template <class State>
Task<Result<Addresses>> find_addresses(std::shared_ptr<State> state, Executor executor, const ContentRule& rule,
                                       std::string host, SteadyTime deadline) {
  const auto wakeup = net::Wakeup::make(executor);
  wakeup->arm();
  std::optional<Addresses> stale;
  std::shared_ptr<typename State::Pending> pending;
  {
    const std::lock_guard lock(state->mutex);
    const NameTable::Entry* const entry = state->names.find(host);
    const SteadyTime now = state->clock.now();
    if (state->has_usable(entry)) stale = entry->addresses;
    if (entry != nullptr && now < entry->ask_again_at) {
      if (stale) co_return *std::move(stale);
      if (entry->failure) co_return std::unexpected(*entry->failure);
    }
    pending = state->ask(rule, host, wakeup);
    if (!pending) {
      if (stale) co_return *std::move(stale);
      co_return fail(Errc::kUnavailable, "too many lookups are queued to look up {}", host);
    }
    // Waits go by the loop's time, whatever the clock says about the age of answers.
    if (stale) {
      const auto patience = state->options.stale_patience - (now - pending->asked_at);
      deadline = std::min(deadline, net::LoopTime::of(executor).now() + patience);
    }
  }
  co_await wakeup->wait(deadline);
  const std::lock_guard lock(state->mutex);
  std::erase(pending->waiting, wakeup);
  if (pending->outcome && *pending->outcome) co_return **pending->outcome;
  if (stale) co_return *std::move(stale);
  if (pending->outcome) co_return std::unexpected(pending->outcome->error());
  co_return fail(Errc::kTimeout, "looking up {} takes too long", host);
}

}  // namespace

Resolver::Resolver(BlockingPool& pool, const Clock& clock, Options options, Lookup lookup)
    : state_(std::make_shared<State>(pool, clock, options, std::move(lookup))) {}
Resolver::~Resolver() = default;

void Resolver::set_overrides(std::vector<ResolveOverride> overrides) {
  const std::lock_guard lock(state_->mutex);
  state_->overrides = std::move(overrides);
}

std::optional<net::Endpoint> Resolver::overridden(std::string_view host, std::uint16_t port) const {
  const std::lock_guard lock(state_->mutex);
  const ResolveOverride* best = nullptr;
  for (const ResolveOverride& candidate : state_->overrides) {
    if (candidate.host != host || (candidate.port != 0 && candidate.port != port)) continue;
    if (best == nullptr || candidate.port != 0) best = &candidate;
  }
  if (best == nullptr) return std::nullopt;
  return net::Endpoint{best->endpoint.address, best->endpoint.port == 0 ? port : best->endpoint.port};
}

Task<Result<std::vector<net::Endpoint>>> Resolver::resolve(Executor executor, const ContentRule& rule, std::string host,
                                                           std::uint16_t port, SteadyTime deadline) {
  if (const auto endpoint = overridden(host, port)) co_return std::vector<net::Endpoint>{*endpoint};
  if (const auto address = net::parse_address(host)) {
    const Addresses only(1, *address);
    co_return allowed(rule, host, port, only);
  }
  const auto found = co_await find_addresses(state_, executor, rule, host, deadline);
  if (!found) co_return std::unexpected(found.error());
  co_return allowed(rule, host, port, *found);
}

}  // namespace larder::origin
