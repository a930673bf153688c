// Sessions: who is signed in with a browser. The cookie's secret is kept as a hash; a session ends at a fixed time,
// after a while without a request, when it is signed out of, and with its user's password.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/sign_in_config.h"
#include "ledger/actor.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"
#include "net/address.h"

namespace larder::identity {

constexpr int kSessionsPerUser = 50;  // one more ends the oldest

// The program at the other end.
struct Client {
  net::IpAddress address;
  std::string user_agent;
  // The secret by which accounts know a browser (known_places.h), "" if it has none yet; nullopt: a program, which
  // keeps no cookies.
  std::optional<std::string> browser = std::nullopt;
};

struct Session {
  std::string id;
  std::string user_id;
  std::string csrf_token;  // what a page that may act for the session knows, and a foreign page does not
  std::int64_t created_at = 0;
  std::int64_t last_seen_at = 0;
  std::int64_t expires_at = 0;
  std::string address;
  std::string user_agent;
};

struct NewSession {
  Session session;
  std::string secret;   // for the cookie; kept nowhere
  std::string browser;  // Client::browser from now on; "": it has none, being a program
};

boost::json::object to_json(const Session& session, std::string_view current_id);

ledger::Result<NewSession> start_session(database::Transaction& transaction, WallTime now, const SignInConfig& config,
                                         const std::string& user_id, const Client& client);
/// nullopt: there is no such session, or it has ended.
ledger::Result<std::optional<Session>> find_session(database::Transaction& transaction, WallTime now,
                                                    const SignInConfig& config, std::string_view secret);
/// A user's that have not ended.
ledger::Result<std::vector<ledger::Listed<Session>>> list_sessions(database::Transaction& transaction, WallTime now,
                                                                   const SignInConfig& config,
                                                                   const std::string& user_id,
                                                                   const ledger::PageQuery& page);
/// Errors: kNotFound.
ledger::Result<Session> find_session_by_id(database::Transaction& transaction, const std::string& id);
/// Whether it is time to note that the session was used; not at each request, for that is a write.
bool wants_touch(const Session& session, WallTime now, const SignInConfig& config);
ledger::Result<> touch_session(database::Transaction& transaction, WallTime now, const std::string& id);

/// Errors: kNotFound (also somebody else's).
ledger::Result<> end_session(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                             const std::string& user_id, const std::string& id);
/// All of a user's, but `kept`.
ledger::Result<> end_sessions(database::Transaction& transaction, const std::string& user_id,
                              std::string_view kept = "");

}  // namespace larder::identity
