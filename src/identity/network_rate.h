// NetworkRate: how often requests may come from a network, kept in memory: for what must not even cost a look into the
// database.
//
// Each network has so many at once, which come back one after another; of IPv6 the /48 around it has 16 times as many,
// as attempts have (attempts.h). Of at most kNetworks networks it knows what they have used; one more makes it forget
// one. A browser that a portal knows (browser_seal.h) can be counted instead, in a rate of its own.
//
// Threads    any.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/clock.h"
#include "ledger/problem.h"
#include "net/address.h"

namespace larder::identity {

class NetworkRate {
 public:
  static constexpr std::size_t kNetworks = 50'000;

  struct Limit {
    int at_once;
    SteadyTime::duration every;  // one more each time that so long has passed
  };
  explicit NetworkRate(Limit limit) : limit_(limit) {}

  /// Counts a request. Errors: kTooManyAttempts, with when to come again; it is not counted then.
  ledger::Result<> count(SteadyTime now, const net::IpAddress& address);

  /// The same for one browser, known by its secret, wherever it is. False: it has used up what it has.
  bool count_browser(SteadyTime now, const std::string& secret);

  /// Networks and browsers that it knows at this moment.
  std::size_t networks() const;

 private:
  // All of a network's requests have come back at the time that is kept of it.
  using FullAgain = std::unordered_map<std::string, SteadyTime>;

  std::chrono::milliseconds wait(SteadyTime now, const std::string& network, int share) const;
  std::chrono::milliseconds wait_of(SteadyTime now, const net::IpAddress& address) const;
  void use(SteadyTime now, const std::string& network, int share);
  void make_room(SteadyTime now);

  const Limit limit_;
  mutable std::mutex mutex_;
  FullAgain full_again_;
  std::optional<SteadyTime> swept_at_;
};

}  // namespace larder::identity
