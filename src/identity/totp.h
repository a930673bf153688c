// One-time codes of a telephone: six digits that are good for 30 seconds, and for the 30 before and after, because
// clocks differ.
//
// Source     RFC 6238, RFC 4226; the URI: github.com/google/google-authenticator/wiki/Key-Uri-Format
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace larder::identity {

constexpr int kTotpDigits = 6;

/// 160 random bits in base32.
std::string new_totp_secret();

std::int64_t totp_step(WallTime time);
/// The code of a step. Errors: kInvalid (`secret` is no base32).
larder::Result<std::string> totp_code(std::string_view secret, std::int64_t step, int digits = kTotpDigits);
/// The step whose code `code` is, if it is near `now` and after `last_step`, the last one that was used.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, WallTime now,
                                       std::int64_t last_step);

/// What a QR code for an authenticator says.
std::string totp_uri(std::string_view secret, std::string_view email);

}  // namespace larder::identity
