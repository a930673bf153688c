#include "portal/clean_up.h"

#include <string_view>

#include "identity/known_places.h"
#include "ledger/time.h"

namespace larder::portal {
namespace {

using ledger::Result;
using ledger::to_ms;
using std::chrono::hours;

struct Rule {
  std::string_view sql;  // $1: what ended before this moment goes
  hours kept;            // after its end
};

// Tokens and invitations stay a while: people look up when they ran out.
constexpr Rule kRules[] = {
    {"DELETE FROM sign_in_session WHERE expires_at < $1", hours(0)},
    {"DELETE FROM device_authorization WHERE expires_at < $1", hours(1)},
    {"DELETE FROM single_sign_on WHERE expires_at < $1", hours(0)},
    {"DELETE FROM idempotency WHERE created_at < $1", hours(24)},
    {"DELETE FROM sign_in_failure WHERE expires_at < $1", hours(0)},
    {"DELETE FROM known_network WHERE seen_at < $1", identity::kKnownFor},
    {"DELETE FROM known_browser WHERE seen_at < $1", identity::kKnownFor},
    {"DELETE FROM api_token WHERE expires_at < $1", hours(24 * 30)},
    {"DELETE FROM invitation WHERE expires_at < $1", hours(24 * 30)},
};

}  // namespace

Result<std::int64_t> clean_up(database::Transaction& transaction, WallTime now) {
  std::int64_t removed = 0;
  for (const Rule& rule : kRules) {
    TRY(const auto rows, transaction.run(rule.sql, {to_ms(now - rule.kept)}));
    removed += rows.changed;
  }
  TRY(const std::int64_t changes, database::prune_changes(transaction));
  return removed + changes;
}

}  // namespace larder::portal
