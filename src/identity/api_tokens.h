// API tokens: what programs sign in with: "ldr_" and 256 random bits, kept as a hash.
//
// A token never gives more than its user has: roles are looked up at each request, and the scope `admin` counts only
// while the user is an administrator. Without that scope an administrator's token is one of a mere member.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/principal.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"

namespace larder::identity {

inline constexpr std::string_view kTokenPrefix = "ldr_";
constexpr int kTokensPerUser = 200;

using Scopes = std::set<Scope>;
/// "read write" and back. Errors: kInvalid (a word is no scope).
larder::Result<Scopes> parse_scopes(std::string_view text);
std::string to_string(const Scopes& scopes);
boost::json::array to_json(const Scopes& scopes);
/// All there are; without `admin` for who is none.
Scopes scopes_of(bool admin);

struct ApiToken {
  std::string id;
  std::string user_id;
  std::string name;
  Scopes scopes;
  std::string prefix;  // of the secret, so that people can tell tokens apart
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  std::optional<std::int64_t> last_used_at;
};

boost::json::object to_json(const ApiToken& token);

/// Whether `text` looks like a token of ours; whether it is one, only find_token() knows.
bool is_token(std::string_view text);

struct NewToken {
  ApiToken token;
  std::string secret;  // shown once
};
struct TokenWish {
  std::string user_id;
  std::string name;
  Scopes scopes;
  std::optional<std::int64_t> expires_at;
};
/// Errors: kConflict (the user has too many).
ledger::Result<NewToken> create_token(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                      const TokenWish& wish);
/// A user's, also those that expired of late.
ledger::Result<std::vector<ledger::Listed<ApiToken>>> list_tokens(database::Transaction& transaction,
                                                                  const std::string& user_id,
                                                                  const ledger::PageQuery& page);
/// nullopt: there is no such token, or it has expired.
ledger::Result<std::optional<ApiToken>> find_token(database::Transaction& transaction, WallTime now,
                                                   std::string_view secret);
/// Whether it is time to note that the token was used.
bool wants_touch(const ApiToken& token, WallTime now);
ledger::Result<> touch_token(database::Transaction& transaction, WallTime now, const std::string& id);
/// Errors: kNotFound (also somebody else's).
ledger::Result<> revoke_token(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                              const std::string& user_id, const std::string& id);
/// All of a user's.
ledger::Result<> revoke_tokens(database::Transaction& transaction, const std::string& user_id);

}  // namespace larder::identity
