#include "identity/sign_in.h"

#include <utility>

#include "core/check.h"
#include "identity/attempts.h"
#include "identity/browser_seal.h"
#include "identity/known_places.h"
#include "identity/password.h"
#include "identity/second_factor.h"
#include "ledger/audit.h"
#include "ledger/email.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::Problem;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

/// REQUIRES: it is of an e-mail address, which is no secret. What people type into the field instead may be a password,
/// and even a hash of that does not belong into the database: it is a quick one.
std::string account_subject(std::string_view email_key) { return "account " + ledger::hash_secret(email_key); }

AttemptLimit limit_of(const SignInConfig& config) { return {.most = config.attempts, .window = config.attempt_window}; }

// Try: one sign-in, as it was asked for.
struct Try {
  const SignInConfig& config;
  WallTime now;
  const Credentials& credentials;
  const Client& client;
  std::string key;  // browser_seal.h
};

/// What stands for an organisation that is not there. Each has attempts of its own, as those that are there have, or
/// they would tell which are: nobody can work out which two share theirs. A few bits of a seal say little of what was
/// typed, which may be a password.
std::string unknown_organisation(std::string_view key, std::string_view typed) {
  constexpr std::size_t kDigits = 4;  // 16 bits
  return "?" + ledger::seal_of(key, "organisation " + ledger::to_lower(typed)).substr(0, kDigits);
}

/// The email_key of the account that is meant, if it is there.
Result<std::string> key_of(Transaction& transaction, const Try& one) {
  const auto& organisation = one.credentials.organisation;
  if (!organisation) return email_key(one.credentials.email);
  TRY(const auto id, ledger::find_organisation_id(transaction, *organisation));
  return email_key(one.credentials.email, id ? *id : unknown_organisation(one.key, *organisation));
}

/// People type passwords into the wrong field.
std::string loggable_email(std::string_view text) {
  return ledger::parse_email(text) ? ledger::printable(text, 254) : "(no e-mail address)";
}

// Candidate: somebody who tries to sign in, before the password is checked.
struct Candidate {
  std::string email_key;
  std::optional<User> user;
  std::optional<std::string> password_hash;
  std::string attempt;
  std::string subject;  // of `subjects`, what the account's own success clears; "": nobody's e-mail
  std::vector<AttemptSubject> subjects;
};

/// The subjects of attempts where the account knows who tries, its own first; none: they are strangers.
Result<std::vector<AttemptSubject>> known_subjects(Transaction& transaction, const Try& one,
                                                   const Candidate& candidate) {
  constexpr int kAccountsOfANetwork = 3;  // as many as somebody there may guess at, of all that know it
  std::vector<AttemptSubject> subjects;
  if (!candidate.user) return subjects;
  TRY(const auto place, known_place(transaction, one.now, candidate.user->id, one.client));
  if (!place) return subjects;
  subjects.push_back({fmt::format("{} from {}", account_subject(candidate.email_key), place->name)});
  if (place->is_network) subjects.push_back({"sign-in where known: " + place->name, kAccountsOfANetwork});
  return subjects;
}

Result<Candidate> find_candidate(Transaction& transaction, const Try& one) {
  Candidate candidate;
  // What is no address is nobody's: a blank in it would make it the email_key of an organisation's account.
  const bool is_address = ledger::parse_email(one.credentials.email).has_value();
  TRY(candidate.email_key, key_of(transaction, one));
  if (is_address) {
    TRY(candidate.user, find_user_by_key(transaction, candidate.email_key));
  }
  if (candidate.user) {
    TRY(candidate.password_hash, password_hash_of(transaction, candidate.user->id));
  }
  TRY(candidate.subjects, known_subjects(transaction, one, candidate));
  if (!candidate.subjects.empty()) {
    candidate.subject = candidate.subjects.front().name;
    return candidate;
  }
  candidate.subjects = networks_of("sign-in", one.client.address);
  if (!is_address) return candidate;
  candidate.subject = account_subject(candidate.email_key);
  candidate.subjects.push_back({candidate.subject});
  return candidate;
}

/// Whoever has had all of their attempts costs a look, and no more.
Result<> refuse_early(Transaction& transaction, const Try& one) {
  TRY(const Candidate candidate, find_candidate(transaction, one));
  return check_attempts(transaction, one.now, limit_of(one.config), candidate.subjects);
}

Result<Candidate> begin(Transaction& transaction, const Try& one) {
  TRY(Candidate candidate, find_candidate(transaction, one));
  TRY(candidate.attempt, begin_attempt(transaction, one.now, limit_of(one.config), candidate.subjects));
  return candidate;
}

// Verdict: what a transaction decided that is kept in either case.
struct Verdict {
  std::optional<NewSession> session;
  std::optional<Problem> refused;
};

Result<Verdict> fail_attempt(Transaction& transaction, const Try& one, const Candidate& candidate, Problem why) {
  const std::string email = loggable_email(one.credentials.email);
  AuditRecord entry;
  entry.action = "sign-in.fail";
  entry.kind = "user";
  entry.object_id = candidate.user ? candidate.user->id : "";
  entry.object_name = candidate.user ? audit_name(*candidate.user) : email;
  TRY_VOID(ledger::record(transaction, one.now, ledger::nobody(one.client.address, email), entry));
  return Verdict{.session = {}, .refused = std::move(why)};
}

Result<Verdict> decide(Transaction& transaction, const Try& one, const Candidate& candidate, bool right) {
  const auto refused = [&](std::string why) {
    return fail_attempt(transaction, one, candidate, Problem(ProblemKind::kUnauthenticated, std::move(why)));
  };
  if (!right) return refused("the e-mail address or the password is wrong");

  // While the password was hashed, it may have been changed, and the account disabled or deleted.
  TRY(const auto user, find_user_by_key(transaction, candidate.email_key));
  if (!user || user->id != candidate.user->id) return refused("the e-mail address or the password is wrong");
  TRY(const auto hash, password_hash_of(transaction, user->id));
  if (hash != candidate.password_hash) return refused("the e-mail address or the password is wrong");
  if (user->disabled) return refused("this account is disabled; an administrator can enable it");

  if (user->totp_enabled && !one.credentials.code) {
    TRY_VOID(forget_attempt(transaction, candidate.attempt));
    return Verdict{
        .session = {},
        .refused = Problem(ProblemKind::kSecondFactorRequired, "send a one-time code or a recovery code too")};
  }
  if (user->totp_enabled) {
    TRY(const bool good, use_second_factor(transaction, one.now, user->id, *one.credentials.code));
    if (!good) return refused("the code is wrong, or it was used before");
  }
  TRY_VOID(forget_attempts(transaction, candidate.subject));
  TRY(auto session, start_signed_in(transaction, one.now, one.config, *user, one.client));
  return Verdict{.session = std::move(session), .refused = {}};
}

/// Hashes the password anew with the configuration's parameters. That it fails must not keep anybody out.
Result<> renew_hash(database::Database& database, const SignInConfig& config, const Candidate& candidate,
                    std::string_view password) {
  TRY(const std::string hash, hash_password(config, password));
  return database.write([&](Transaction& transaction) -> Result<> {
    TRY_VOID(transaction.run("UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                             {candidate.user->id, hash, candidate.password_hash}));
    return {};
  });
}

}  // namespace

Result<NewSession> sign_in(database::Database& database, const SignInConfig& config, WallTime now,
                           const Credentials& credentials, const Client& client) {
  TRY(auto key, seal_key(database));
  const Try one{config, now, credentials, client, std::move(key)};
  TRY_VOID(database.read([&](Transaction& transaction) { return refuse_early(transaction, one); }));
  TRY(const Candidate candidate, database.write([&](Transaction& transaction) { return begin(transaction, one); }));
  TRY(const PasswordVerdict password, check_password(config, candidate.password_hash, credentials.password));
  TRY(Verdict verdict,
      database.write([&](Transaction& transaction) { return decide(transaction, one, candidate, password.right); }));
  if (verdict.refused) return std::unexpected(*std::move(verdict.refused));
  if (password.outdated) static_cast<void>(renew_hash(database, config, candidate, credentials.password));
  return *std::move(verdict.session);
}

Result<NewSession> start_signed_in(Transaction& transaction, WallTime now, const SignInConfig& config, const User& user,
                                   const Client& client) {
  TRY(auto made, start_session(transaction, now, config, user.id, client));
  TRY(made.browser, learn_place(transaction, now, user.id, client));
  TRY_VOID(transaction.run("UPDATE account SET last_sign_in_at = $2 WHERE id = $1", {user.id, to_ms(now)}));
  AuditRecord entry;
  entry.action = "session.create";
  entry.kind = "session";
  entry.object_id = made.session.id;
  entry.object_name = made.session.address;
  TRY_VOID(ledger::record(transaction, now, signed_in_as(user, client.address), entry));
  return made;
}

Result<std::string> confirm_password(database::Database& database, const SignInConfig& config, WallTime now,
                                     const Actor& actor, std::string_view password, std::string_view pointer) {
  CHECK(actor.user_id.has_value(), "somebody is signed in");
  const std::string subject = "confirmation " + *actor.user_id;
  TRY(const auto hash, database.write([&](Transaction& transaction) -> Result<std::optional<std::string>> {
    TRY_VOID(begin_attempt(transaction, now, limit_of(config), {{subject}}));
    return password_hash_of(transaction, *actor.user_id);
  }));
  if (!hash) {
    return refuse(ProblemKind::kConflict, "this account has no password; its owner signs in through the provider");
  }
  TRY(const PasswordVerdict verdict, check_password(config, hash, password));
  if (!verdict.right) {
    FieldProblems problems;
    problems.add(std::string(pointer), "it is not your password");
    return std::unexpected(problems.verdict().error());
  }
  TRY_VOID(database.write([&](Transaction& transaction) { return forget_attempts(transaction, subject); }));
  return *hash;
}

Result<> demand_password(Transaction& transaction, const std::string& user_id, const std::string& confirmed) {
  TRY(const auto hash, password_hash_of(transaction, user_id));
  if (hash == confirmed) return {};
  return refuse(ProblemKind::kConflict, "your password was changed in the meantime: nothing was done");
}

Result<> forget_failures(Transaction& transaction, const User& user) {
  return forget_attempts(transaction, account_subject(user.email_key));
}

}  // namespace larder::identity
