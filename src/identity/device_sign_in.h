// Signing in a device: a program shows a code, a person who is signed in with a browser approves it, and the program
// gets an API token.
//
// The person sees which program asks, from where and for what: nobody is signed in by a code that somebody else sent.
//
// Source     RFC 8628
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/clock.h"
#include "database/database.h"
#include "identity/api_tokens.h"
#include "identity/principal.h"
#include "ledger/problem.h"
#include "net/address.h"

namespace larder::identity {

inline constexpr std::string_view kDeviceClient = "larder";  // the one program that may ask
constexpr auto kDeviceCodeLife = std::chrono::minutes(15);
constexpr auto kDeviceTokenLife = std::chrono::hours(24 * 90);
constexpr int kDeviceInterval = 5;  // seconds between two polls, and how much longer after each that came too early

struct NewDeviceCode {
  std::string device_code;  // the program's secret
  std::string user_code;    // "ABCD-EFGH"
};
/// What begin_device() would refuse now; writes nothing. Errors: as begin_device().
ledger::Result<> check_device(database::Transaction& transaction, WallTime now, const net::IpAddress& address);
/// `scopes`: nullopt is all that the person may have but `admin`.
/// Counts against the network until a token is handed out for it.
/// Errors: kTooManyAttempts (from this network, or as many of its site wait as may), kUnavailable (too many are
/// waiting).
ledger::Result<NewDeviceCode> begin_device(database::Transaction& transaction, WallTime now,
                                           const std::optional<Scopes>& scopes, const net::IpAddress& address);

struct DeviceCode {
  std::string id;
  std::string user_code;
  std::string client;
  std::optional<Scopes> scopes;
  std::string address;
  std::int64_t created_at = 0;
  std::int64_t expires_at = 0;
};
/// What somebody who is signed in typed in, if it waits for a decision; letters' case and dashes do not count. Looks up
/// that find nothing are limited for `principal`: nullopt then, and kTooManyAttempts in the end.
ledger::Result<std::optional<DeviceCode>> find_device(database::Transaction& transaction, WallTime now,
                                                      const Principal& principal, std::string_view user_code);
/// The scopes that `principal` would give by approving.
Scopes scopes_for(const DeviceCode& code, bool admin);
/// The first decision counts. Errors: kNotFound (somebody decided meanwhile, or it has expired).
ledger::Result<> decide_device(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                               const DeviceCode& code, bool approved);
/// What `user_id` approved, and no program has asked for yet, is void.
ledger::Result<> forget_devices(database::Transaction& transaction, const std::string& user_id);

enum class DeviceRefusal { kPending, kSlowDown, kDenied, kExpired };
std::string_view to_string(DeviceRefusal refusal);  // as RFC 8628 spells them
/// What the program is told without anything being written: that its code is unknown, expired or denied, or that it
/// asked a moment ago. nullopt: poll_device() knows.
ledger::Result<std::optional<DeviceRefusal>> look_at_device(database::Transaction& transaction, WallTime now,
                                                            std::string_view device_code);
/// What the program is told when it asks whether the decision was made. The token is handed out once.
ledger::Result<std::variant<DeviceRefusal, NewToken>> poll_device(database::Transaction& transaction, WallTime now,
                                                                  std::string_view device_code,
                                                                  const net::IpAddress& address);

}  // namespace larder::identity
