#include "node/audience.h"

#include <sodium.h>

#include "net/network.h"

namespace larder::node {
namespace {

constexpr int kIpv4Bits = 24;
constexpr int kIpv6Bits = 56;

/// Keyed, or who may choose addresses could choose the count.
std::uint64_t hash_of(const net::IpAddress& client) {
  static const auto key = [] {
    std::array<unsigned char, crypto_shorthash_KEYBYTES> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
  }();
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  const auto& address = client.bytes();
  crypto_shorthash(hash.data(), address.data(), address.size(), key.data());
  return std::bit_cast<std::uint64_t>(hash);
}

std::int64_t number_of(SteadyTime now, std::chrono::minutes length) { return now.time_since_epoch() / length; }

}  // namespace

Audience::Audience() = default;
Audience::~Audience() = default;

net::Prefix audience_network(const net::IpAddress& client) { return {client, client.is_v4() ? kIpv4Bits : kIpv6Bits}; }

void Audience::note(const net::IpAddress& client, std::uint64_t bytes, SteadyTime now) {
  const std::int64_t number = number_of(now, kSlot);
  const std::int64_t hour = number_of(now, std::chrono::hours(1));
  const std::uint64_t hash = hash_of(net::network_of(client));
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Slot>& slot = slots_[static_cast<std::size_t>(number) % slots_.size()];
  if (!slot || slot->number != number) {
    slot = std::make_unique<Slot>();
    slot->number = number;
  }
  slot->clients.add(hash);
  if (bytes == 0) return;
  Hour& now_counted = hours_[static_cast<std::size_t>(hour) % hours_.size()];
  if (now_counted.number != hour) now_counted = {hour, {}};
  now_counted.networks.add(audience_network(client).network(), bytes);
}

void Audience::add_to(AudienceSum& sum, SteadyTime now) const {
  const std::int64_t number = number_of(now, kSlot);
  const std::int64_t hour = number_of(now, std::chrono::hours(1));
  const std::lock_guard lock(mutex_);
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot) continue;
    const std::int64_t age = number - slot->number;
    if (age <= static_cast<std::int64_t>(kSlotsOfHour)) sum.hour.merge(slot->clients);
    if (age <= static_cast<std::int64_t>(kSlotsOfDay)) sum.day.merge(slot->clients);
  }
  for (const Hour& each : hours_) {
    if (each.number >= hour - 1) sum.networks.merge(each.networks);
  }
}

}  // namespace larder::node
