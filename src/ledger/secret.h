// Ids and secrets: made here, and kept as hashes wherever they need not be shown again.
//
// Threads    any.
#pragma once

#include <string>
#include <string_view>

#include "core/clock.h"

namespace larder::ledger {

/// UUIDv7: unique, and in the order of time and of the calls.
std::string new_id(WallTime now);
bool is_id(std::string_view text);

/// `prefix` and 256 random bits in base64url: "ldr_Zm9v...".
std::string new_secret(std::string_view prefix);
/// Letters and digits that nobody confuses, for people to read out: new_code(8) is "KWQD7M2X".
std::string new_code(std::size_t length);

/// What is kept of a secret of 128 random bits or more: BLAKE2b in hex. Passwords want argon2id instead (password.h).
std::string hash_secret(std::string_view secret);

/// What only who has `key` (16 to 64 bytes) can make of `text`: keyed BLAKE2b in hex.
std::string seal_of(std::string_view key, std::string_view text);

/// Compares in a time that says nothing about where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace larder::ledger
