#include "identity/attempts.h"

#include <algorithm>

#include "ledger/secret.h"
#include "ledger/time.h"
#include "net/network.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;
using ledger::Result;
using ledger::to_ms;

constexpr int kSiteShare = 16;

// The earliest time at which `subject` has room again; nullopt: it has.
Result<std::optional<std::int64_t>> full_until(database::Transaction& transaction, std::int64_t now_ms, int most,
                                               const std::string& subject) {
  TRY(const auto rows, transaction.run("SELECT expires_at FROM sign_in_failure WHERE subject = $1 AND expires_at > $2 "
                                       "ORDER BY expires_at DESC LIMIT $3",
                                       {subject, now_ms, most}));
  if (rows.size() < static_cast<std::size_t>(most)) return std::nullopt;
  return rows[rows.size() - 1].number(0);
}

std::unexpected<ledger::Problem> too_many(std::int64_t wait_ms) {
  ledger::Problem problem(ProblemKind::kTooManyAttempts, "");
  problem.retry_after_s = static_cast<int>((wait_ms + 999) / 1000);
  problem.detail = fmt::format("too many attempts; try again in {} s", *problem.retry_after_s);
  return std::unexpected(std::move(problem));
}

}  // namespace

Result<> check_attempts(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                        const std::vector<AttemptSubject>& subjects) {
  const std::int64_t now_ms = to_ms(now);
  std::int64_t wait_ms = 0;
  for (const AttemptSubject& subject : subjects) {
    TRY(const auto until, full_until(transaction, now_ms, limit.most * subject.share, subject.name));
    if (until) wait_ms = std::max(wait_ms, *until - now_ms);
  }
  if (wait_ms > 0) return too_many(wait_ms);
  return {};
}

Result<std::string> begin_attempt(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                                  const std::vector<AttemptSubject>& subjects) {
  TRY_VOID(check_attempts(transaction, now, limit, subjects));
  const std::int64_t now_ms = to_ms(now);
  TRY_VOID(transaction.run("DELETE FROM sign_in_failure WHERE expires_at <= $1", {now_ms}));
  std::string id = ledger::new_id(now);
  for (const AttemptSubject& subject : subjects) {
    TRY_VOID(transaction.run("INSERT INTO sign_in_failure (id, subject, expires_at) VALUES ($1, $2, $3)",
                             {id, subject.name, now_ms + limit.window.count()}));
  }
  return id;
}

Result<> forget_attempt(database::Transaction& transaction, const std::string& id) {
  TRY_VOID(transaction.run("DELETE FROM sign_in_failure WHERE id = $1", {id}));
  return {};
}

Result<> forget_attempts(database::Transaction& transaction, const std::string& subject) {
  TRY_VOID(
      transaction.run("DELETE FROM sign_in_failure WHERE id IN"
                      " (SELECT id FROM sign_in_failure WHERE subject = $1 OR subject LIKE $2)",
                      {subject, subject + " from %"}));
  return {};
}

Result<std::string> begin_attempt_from(database::Transaction& transaction, WallTime now, AttemptLimit limit,
                                       std::string_view action, const net::IpAddress& address) {
  return begin_attempt(transaction, now, limit, networks_of(action, address));
}

std::string network_name(const net::IpAddress& address) {
  return address.is_v4() ? net::to_string(address) : net::to_string(net::Prefix(address, net::kNetworkBits));
}

std::string site_name(const net::IpAddress& address) {
  return address.is_v4() ? net::to_string(address) : net::to_string(net::Prefix(address, net::kSiteBits));
}

std::vector<AttemptSubject> networks_of(std::string_view action, const net::IpAddress& address) {
  std::vector<AttemptSubject> networks = {{fmt::format("{} from {}", action, network_name(address))}};
  if (!address.is_v4()) {
    networks.push_back({fmt::format("{} from {}", action, site_name(address)), kSiteShare});
  }
  return networks;
}

}  // namespace larder::identity
