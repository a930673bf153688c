#include "ledger/secret.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "core/check.h"

namespace larder::ledger {
namespace {

constexpr std::size_t kSecretBytes = 32;
// RFC 9562 section 6.2, method 3: the twelve bits after the version are the fraction of the millisecond.
constexpr std::uint64_t kTicksAMillisecond = 4096;

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  ::sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

/// Later than every one before it in this program, so that what is made in one moment keeps its order.
std::uint64_t next_tick(WallTime now) {
  static std::atomic<std::uint64_t> last = 0;
  const auto us =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
  const std::uint64_t clock = us / 1000 * kTicksAMillisecond + us % 1000 * kTicksAMillisecond / 1000;
  std::uint64_t before = last.load();
  std::uint64_t tick = 0;
  do {
    tick = std::max(clock, before + 1);
  } while (!last.compare_exchange_weak(before, tick));
  return tick;
}

}  // namespace

std::string new_id(WallTime now) {
  const std::uint64_t ticks = next_tick(now);
  const std::uint64_t ms = ticks / kTicksAMillisecond;
  const std::uint64_t fraction = ticks % kTicksAMillisecond;
  std::array<std::uint8_t, 16> id{};
  ::randombytes_buf(id.data(), id.size());
  for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id[6] = static_cast<std::uint8_t>(0x70 | fraction >> 8);
  id[7] = static_cast<std::uint8_t>(fraction);
  id[8] = static_cast<std::uint8_t>(0x80 | (id[8] & 0x3f));
  const std::string hex = to_hex(id);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

bool is_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

std::string new_secret(std::string_view prefix) {
  std::array<std::uint8_t, kSecretBytes> bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(kSecretBytes, kVariant), '\0');
  ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();
  return std::string(prefix) + text;
}

std::string new_code(std::size_t length) {
  constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ23456789";  // no vowels: no words; no 0, 1, O, I
  std::string code;
  for (std::size_t i = 0; i < length; ++i) code += kLetters[::randombytes_uniform(kLetters.size())];
  return code;
}

std::string hash_secret(std::string_view secret) {
  std::array<std::uint8_t, 32> hash{};
  ::crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       nullptr, 0);
  return to_hex(hash);
}

std::string seal_of(std::string_view key, std::string_view text) {
  CHECK(key.size() >= crypto_generichash_KEYBYTES_MIN && key.size() <= crypto_generichash_KEYBYTES_MAX,
        "the key is one of new_secret()'s");
  std::array<std::uint8_t, 16> seal{};
  ::crypto_generichash(seal.data(), seal.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return to_hex(seal);
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace larder::ledger
