#include "http/client_limits.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "core/check.h"
#include "net/network.h"

namespace larder::http {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);

bool has_none(const ClientLimits::Limits& limits, const net::IpAddress& address) {
  return std::ranges::any_of(limits.unlimited, [&](const net::Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace

ClientLimits::Limits within(ClientLimits::Limits limits, std::size_t connections) {
  limits.connections = std::min(limits.connections, std::max<std::size_t>(1, connections / 2));
  return limits;
}

ClientLimits::ClientLimits(Limits limits, const Clock& clock) : clock_(clock) { set(std::move(limits)); }

void ClientLimits::set(Limits limits) {
  const auto shared = std::make_shared<const Limits>(std::move(limits));
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    shard.limits = shared;
  }
}

/// Addresses that follow each other may differ in few bits of their hashes: those have to count.
std::size_t ClientLimits::shard_number(const net::IpAddress& client) {
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  return ((std::hash<net::IpAddress>()(client) * kGoldenRatio) >> 32) % kShards;
}

/// The addresses that stand for clients end in zeros.
ClientLimits::Party ClientLimits::site_at(const net::IpAddress& address) {
  net::IpAddress::Bytes bytes = net::site_of(address).bytes();
  bytes.back() = 1;
  return {net::IpAddress::v6(bytes), true};
}

bool ClientLimits::open_connection(const net::IpAddress& address, std::size_t free) {
  return open(address, {&Limits::connections, &Client::connections, free});
}

void ClientLimits::close_connection(const net::IpAddress& address) { close(address, &Client::connections); }

bool ClientLimits::open_request(const net::IpAddress& address) {
  return open(address, {&Limits::requests, &Client::requests});
}

void ClientLimits::close_request(const net::IpAddress& address) { close(address, &Client::requests); }

bool ClientLimits::open(const net::IpAddress& address, Counted what) {
  if (!open(address, client_at(address), what)) return false;
  if (address.is_v4() || open(address, site_at(address), what)) return true;
  close(client_at(address), what.count);
  return false;
}

void ClientLimits::close(const net::IpAddress& address, std::size_t Client::* count) {
  close(client_at(address), count);
  if (!address.is_v4()) close(site_at(address), count);
}

bool ClientLimits::open(const net::IpAddress& address, const Party& party, Counted what) {
  Shard& shard = shard_of(party.key);
  const std::lock_guard lock(shard.mutex);
  const Limits& limits = *shard.limits;
  const std::size_t limit = limit_of(limits, limits.*what.limit, party.is_site);
  Client& client = busy(shard, party.key);
  std::size_t& open = client.*what.count;
  const bool is_within = limit == 0 || (open < limit && open <= what.free);
  const bool allowed = is_within || has_none(limits, address);
  if (allowed) ++open;
  if (!allowed) settle(shard, party.key, client);
  return allowed;
}

void ClientLimits::close(const Party& party, std::size_t Client::* count) {
  Shard& shard = shard_of(party.key);
  const std::lock_guard lock(shard.mutex);
  Client& client = busy(shard, party.key);
  CHECK(client.*count > 0, "something of a client was closed that was not open");
  --(client.*count);
  settle(shard, party.key, client);
}

bool ClientLimits::take_new_object(const net::IpAddress& address) {
  return take(address, client_at(address), {&Limits::new_objects, &Client::new_objects});
}

/// The client's first: what a client is refused costs its site nothing.
bool ClientLimits::take_handshake(const net::IpAddress& address) {
  const Taken handshakes{&Limits::handshakes, &Client::handshakes, kHandshakesAtOnce};
  return take(address, client_at(address), handshakes) &&
         (address.is_v4() || take(address, site_at(address), handshakes));
}

bool ClientLimits::take(const net::IpAddress& address, const Party& party, Taken what) {
  Shard& shard = shard_of(party.key);
  const std::lock_guard lock(shard.mutex);
  const Limits& limits = *shard.limits;
  const std::size_t of_client = limits.*what.limit;
  const auto per_minute = static_cast<double>(limit_of(limits, of_client, party.is_site));
  if (per_minute == 0 || has_none(limits, address)) return true;
  const auto most = static_cast<double>(limit_of(limits, std::min(of_client, what.at_once), party.is_site));
  Client& client = busy(shard, party.key);
  Bucket& bucket = client.*what.bucket;
  const SteadyTime now = clock_.now();
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.counted_at).count();
  bucket.taken = std::max(0.0, bucket.taken - per_minute * minutes);
  bucket.counted_at = now;
  const bool allowed = bucket.taken + 1 <= most;
  if (allowed) bucket.taken += 1;
  settle(shard, party.key, client);
  return allowed;
}

bool ClientLimits::is_unlimited(const net::IpAddress& address) const {
  const Shard& shard = shard_of(net::network_of(address));
  const std::lock_guard lock(shard.mutex);
  return has_none(*shard.limits, address);
}

ClientLimits::Terms ClientLimits::terms(const net::IpAddress& address) const {
  const net::IpAddress client = net::network_of(address);
  const Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  if (has_none(*shard.limits, address)) return {};
  return {shard.limits->least_send_rate, std::max<std::uint64_t>(1, std::hash<net::IpAddress>()(client))};
}

std::size_t ClientLimits::remembered() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.clients.size();
  }
  return count;
}

ClientLimits::Client& ClientLimits::busy(Shard& shard, const net::IpAddress& client) {
  const auto [at, is_new] = shard.clients.try_emplace(client);
  Client& found = at->second;
  if (!is_new && found.connections == 0 && found.requests == 0) shard.idle.erase(found.idle);
  return found;
}

void ClientLimits::settle(Shard& shard, const net::IpAddress& key, Client& client) {
  const bool is_idle = client.connections == 0 && client.requests == 0;
  if (!is_idle && shard.idle.empty()) return;  // as a rule: its connection is open
  const SteadyTime now = clock_.now();
  if (is_idle && client.new_objects.is_empty(now) && client.handshakes.is_empty(now)) {
    shard.clients.erase(key);
  } else if (is_idle) {
    client.idle = shard.idle.insert(shard.idle.end(), Idle{key, now});
  }
  while (!shard.idle.empty()) {
    const Idle& first = shard.idle.front();
    if (shard.idle.size() <= kMostIdle / kShards && now - first.since < kMinute) break;
    shard.clients.erase(first.client);
    shard.idle.pop_front();
  }
}

}  // namespace larder::http
