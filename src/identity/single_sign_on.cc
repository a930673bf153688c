#include "identity/single_sign_on.h"

#include "identity/attempts.h"
#include "identity/site_share.h"
#include "identity/user_changes.h"
#include "ledger/email.h"
#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::hash_secret;
using ledger::new_secret;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

constexpr SiteShare kOnTheirWay = {.waiting = "single_sign_on WHERE expires_at > $2",
                                   .most = 10'000,
                                   .what = "people on their way to the sign-in provider",
                                   .retry_s = 60};
constexpr std::string_view kBeginning = "single sign-on";  // what attempts count as
// As many as a site may have on their way (kOnTheirWay) when nobody else is.
constexpr AttemptLimit kBeginLimit = {.most = 500, .window = std::chrono::minutes(15)};

Result<User> enabled(const User& user) {
  if (!user.disabled) return user;
  return refuse(ProblemKind::kForbidden, "the account {} is disabled; an administrator can enable it", user.email);
}

}  // namespace

Result<> check_sign_on(Transaction& transaction, WallTime now, const net::IpAddress& address) {
  TRY_VOID(check_attempts(transaction, now, kBeginLimit, networks_of(kBeginning, address)));
  return check_share(transaction, now, kOnTheirWay, address);
}

PendingSignOn new_sign_on(const std::string& return_to) {
  return {.state = new_secret(""), .nonce = new_secret(""), .code_verifier = new_secret(""), .return_to = return_to};
}

Result<> begin_sign_on(Transaction& transaction, WallTime now, const PendingSignOn& pending,
                       const net::IpAddress& address) {
  TRY_VOID(check_sign_on(transaction, now, address));
  TRY(const auto attempt, begin_attempt_from(transaction, now, kBeginLimit, kBeginning, address));
  TRY_VOID(transaction.run("DELETE FROM single_sign_on WHERE expires_at <= $1", {to_ms(now)}));
  TRY_VOID(transaction.run(
      "INSERT INTO single_sign_on (state_hash, nonce, code_verifier, return_to, expires_at, site, attempt_id)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {hash_secret(pending.state), pending.nonce, pending.code_verifier, pending.return_to,
       to_ms(now + kSingleSignOnPatience), site_name(address), attempt}));
  return {};
}

Result<bool> knows_sign_on(Transaction& transaction, WallTime now, std::string_view state) {
  TRY(const auto rows, transaction.run("SELECT 1 FROM single_sign_on WHERE state_hash = $1 AND expires_at > $2",
                                       {hash_secret(state), to_ms(now)}));
  return !rows.empty();
}

Result<std::optional<PendingSignOn>> take_sign_on(Transaction& transaction, WallTime now, std::string_view state) {
  TRY(const auto rows, transaction.run("DELETE FROM single_sign_on WHERE state_hash = $1"
                                       " RETURNING nonce, code_verifier, return_to, expires_at, attempt_id",
                                       {hash_secret(state)}));
  if (rows.empty() || rows[0].number(3) <= to_ms(now)) return std::nullopt;
  return PendingSignOn{.state = std::string(state),
                       .nonce = rows[0].text(0),
                       .code_verifier = rows[0].text(1),
                       .return_to = rows[0].text(2),
                       .attempt_id = rows[0].text(4)};
}

Result<> forget_sign_on(Transaction& transaction, const PendingSignOn& pending) {
  return forget_attempt(transaction, pending.attempt_id);
}

Result<User> user_of(Transaction& transaction, WallTime now, const SingleSignOnConfig& config, const IdToken& identity,
                     const net::IpAddress& address) {
  const std::string subject = config.issuer + " " + identity.subject;
  TRY(const auto known, find_user_by_subject(transaction, subject));
  if (known) return enabled(*known);

  const auto email = ledger::parse_email(identity.email);
  if (!email || !identity.email_verified) {
    return refuse(ProblemKind::kForbidden, "{} has not verified an e-mail address of yours", config.name);
  }
  Actor actor;
  actor.name = *email;
  actor.via = ledger::Via::kSignIn;
  actor.address = address;
  TRY(const auto same, find_user_by_email(transaction, *email));
  if (!same && !config.create_users) {
    return refuse(ProblemKind::kForbidden, "there is no account for {}; an administrator can make one", *email);
  }
  if (!same) {
    return create_user(transaction, now, actor,
                       {.email = *email,
                        .name = identity.name.empty() ? *email : identity.name,
                        .password_hash = {},
                        .sso_subject = subject});
  }
  if (same->single_sign_on) {
    return refuse(ProblemKind::kForbidden, "the account {} is not yours as far as {} knows; sign in with its password",
                  *email, config.name);
  }
  TRY_VOID(enabled(*same));
  return link_user(transaction, now, actor, same->id, subject);
}

}  // namespace larder::identity
