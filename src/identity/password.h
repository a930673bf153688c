// Passwords: hashed with argon2id, which costs memory and time on purpose, and checked before they are taken.
//
// At most kHashingsAtOnce run in this program at a time: each takes SignInConfig::hash_memory. The portal has as many
// threads for what hashes (Lane::kPasswords), so that nobody waits here.
//
// Threads    any but those that answer everybody's requests: hashing takes a good part of a second. Never inside a
//            transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/sign_in_config.h"
#include "ledger/problem.h"

namespace larder::identity {

constexpr int kHashingsAtOnce = 2;

/// Errors: kUnavailable (too many are waiting, or there is no memory).
ledger::Result<std::string> hash_password(const SignInConfig& config, std::string_view password);

struct PasswordVerdict {
  bool right = false;
  bool outdated = false;  // hashed with other parameters than the configuration's
};

/// Takes as long without a hash (nobody has this name, or no password) as with a wrong password.
/// Errors: as hash_password().
ledger::Result<PasswordVerdict> check_password(const SignInConfig& config, const std::optional<std::string>& hash,
                                               std::string_view password);

/// Notes at `pointer` why `password` is not good enough for the account `email`.
void judge_password(const SignInConfig& config, std::string_view email, std::string_view password,
                    std::string_view pointer, ledger::FieldProblems& problems);

/// "KWQD7-M2XBC-T94FH-ZRP6N": 96 random bits.
std::string new_password();

}  // namespace larder::identity
