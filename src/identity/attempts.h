// Attempts: how often somebody may try what is guarded by a secret.
//
// An attempt counts against one or more subjects (an account, a network) from its beginning, before it is known whether
// it fails, so that many at once count too; one that succeeds is forgotten.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/problem.h"
#include "net/address.h"

namespace larder::identity {

struct AttemptLimit {
  int most;
  std::chrono::milliseconds window;
};

/// Whom an attempt counts against.
struct AttemptSubject {
  std::string name;
  int share = 1;  // how many times the limit's `most` it has
};

/// What begin_attempt() would refuse now; notes nothing. Asked in a reading transaction first, it keeps whoever is
/// refused from costing a writing one. Errors: as begin_attempt().
ledger::Result<> check_attempts(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                                const std::vector<AttemptSubject>& subjects);

/// Notes an attempt and returns its id. Attempts that are refused do not count.
/// Errors: kTooManyAttempts, with when to come again, if a subject has had its `most` within the window.
ledger::Result<std::string> begin_attempt(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                                          const std::vector<AttemptSubject>& subjects);

/// It did not fail.
ledger::Result<> forget_attempt(database::Transaction& transaction, const std::string& id);
/// Forgets all attempts that count against `subject` or "`subject` from ...", also where they count against others.
ledger::Result<> forget_attempts(database::Transaction& transaction, const std::string& subject);

/// begin_attempt() for what is limited by network only: `action` is a word like "invitation".
ledger::Result<std::string> begin_attempt_from(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                                               std::string_view action, const net::IpAddress& address);

/// net::network_of() as text: an IPv4 address, an IPv6 /64.
std::string network_name(const net::IpAddress& address);
/// net::site_of() as text: an IPv4 address, an IPv6 /48.
std::string site_name(const net::IpAddress& address);
/// The networks that an attempt at `action` counts against: that one, and of IPv6 the /48 around it, which anybody can
/// get, with 16 times the limit: 65,536 networks of one site must not have 65,536 times the attempts.
std::vector<AttemptSubject> networks_of(std::string_view action, const net::IpAddress& address);

}  // namespace larder::identity
