// ID tokens of a sign-in provider: JSON Web Tokens, signed with a key of the provider's published set.
//
// RS256 and ES256 only, each with a key that was made for it: a token that names another algorithm, or none, is refused
// before its signature is looked at.
//
// Source     RFC 7515, 7517, 7519; OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725 (what goes wrong with these)
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace larder::identity {

// JwtKeys: the public keys of a provider, as it publishes them.
class JwtKeys {
 public:
  JwtKeys() = default;
  /// Keys that are not for signatures by RS256 or ES256 are passed over. Errors: kInvalid.
  static larder::Result<JwtKeys> parse(std::string_view json);

  struct Key {
    std::string id;         // "" if it has none
    std::string algorithm;  // "RS256", "ES256"
    std::string json;
  };
  /// Those that may have signed a token of this key id ("" if it names none) and algorithm.
  std::vector<const Key*> find(std::string_view id, std::string_view algorithm) const;

 private:
  std::vector<Key> keys_;
};

struct IdTokenRules {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  WallTime now;
};

struct IdToken {
  std::string subject;
  std::string email;            // "" if the provider says nothing
  bool email_verified = false;  // by the provider
  std::string name;
};

/// Errors: kNotFound (no key of the set can have signed it: the set may be old), kInvalid (all else).
larder::Result<IdToken> verify_id_token(std::string_view token, const JwtKeys& keys, const IdTokenRules& rules);

/// E-mail and name, from the claims of a token or from what the provider tells about its subject.
void take_person(const boost::json::object& claims, IdToken& id);

/// base64url without padding. Errors: kInvalid.
larder::Result<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

}  // namespace larder::identity
