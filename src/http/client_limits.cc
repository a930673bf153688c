#include "http/client_limits.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "core/check.h"

namespace larder::http {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);

bool is_unlimited(const ClientLimits::Limits& limits, const net::IpAddress& address) {
  return std::ranges::any_of(limits.unlimited, [&](const net::Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace

net::IpAddress client_of(const net::IpAddress& address) {
  constexpr std::size_t kNetworkBytes = 8;
  if (address.is_v4()) return address;
  net::IpAddress::Bytes bytes = address.bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), std::uint8_t{0});
  return net::IpAddress::v6(bytes);
}

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

bool ClientLimits::open(const net::IpAddress& address, Counted what) {
  const net::IpAddress client = client_of(address);
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  const std::size_t limit = (*shard.limits).*what.limit;
  std::size_t& open = busy(shard, client).*what.count;
  const bool is_within = limit == 0 || (open < limit && open <= what.free);
  const bool allowed = is_within || is_unlimited(*shard.limits, address);
  if (allowed) ++open;
  if (!allowed) settle(shard, client, clock_.now());
  return allowed;
}

void ClientLimits::close(const net::IpAddress& address, std::size_t Client::* count) {
  const net::IpAddress client = client_of(address);
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  std::size_t& open = busy(shard, client).*count;
  CHECK(open > 0, "something of a client was closed that was not open");
  --open;
  settle(shard, client, clock_.now());
}

bool ClientLimits::take_new_object(const net::IpAddress& address) {
  const net::IpAddress client = client_of(address);
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  const auto most = static_cast<double>(shard.limits->new_objects);
  if (most == 0 || is_unlimited(*shard.limits, address)) return true;
  Client& taker = busy(shard, client);
  const SteadyTime now = clock_.now();
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - taker.counted_at).count();
  taker.new_objects = std::max(0.0, taker.new_objects - most * minutes);
  taker.counted_at = now;
  const bool allowed = taker.new_objects + 1 <= most;
  if (allowed) taker.new_objects += 1;
  settle(shard, client, now);
  return allowed;
}

ClientLimits::Terms ClientLimits::terms(const net::IpAddress& address) const {
  const net::IpAddress client = client_of(address);
  const Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  if (is_unlimited(*shard.limits, address)) return {};
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

void ClientLimits::settle(Shard& shard, const net::IpAddress& client, SteadyTime now) {
  const auto at = shard.clients.find(client);
  if (at->second.connections == 0 && at->second.requests == 0) {
    // A bucket is empty again a minute after it was full.
    if (at->second.new_objects == 0 || now - at->second.counted_at >= kMinute) {
      shard.clients.erase(at);
    } else {
      at->second.idle = shard.idle.insert(shard.idle.end(), Idle{client, now});
    }
  }
  while (!shard.idle.empty()) {
    const Idle& first = shard.idle.front();
    if (shard.idle.size() <= kMostIdle / kShards && now - first.since < kMinute) break;
    shard.clients.erase(first.client);
    shard.idle.pop_front();
  }
}

}  // namespace larder::http
