// Audience: who one event loop has served: about how many different clients, and which networks took most.
//
// A client is an IPv4 address or an IPv6 /64, a network an IPv4 /24 or an IPv6 /56. Nothing is kept of a client but one
// of a thousand registers that it shares.
//
// Threads    all calls from any thread; note() from the loop.
// Cost       note(): an uncontended lock and two look-ups. About 120 kB after a day.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core/clock.h"
#include "core/heavy_hitters.h"
#include "core/hyper_log_log.h"
#include "net/address.h"

namespace larder::node {

using NetworkHitters = HeavyHitters<net::IpAddress>;  // by the first addresses of networks

// AudienceSum: of all loops.
struct AudienceSum {
  HyperLogLog hour;         // clients that came within the last hour, and up to a quarter of an hour before
  HyperLogLog day;          // the same of the last 24 hours
  NetworkHitters networks;  // bytes that went to them since the last full hour of uptime but one
};

class Audience {
 public:
  static constexpr auto kSlot = std::chrono::minutes(15);
  static constexpr std::size_t kSlotsOfHour = 4;
  static constexpr std::size_t kSlotsOfDay = 96;

  Audience();
  ~Audience();
  /// A response with `bytes` of body went to `client`.
  void note(const net::IpAddress& client, std::uint64_t bytes, SteadyTime now);
  void add_to(AudienceSum& sum, SteadyTime now) const;

 private:
  // Slot: who came in one quarter of an hour.
  struct Slot {
    std::int64_t number = -1;
    HyperLogLog clients;
  };
  // Hour: who took what in one hour.
  struct Hour {
    std::int64_t number = -1;
    NetworkHitters networks;
  };

  mutable std::mutex mutex_;
  std::array<std::unique_ptr<Slot>, kSlotsOfDay + 1> slots_;  // made when somebody comes
  std::array<Hour, 2> hours_;
};

/// The network of a client: an IPv4 /24, an IPv6 /56.
net::Prefix audience_network(const net::IpAddress& client);

}  // namespace larder::node
