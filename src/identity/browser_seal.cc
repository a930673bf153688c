#include "identity/browser_seal.h"

#include <fmt/format.h>

#include "ledger/secret.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Result;

constexpr std::string_view kName = "browser";  // of the key

/// "" if there is none yet.
Result<std::string> kept_key(Transaction& transaction) {
  TRY(const auto rows, transaction.run("SELECT secret FROM portal_key WHERE name = $1", {kName}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

}  // namespace

Result<std::string> seal_key(database::Database& database) {
  TRY(auto known, database.read(kept_key));
  if (!known.empty()) return known;
  return database.write([](Transaction& transaction) -> Result<std::string> {
    // Of several portals that start at once, the first one's counts.
    TRY_VOID(transaction.run("INSERT INTO portal_key (name, secret) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
                             {kName, ledger::new_secret("")}));
    return kept_key(transaction);
  });
}

std::string sealed(std::string_view key, std::string_view secret) {
  return fmt::format("{}.{}", secret, ledger::seal_of(key, secret));
}

std::optional<std::string> unsealed(std::string_view key, std::string_view text) {
  const std::string_view secret = without_seal(text);
  if (!ledger::same_secret(text, sealed(key, secret))) return std::nullopt;
  return std::string(secret);
}

std::string_view without_seal(std::string_view text) { return text.substr(0, text.find('.')); }

}  // namespace larder::identity
