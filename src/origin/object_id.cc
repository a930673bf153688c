#include "origin/object_id.h"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "core/check.h"

namespace larder::origin {
namespace {

using Personal = std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES>;

// These separate the two kinds of hashes from each other and from everybody else's; the digit is the format.
constexpr Personal kUrl = {'l', 'a', 'r', 'd', 'e', 'r', ' ', 'u', 'r', 'l', ' ', '1'};
constexpr Personal kObject = {'l', 'a', 'r', 'd', 'e', 'r', ' ', 'o', 'b', 'j', ' ', '1'};

// Without sodium_init() libsodium takes its slow portable code.
const bool sodium_ready = sodium_init() >= 0;

class PartHash {
 public:
  explicit PartHash(const Personal& personal) {
    crypto_generichash_blake2b_init_salt_personal(&state_, nullptr, 0, kBytes, nullptr, personal.data());
  }

  /// A number in little endian, without length, as it always has eight bytes.
  void add(std::uint64_t number) {
    std::array<unsigned char, 8> bytes{};
    for (unsigned char& byte : bytes) {
      byte = static_cast<unsigned char>(number);
      number >>= 8;
    }
    crypto_generichash_blake2b_update(&state_, bytes.data(), bytes.size());
  }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    crypto_generichash_blake2b_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }

  std::array<std::uint64_t, 2> finish() {
    static_assert(std::endian::native == std::endian::little, "keys on disk are in little endian");
    std::array<unsigned char, kBytes> digest{};
    crypto_generichash_blake2b_final(&state_, digest.data(), digest.size());
    return std::bit_cast<std::array<std::uint64_t, 2>>(digest);
  }

 private:
  static constexpr std::size_t kBytes = 16;
  crypto_generichash_blake2b_state state_{};
};

}  // namespace

UrlKey url_key(bool tls, bool name_is_shared, std::string_view name, std::string_view path) {
  CHECK(sodium_ready, "libsodium does not start");
  PartHash hash(kUrl);
  hash.add((tls ? 1U : 0U) | (name_is_shared ? 2U : 0U));
  hash.add(name);
  hash.add(path);
  return UrlKey{hash.finish()};
}

ObjectId object_id(const UrlKey& url, std::string_view etag, std::string_view last_modified, std::uint64_t total,
                   std::uint64_t hard_purge) {
  PartHash hash(kObject);
  hash.add(url.words[0]);
  hash.add(url.words[1]);
  hash.add(total);
  hash.add(etag);
  hash.add(last_modified);
  if (hard_purge != 0) hash.add(hard_purge);  // what was stored before there were purges is found as ever
  return hash.finish();
}

}  // namespace larder::origin
