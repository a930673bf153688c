#include "identity/device_sign_in.h"

#include "identity/attempts.h"
#include "identity/site_share.h"
#include "identity/users.h"
#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

constexpr std::string_view kBeginning = "device";  // what attempts count as
constexpr std::size_t kCodeLength = 8;
constexpr SiteShare kWaiting = {.waiting = "device_authorization WHERE expires_at > $2",
                                .most = 10'000,
                                .what = "devices that wait to be signed in",
                                .retry_s = 60};
constexpr std::int64_t kMoment_ms = 1000;
// As many as a site may have waiting (kWaiting) when nobody else has: an office behind one address signs in at once.
constexpr AttemptLimit kBeginLimit = {.most = 500, .window = std::chrono::minutes(15)};
constexpr AttemptLimit kGuessLimit = {.most = 10, .window = std::chrono::minutes(15)};

/// As codes are kept: upper case, no dash.
std::string plain_code(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '-' && c != ' ') plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return plain;
}

std::string shown_code(const std::string& plain) {
  return plain.substr(0, kCodeLength / 2) + "-" + plain.substr(kCodeLength / 2);
}

Result<std::optional<DeviceCode>> load_pending(Transaction& transaction, WallTime now, std::string_view user_code) {
  TRY(const auto rows,
      transaction.run("SELECT id, user_code, client, scopes, address, created_at, expires_at FROM device_authorization"
                      " WHERE user_code = $1 AND state = 'pending' AND expires_at > $2",
                      {plain_code(user_code), to_ms(now)}));
  if (rows.empty()) return std::nullopt;
  DeviceCode code;
  code.id = rows[0].text(0);
  code.user_code = shown_code(rows[0].text(1));
  code.client = rows[0].text(2);
  if (!rows[0].text(3).empty()) {
    TRY(code.scopes, parse_scopes(rows[0].text(3)));
  }
  code.address = rows[0].text(4);
  code.created_at = rows[0].number(5);
  code.expires_at = rows[0].number(6);
  return code;
}

/// Turns an approved authorization into a token.
Result<std::variant<DeviceRefusal, NewToken>> redeem(Transaction& transaction, WallTime now, const database::Row& row,
                                                     const net::IpAddress& address) {
  TRY_VOID(transaction.run("DELETE FROM device_authorization WHERE id = $1", {row.text(0)}));
  const std::string& user_id = row.text(2);
  TRY(const auto principal, load_principal(transaction, user_id));
  if (!principal) return DeviceRefusal::kDenied;  // disabled since
  DeviceCode code;
  if (!row.text(3).empty()) {
    TRY(code.scopes, parse_scopes(row.text(3)));
  }
  Actor actor;
  actor.user_id = user_id;
  actor.name = ledger::audit_name(principal->email, principal->email_verified);
  actor.via = ledger::Via::kSignIn;
  actor.address = address;
  TRY(auto made, create_token(transaction, now, actor,
                              {.user_id = user_id,
                               .name = row.text(4),
                               .scopes = scopes_for(code, principal->admin),
                               .expires_at = to_ms(now + kDeviceTokenLife)}));
  TRY_VOID(forget_attempt(transaction, row.text(0)));
  return made;
}

/// The authorization of a device code, if there is one; the columns that poll_device() needs.
Result<database::Rows> rows_of(Transaction& transaction, std::string_view device_code) {
  TRY(auto rows, transaction.run("SELECT id, state, account_id, scopes, client, interval_s, last_poll_at, expires_at"
                                 " FROM device_authorization WHERE device_code_hash = $1",
                                 {ledger::hash_secret(device_code)}));
  return rows;
}

/// Why nothing comes of it, whoever asks.
std::optional<DeviceRefusal> void_as(const database::Rows& rows, WallTime now) {
  if (rows.empty() || rows[0].number(7) <= to_ms(now)) return DeviceRefusal::kExpired;
  return rows[0].text(1) == "denied" ? std::optional(DeviceRefusal::kDenied) : std::nullopt;
}

}  // namespace

Result<> check_device(Transaction& transaction, WallTime now, const net::IpAddress& address) {
  TRY_VOID(check_attempts(transaction, now, kBeginLimit, networks_of(kBeginning, address)));
  return check_share(transaction, now, kWaiting, address);
}

Result<NewDeviceCode> begin_device(Transaction& transaction, WallTime now, const std::optional<Scopes>& scopes,
                                   const net::IpAddress& address) {
  TRY_VOID(check_device(transaction, now, address));
  // The attempt and what it begins have one id: redeem() forgets it.
  TRY(const std::string id, begin_attempt_from(transaction, now, kBeginLimit, kBeginning, address));
  TRY_VOID(transaction.run("DELETE FROM device_authorization WHERE expires_at <= $1", {to_ms(now)}));
  const std::string user_code = ledger::new_code(kCodeLength);
  NewDeviceCode made{.device_code = ledger::new_secret(""), .user_code = shown_code(user_code)};
  TRY_VOID(transaction.run(
      "INSERT INTO device_authorization (id, device_code_hash, user_code, client, scopes, address, site, state,"
      " interval_s, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10)",
      {id, ledger::hash_secret(made.device_code), user_code, kDeviceClient, scopes ? to_string(*scopes) : "",
       net::to_string(address), site_name(address), kDeviceInterval, to_ms(now), to_ms(now + kDeviceCodeLife)}));
  return made;
}

Result<std::optional<DeviceCode>> find_device(Transaction& transaction, WallTime now, const Principal& principal,
                                              std::string_view user_code) {
  TRY(const std::string attempt,
      begin_attempt(transaction, now, kGuessLimit, {{"device code by " + principal.user_id}}));
  std::optional<DeviceCode> code;
  if (plain_code(user_code).size() == kCodeLength) {
    TRY(code, load_pending(transaction, now, user_code));
  }
  if (code) {
    TRY_VOID(forget_attempt(transaction, attempt));
  }
  return code;
}

Scopes scopes_for(const DeviceCode& code, bool admin) {
  if (!code.scopes) return scopes_of(false);
  Scopes scopes = *code.scopes;
  if (!admin) scopes.erase(Scope::kAdmin);
  return scopes;
}

Result<> decide_device(Transaction& transaction, WallTime now, const Actor& actor, const DeviceCode& code,
                       bool approved) {
  TRY(const auto decided, transaction.run("UPDATE device_authorization SET state = $2, account_id = $3 WHERE id = $1"
                                          " AND state = 'pending' AND expires_at > $4",
                                          {code.id, approved ? "approved" : "denied", actor.user_id, to_ms(now)}));
  if (decided.changed == 0) return refuse(ProblemKind::kNotFound, "no device waits with this code any more");
  AuditRecord entry;
  entry.action = approved ? "device.approve" : "device.deny";
  entry.kind = "device";
  entry.object_id = code.id;
  entry.object_name = fmt::format("{} at {}", code.client, code.address);
  return ledger::record(transaction, now, actor, entry);
}

Result<> forget_devices(Transaction& transaction, const std::string& user_id) {
  TRY_VOID(transaction.run("DELETE FROM device_authorization WHERE account_id = $1", {user_id}));
  return {};
}

std::string_view to_string(DeviceRefusal refusal) {
  switch (refusal) {
    case DeviceRefusal::kPending: return "authorization_pending";
    case DeviceRefusal::kSlowDown: return "slow_down";
    case DeviceRefusal::kDenied: return "access_denied";
    case DeviceRefusal::kExpired: return "expired_token";
  }
  return "";
}

Result<std::optional<DeviceRefusal>> look_at_device(Transaction& transaction, WallTime now,
                                                    std::string_view device_code) {
  TRY(const auto rows, rows_of(transaction, device_code));
  if (const auto refusal = void_as(rows, now)) return refusal;
  const auto last = rows[0].optional_number(6);
  const bool again = rows[0].text(1) == "pending" && last && to_ms(now) < *last + kMoment_ms;
  return again ? std::optional(DeviceRefusal::kSlowDown) : std::nullopt;
}

Result<std::variant<DeviceRefusal, NewToken>> poll_device(Transaction& transaction, WallTime now,
                                                          std::string_view device_code, const net::IpAddress& address) {
  TRY(const auto rows, rows_of(transaction, device_code));
  if (const auto refusal = void_as(rows, now)) return *refusal;
  const auto& row = rows[0];
  if (row.text(1) == "approved") return redeem(transaction, now, row, address);

  const std::int64_t interval_s = row.number(5);
  const auto last = row.optional_number(6);
  const bool early = last && to_ms(now) < *last + interval_s * 1000;
  TRY_VOID(transaction.run("UPDATE device_authorization SET last_poll_at = $2, interval_s = $3 WHERE id = $1",
                           {row.text(0), to_ms(now), interval_s + (early ? kDeviceInterval : 0)}));
  return early ? DeviceRefusal::kSlowDown : DeviceRefusal::kPending;
}

}  // namespace larder::identity
