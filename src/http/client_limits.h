// ClientLimits: how much of a server one client may have: connections, open requests, new objects and TLS handshakes a
// minute.
//
// A client is an IPv4 address or an IPv6 /64; the clients of an IPv6 /48 are one site, since whoever has one may well
// have all, and may have a limit together. Whoever is over a limit is told so, at once; nobody else notices.
//
// Threads    all calls from any thread.
// Cost       a hash look-up or two under short locks, each one of kShards. Remembered are clients and sites with
//            something open, and at most kMostIdle others that have had new objects or handshakes within the last
//            minute.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "net/address.h"
#include "net/network.h"

namespace larder::http {

/// The limits that one client may meet.
enum class ClientLimit { kConnections, kRequests, kNewObjects, kSendRate };
inline constexpr std::size_t kClientLimits = 4;

constexpr std::string_view to_string(ClientLimit limit) {
  constexpr std::array<std::string_view, kClientLimits> kNames = {"connections", "requests", "new_objects",
                                                                  "send_rate"};
  return kNames[static_cast<std::size_t>(limit)];
}

class ClientLimits {
 public:
  static constexpr std::size_t kMostIdle = 32'768;
  /// Handshakes of a client within a moment: what an event loop does in a fraction of a second.
  static constexpr std::size_t kHandshakesAtOnce = 200;

  /// Of each client; 0 is no limit.
  struct Limits {
    std::size_t connections = 4'000;
    std::size_t requests = 2'000;
    std::size_t new_objects = 3'000;       // a minute
    std::size_t handshakes = 0;            // of TLS, a minute
    std::uint64_t least_send_rate = 500;   // bytes a second that it has to take
    std::vector<net::Prefix> unlimited{};  // clients without limits
    // How many times what one client may have of connections, requests and handshakes all clients of a site may have.
    std::size_t site_share = 0;
  };

  // OpenRequest: counts as an open request of its client until it ends.
  class OpenRequest {
   public:
    OpenRequest(ClientLimits& limits, const net::IpAddress& address)
        : limits_(limits), address_(address), allowed_(limits.open_request(address)) {}
    ~OpenRequest() {
      if (allowed_) limits_.close_request(address_);
    }
    OpenRequest(const OpenRequest&) = delete;
    OpenRequest& operator=(const OpenRequest&) = delete;

    /// False: the client has too many, and this one does not count.
    bool allowed() const { return allowed_; }

   private:
    ClientLimits& limits_;
    const net::IpAddress address_;
    const bool allowed_;
  };

  ClientLimits(Limits limits, const Clock& clock);

  /// Holds for what comes from now on; what is open stays, and counts.
  void set(Limits limits);

  /// False: the client, or its site, has too many: its limit, or more than the `free` ones that are left for everybody,
  /// so that however many clients take what they get, the next one finds some. Each one that was opened is closed once.
  bool open_connection(const net::IpAddress& address, std::size_t free = std::numeric_limits<std::size_t>::max());
  void close_connection(const net::IpAddress& address);
  /// The same of requests.
  bool open_request(const net::IpAddress& address);
  void close_request(const net::IpAddress& address);
  /// Whether none of these limits holds for it: one that speaks for many, or the machine itself.
  bool is_unlimited(const net::IpAddress& address) const;

  /// Takes one new object. False: the client has had too many within a minute. The rate is that of a bucket that holds
  /// one minute's worth.
  bool take_new_object(const net::IpAddress& address);
  /// The same of a handshake, where the site counts too, and the bucket holds kHandshakesAtOnce at most: they come back
  /// at the rate of the limit.
  bool take_handshake(const net::IpAddress& address);

  // Terms: what holds for each response to a client.
  struct Terms {
    /// Bytes a second that it has to take; 0: any.
    std::uint64_t least_send_rate = 0;
    /// Stands for the client where it has a share of what all use (origin::OriginRequest::client): never 0 but for
    /// clients without limits.
    std::uint64_t share_number = 0;
  };
  Terms terms(const net::IpAddress& address) const;

  /// Clients that are remembered.
  std::size_t remembered() const;

 private:
  static constexpr std::size_t kShards = 32;

  struct Idle {
    net::IpAddress client;
    SteadyTime since;
  };
  // Bucket: what was taken and has not come back; it holds at most what may be had in a minute.
  struct Bucket {
    double taken = 0;  // at `counted_at`
    SteadyTime counted_at{};

    /// Whatever it held a minute ago has come back.
    bool is_empty(SteadyTime now) const { return taken == 0 || now - counted_at >= std::chrono::minutes(1); }
  };
  struct Client {
    std::size_t connections = 0;
    std::size_t requests = 0;
    Bucket new_objects;
    Bucket handshakes;
    std::list<Idle>::iterator idle{};  // while nothing is open
  };
  struct Shard {
    mutable std::mutex mutex;
    std::shared_ptr<const Limits> limits;
    std::unordered_map<net::IpAddress, Client> clients;
    std::list<Idle> idle;  // the first one is forgotten first
  };

  // Party: the client of an address, or its site, which is kept like one.
  struct Party {
    net::IpAddress key;  // of an IPv6 site: no client's
    bool is_site = false;
  };
  static Party client_at(const net::IpAddress& address) { return {net::network_of(address), false}; }
  static Party site_at(const net::IpAddress& address);
  /// 0: no limit.
  static std::size_t limit_of(const Limits& limits, std::size_t of_client, bool is_site) {
    return is_site ? limits.site_share * of_client : of_client;
  }

  // Counted: what of a party is counted, and how much of it there may be.
  struct Counted {
    std::size_t Limits::* limit = nullptr;
    std::size_t Client::* count = nullptr;
    std::size_t free = std::numeric_limits<std::size_t>::max();
  };
  /// Of the client and, for IPv6, of its site.
  bool open(const net::IpAddress& address, Counted what);
  void close(const net::IpAddress& address, std::size_t Client::* count);
  bool open(const net::IpAddress& address, const Party& party, Counted what);
  void close(const Party& party, std::size_t Client::* count);

  struct Taken {
    std::size_t Limits::* limit = nullptr;
    Bucket Client::* bucket = nullptr;
    std::size_t at_once = std::numeric_limits<std::size_t>::max();  // of a client
  };
  bool take(const net::IpAddress& address, const Party& party, Taken what);
  /// The client of `shard`, no longer idle.
  static Client& busy(Shard& shard, const net::IpAddress& client);
  /// Puts `client`, of this key, aside if nothing of it is open, and forgets who has been there for long enough.
  void settle(Shard& shard, const net::IpAddress& key, Client& client);
  static std::size_t shard_number(const net::IpAddress& client);
  Shard& shard_of(const net::IpAddress& client) { return shards_[shard_number(client)]; }
  const Shard& shard_of(const net::IpAddress& client) const { return shards_[shard_number(client)]; }

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

/// `limits` of a server that may have `connections` in all: one client gets at most half of them, and at least one. No
/// limit stays none.
ClientLimits::Limits within(ClientLimits::Limits limits, std::size_t connections);

}  // namespace larder::http
