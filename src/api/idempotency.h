// Idempotency: a request that is sent again with the same Idempotency-Key gets the first answer, and is done once.
//
// The record is written in the transaction of what it records. It holds hashes of the key and of the request without
// its secrets (Route::secrets): they are quick ones, and whoever reads the database, or a backup of it, could try
// passwords against them until one fits. So nobody can say whether a repeat has the same secret, and it is not given
// the first answer, which would say that its own secret took effect. Source: draft-ietf-httpapi-idempotency-key-header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"

namespace larder::api {

class Idempotency {
 public:
  static constexpr auto kKept = std::chrono::hours(24);
  /// A key that was taken for so long without an answer is free again: whoever took it has died.
  static constexpr auto kAbandoned = std::chrono::minutes(2);

  /// `content`: what the body says, without secrets. nullopt: the request has no key, or needs none. Each `owner`, an
  /// account with what it may see here, has keys of its own. Without one (nullopt) a key means something with this very
  /// request from this address only: strangers cannot take each other's keys, or learn of them. Errors: kMalformed (the
  /// key).
  static ledger::Result<std::optional<Idempotency>> of(const Request& request, const std::optional<std::string>& owner,
                                                       std::string_view content);

  /// The answer of the first time; nullopt: there is none (yet). Writes nothing.
  /// Errors: kIdempotencyMismatch; kAlreadyDone.
  ledger::Result<std::optional<Response>> find(database::Transaction& transaction, WallTime now) const;
  /// The answer of the first time; nullopt: this is the first time, and the key is taken from here on.
  /// Errors: kIdempotencyMismatch; kAlreadyDone; kIdempotencyInProgress while another request has the key.
  ledger::Result<std::optional<Response>> claim(database::Transaction& transaction, WallTime now) const;
  /// Keeps `response`, or only that there was one if it or the request holds a secret.
  ledger::Result<> keep(database::Transaction& transaction, const Response& response, bool secret) const;
  /// Gives the key back: what it was taken for did not happen.
  ledger::Result<> release(database::Transaction& transaction) const;

 private:
  Idempotency(std::string owner, std::string key_hash, std::string request_hash);

  std::string owner_;
  std::string key_hash_;
  std::string request_hash_;
};

}  // namespace larder::api
