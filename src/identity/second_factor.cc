#include "identity/second_factor.h"

#include "identity/totp.h"
#include "identity/users.h"
#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::new_code;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

struct StoredSecret {
  std::optional<std::string> secret;
  bool enabled = false;
  std::int64_t last_step = 0;
};

Result<StoredSecret> stored_secret(Transaction& transaction, const std::string& user_id) {
  TRY(const auto rows,
      transaction.run("SELECT totp_secret, totp_enabled, totp_last_step FROM account WHERE id = $1", {user_id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no user {}", user_id);
  return StoredSecret{rows[0].optional_text(0), rows[0].flag(1), rows[0].number(2)};
}

/// As they are compared: letters' case and dashes do not count.
std::string plain_code(std::string_view code) {
  std::string plain;
  for (const char c : ledger::to_lower(code)) {
    if (c != '-' && c != ' ') plain += c;
  }
  return plain;
}

Result<std::vector<std::string>> make_recovery_codes(Transaction& transaction, const std::string& user_id) {
  TRY_VOID(transaction.run("DELETE FROM recovery_code WHERE account_id = $1", {user_id}));
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(fmt::format("{}-{}-{}-{}", new_code(4), new_code(4), new_code(4), new_code(4)));
    TRY_VOID(transaction.run("INSERT INTO recovery_code (account_id, code_hash) VALUES ($1, $2)",
                             {user_id, ledger::hash_secret(plain_code(codes.back()))}));
  }
  return codes;
}

Result<> record_totp(Transaction& transaction, WallTime now, const Actor& actor, const User& before,
                     std::string action) {
  TRY(const User after, find_user(transaction, before.id));
  AuditRecord entry;
  entry.action = std::move(action);
  entry.kind = "user";
  entry.object_id = after.id;
  entry.object_name = audit_name(after);
  entry.before = to_json(before);
  entry.after = to_json(after);
  entry.version = after.version;
  return ledger::record(transaction, now, actor, entry);
}

}  // namespace

Result<TotpSetup> begin_totp(Transaction& transaction, const std::string& user_id) {
  TRY(const User user, find_user(transaction, user_id));
  if (user.totp_enabled) {
    return refuse(ProblemKind::kConflict, "one-time codes are in force; remove them before you set them up anew");
  }
  TotpSetup setup{.secret = new_totp_secret(), .uri = ""};
  setup.uri = totp_uri(setup.secret, user.email);
  TRY_VOID(transaction.run("UPDATE account SET totp_secret = $2, totp_last_step = 0 WHERE id = $1",
                           {user_id, setup.secret}));
  return setup;
}

Result<std::vector<std::string>> confirm_totp(Transaction& transaction, WallTime now, const Actor& actor,
                                              const std::string& user_id, std::string_view code) {
  TRY(const User before, find_user(transaction, user_id));
  TRY(const StoredSecret stored, stored_secret(transaction, user_id));
  if (stored.enabled || !stored.secret) {
    return refuse(ProblemKind::kConflict, "{}",
                  stored.enabled ? "one-time codes are in force already" : "ask for a secret first");
  }
  const auto step = match_totp(*stored.secret, plain_code(code), now, stored.last_step);
  if (!step) {
    FieldProblems problems;
    problems.add("/code", "it is not the code of this moment; is the clock of the telephone right?");
    return std::unexpected(problems.verdict().error());
  }
  TRY_VOID(
      transaction.run("UPDATE account SET totp_enabled = 1, totp_last_step = $2, version = version + 1,"
                      " updated_at = $3 WHERE id = $1",
                      {user_id, *step, to_ms(now)}));
  TRY(auto codes, make_recovery_codes(transaction, user_id));
  TRY_VOID(record_totp(transaction, now, actor, before, "user.totp-on"));
  return codes;
}

Result<> remove_totp(Transaction& transaction, WallTime now, const Actor& actor, const std::string& user_id) {
  TRY(const User before, find_user(transaction, user_id));
  if (!before.totp_enabled) return refuse(ProblemKind::kConflict, "one-time codes are not in force");
  TRY_VOID(
      transaction.run("UPDATE account SET totp_secret = NULL, totp_enabled = 0, totp_last_step = 0,"
                      " version = version + 1, updated_at = $2 WHERE id = $1",
                      {user_id, to_ms(now)}));
  TRY_VOID(transaction.run("DELETE FROM recovery_code WHERE account_id = $1", {user_id}));
  return record_totp(transaction, now, actor, before, "user.totp-off");
}

Result<bool> use_second_factor(Transaction& transaction, WallTime now, const std::string& user_id,
                               std::string_view code) {
  TRY(const StoredSecret stored, stored_secret(transaction, user_id));
  if (!stored.enabled || !stored.secret) return false;
  const std::string plain = plain_code(code);
  if (const auto step = match_totp(*stored.secret, plain, now, stored.last_step)) {
    TRY_VOID(transaction.run("UPDATE account SET totp_last_step = $2 WHERE id = $1", {user_id, *step}));
    return true;
  }
  TRY(const auto used, transaction.run("DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2",
                                       {user_id, ledger::hash_secret(plain)}));
  return used.changed > 0;
}

}  // namespace larder::identity
