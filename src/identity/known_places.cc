#include "identity/known_places.h"

#include <string_view>

#include "identity/attempts.h"
#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::hash_secret;
using ledger::Result;
using ledger::to_ms;

constexpr int kOfEachKind = 20;  // networks, and browsers, of a user

// What a kind of place is called in the database.
struct PlaceKind {
  std::string_view table;
  std::string_view column;
};
constexpr PlaceKind kNetworks = {"known_network", "network"};
constexpr PlaceKind kBrowsers = {"known_browser", "secret_hash"};

Result<bool> knows(Transaction& transaction, WallTime now, const PlaceKind& kind, const std::string& user_id,
                   const std::string& place) {
  TRY(const auto rows,
      transaction.run(
          fmt::format("SELECT 1 FROM {} WHERE account_id = $1 AND {} = $2 AND seen_at > $3", kind.table, kind.column),
          {user_id, place, to_ms(now - kKnownFor)}));
  return !rows.empty();
}

Result<> learn(Transaction& transaction, WallTime now, const PlaceKind& kind, const std::string& user_id,
               const std::string& place) {
  TRY_VOID(transaction.run(fmt::format("INSERT INTO {0} (account_id, {1}, seen_at) VALUES ($1, $2, $3)"
                                       " ON CONFLICT (account_id, {1}) DO UPDATE SET seen_at = excluded.seen_at",
                                       kind.table, kind.column),
                           {user_id, place, to_ms(now)}));
  TRY_VOID(transaction.run(fmt::format("DELETE FROM {0} WHERE account_id = $1 AND {1} NOT IN (SELECT {1} FROM {0}"
                                       " WHERE account_id = $1 ORDER BY seen_at DESC, {1} LIMIT $2)",
                                       kind.table, kind.column),
                           {user_id, kOfEachKind}));
  return {};
}

Result<bool> knows_browser(Transaction& transaction, WallTime now, const std::string& user_id, const Client& client) {
  if (client.browser.value_or("").empty()) return false;
  return knows(transaction, now, kBrowsers, user_id, hash_secret(*client.browser));
}

}  // namespace

Result<std::optional<KnownPlace>> known_place(Transaction& transaction, WallTime now, const std::string& user_id,
                                              const Client& client) {
  TRY(const bool browser, knows_browser(transaction, now, user_id, client));
  if (browser) return KnownPlace{.name = "browser " + hash_secret(*client.browser), .is_network = false};
  const std::string network = network_name(client.address);
  TRY(const bool known, knows(transaction, now, kNetworks, user_id, network));
  return known ? std::optional(KnownPlace{.name = network, .is_network = true}) : std::nullopt;
}

Result<std::string> learn_place(Transaction& transaction, WallTime now, const std::string& user_id,
                                const Client& client) {
  TRY_VOID(learn(transaction, now, kNetworks, user_id, network_name(client.address)));
  if (!client.browser) return std::string();  // or a program's many sign-ins would push people's browsers out
  TRY(const bool browser, knows_browser(transaction, now, user_id, client));
  std::string secret = browser ? *client.browser : ledger::new_secret("");
  TRY_VOID(learn(transaction, now, kBrowsers, user_id, hash_secret(secret)));
  return secret;
}

Result<> forget_places(Transaction& transaction, const std::string& user_id) {
  for (const PlaceKind& kind : {kNetworks, kBrowsers}) {
    TRY_VOID(transaction.run(fmt::format("DELETE FROM {} WHERE account_id = $1", kind.table), {user_id}));
  }
  return {};
}

Result<> learn_machine(Transaction& transaction, WallTime now, const std::string& user_id) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    TRY_VOID(learn(transaction, now, kNetworks, user_id, network_name(*net::parse_address(address))));
  }
  return {};
}

}  // namespace larder::identity
