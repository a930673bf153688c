// SiteShare: how many of the things that strangers leave to wait one site (attempts.h) may have there, so that few
// sites cannot fill the place for all.
//
// A site may have a twentieth of what is still free, and always one while anything is free: the more is taken, the less
// anybody may add, and whoever has nothing there still finds room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/problem.h"
#include "net/address.h"

namespace larder::identity {

struct SiteShare {
  std::string_view
      waiting;        // a table with a column `site`, and which of its rows wait: "t WHERE expires_at > $2", $2 is now
  std::int64_t most;  // of all sites
  std::string_view what;  // what there is too much of, for people: "devices that wait to be signed in"
  int retry_s;            // when to come again
};

/// Whether one more may wait that comes from `address`; writes nothing.
/// Errors: kTooManyAttempts (its site has its share), kUnavailable (all is full).
ledger::Result<> check_share(database::Transaction& transaction, WallTime now, const SiteShare& share,
                             const net::IpAddress& address);

}  // namespace larder::identity
