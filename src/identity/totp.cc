#include "identity/totp.h"

#include <liboath/oath.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "core/check.h"
#include "ledger/secret.h"
#include "ledger/text.h"

namespace larder::identity {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::int64_t kStepsOff = 1;
constexpr std::size_t kSecretBytes = 20;

struct Freed {
  void operator()(char* bytes) const { std::free(bytes); }  // what liboath asks for
};

void start_oath() {
  static const bool started = ::oath_init() == OATH_OK;
  CHECK(started, "liboath does not start");
}

}  // namespace

std::string new_totp_secret() {
  start_oath();
  std::array<char, kSecretBytes> bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  char* text = nullptr;
  std::size_t size = 0;
  CHECK(::oath_base32_encode(bytes.data(), bytes.size(), &text, &size) == OATH_OK, "20 bytes are always encoded");
  const std::unique_ptr<char, Freed> owned(text);
  return std::string(text, size);
}

std::int64_t totp_step(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count() / kStepSeconds;
}

larder::Result<std::string> totp_code(std::string_view secret, std::int64_t step, int digits) {
  start_oath();
  char* decoded = nullptr;
  std::size_t size = 0;
  if (::oath_base32_decode(secret.data(), secret.size(), &decoded, &size) != OATH_OK) {
    return fail(Errc::kInvalid, "the secret of one-time codes is no base32");
  }
  const std::unique_ptr<char, Freed> owned(decoded);
  std::array<char, 16> code{};
  const int said = ::oath_hotp_generate(decoded, size, static_cast<std::uint64_t>(step), static_cast<unsigned>(digits),
                                        false, OATH_HOTP_DYNAMIC_TRUNCATION, code.data());
  if (said != OATH_OK) return fail(Errc::kInvalid, "no one-time code: {}", ::oath_strerror(said));
  return std::string(code.data());
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, WallTime now,
                                       std::int64_t last_step) {
  const std::int64_t current = totp_step(now);
  std::optional<std::int64_t> matched;
  for (std::int64_t step = current - kStepsOff; step <= current + kStepsOff; ++step) {
    const auto right = totp_code(secret, step);
    if (right && ledger::same_secret(*right, code) && step > last_step && !matched) matched = step;
  }
  return matched;
}

std::string totp_uri(std::string_view secret, std::string_view email) {
  return fmt::format("otpauth://totp/Larder:{}?secret={}&issuer=Larder&algorithm=SHA1&digits={}&period={}",
                     ledger::escaped(email), secret, kTotpDigits, kStepSeconds);
}

}  // namespace larder::identity
