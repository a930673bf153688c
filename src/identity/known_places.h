// Known places: the networks and the browsers that somebody has signed in from of late. What strangers try does not
// count there (sign_in.h).
//
// A browser is known by a secret in a cookie, which opens nothing: it only tells whose attempts are whose. It stands
// for one account, the one that was signed in to last.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "identity/sessions.h"
#include "ledger/problem.h"

namespace larder::identity {

constexpr auto kKnownFor = std::chrono::hours(24 * 90);

struct KnownPlace {
  std::string name;
  bool is_network;  // others may be there too
};

/// The place that `client` is at, if the account knows it: its browser, else its network. nullopt: it knows neither.
ledger::Result<std::optional<KnownPlace>> known_place(database::Transaction& transaction, WallTime now,
                                                      const std::string& user_id, const Client& client);

/// Knows both from now on, for kKnownFor. Returns the secret for the browser's cookie: that which it has, or a new one
/// if it is not this account's; "": it is none.
ledger::Result<std::string> learn_place(database::Transaction& transaction, WallTime now, const std::string& user_id,
                                        const Client& client);

/// Knows none any more.
ledger::Result<> forget_places(database::Transaction& transaction, const std::string& user_id);

/// Knows this machine: what is given out at its console is used there, where strangers cannot count.
ledger::Result<> learn_machine(database::Transaction& transaction, WallTime now, const std::string& user_id);

}  // namespace larder::identity
