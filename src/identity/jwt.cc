#include "identity/jwt.h"

#include <cjose/cjose.h>
#include <sodium.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "core/json.h"
#include "ledger/text_gate.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using ledger::to_ms;

constexpr std::size_t kTokenLimit = 16 << 10;
constexpr std::size_t kKeysAtMost = 50;
constexpr std::size_t kEs256Size = 64;
constexpr std::size_t kRsaBitsAtLeast = 2048;
constexpr std::int64_t kClockSlack_s = 60;
constexpr std::size_t kSubjectLimit = 255;
constexpr std::size_t kNameLimit = 100;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

struct Released {
  void operator()(cjose_jwk_t* key) const { ::cjose_jwk_release(key); }
  void operator()(cjose_jws_t* signature) const { ::cjose_jws_release(signature); }
};

larder::Result<boost::json::object> parse_object(std::string_view json, std::string_view what) {
  auto object = parse_json_object(json);
  if (!object) return fail(Errc::kInvalid, "{} is no JSON object", what);
  return object;
}

/// Whom the provider means is compared byte by byte and shown to nobody: it only has to be a text in one line.
bool is_subject(std::string_view text) {
  return !ledger::text_problem(
             text, {.least = 1, .most = kSubjectLimit, .shape = ledger::TextShape::kLines, .bytes = kSubjectLimit}) &&
         text.find_first_of("\t\r\n") == std::string_view::npos;
}

/// A member that is a text; "" if there is none.
std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<std::int64_t> seconds_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  if (value->is_double() && value->get_double() > 0 && value->get_double() < 1e12) {
    return static_cast<std::int64_t>(value->get_double());
  }
  const auto number = value->to_number<std::int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

/// What a published key signs with; "" if that is nothing we take.
std::string algorithm_of(const boost::json::object& key) {
  const std::string type = text_of(key, "kty");
  std::string algorithm;
  if (type == "RSA") algorithm = "RS256";
  if (type == "EC" && text_of(key, "crv") == "P-256") algorithm = "ES256";
  const std::string use = text_of(key, "use");
  const std::string named = text_of(key, "alg");
  const bool fits = (use.empty() || use == "sig") && (named.empty() || named == algorithm);
  return fits ? algorithm : "";
}

// Parts: a token in its compact form, taken apart.
struct Parts {
  boost::json::object header;
  boost::json::object claims;
  std::string signature;
};

larder::Result<Parts> take_apart(std::string_view token) {
  if (token.size() > kTokenLimit) return fail(Errc::kInvalid, "the ID token is too long");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return fail(Errc::kInvalid, "the ID token does not have three parts");
  }
  TRY(const std::string header, decode_base64url(token.substr(0, first)));
  TRY(const std::string claims, decode_base64url(token.substr(first + 1, second - first - 1)));
  Parts parts;
  TRY(parts.signature, decode_base64url(token.substr(second + 1)));
  TRY(parts.header, parse_object(header, "the ID token's header"));
  TRY(parts.claims, parse_object(claims, "the ID token's body"));
  return parts;
}

larder::Result<bool> has_signed(const JwtKeys::Key& published, std::string_view token) {
  cjose_err error{};
  const std::unique_ptr<cjose_jwk_t, Released> key(
      ::cjose_jwk_import(published.json.data(), published.json.size(), &error));
  if (!key) return fail(Errc::kInvalid, "a key of the provider cannot be read: {}", error.message);
  if (published.algorithm == "RS256" && ::cjose_jwk_get_keysize(key.get(), &error) < kRsaBitsAtLeast) {
    return fail(Errc::kInvalid, "a key of the provider is shorter than {} bits", kRsaBitsAtLeast);
  }
  const std::unique_ptr<cjose_jws_t, Released> signature(::cjose_jws_import(token.data(), token.size(), &error));
  if (!signature) return fail(Errc::kInvalid, "the ID token cannot be read: {}", error.message);
  return ::cjose_jws_verify(signature.get(), key.get(), &error);
}

larder::Result<> check_signature(std::string_view token, const Parts& parts, const JwtKeys& keys) {
  const std::string algorithm = text_of(parts.header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256") {
    return fail(Errc::kInvalid, "the ID token is signed by '{}'; RS256 and ES256 are taken", algorithm);
  }
  if (parts.header.contains("crit"))
    return fail(Errc::kInvalid, "the ID token needs extensions that are not known here");
  // cjose takes no notice of what follows a signature.
  if (algorithm == "ES256" && parts.signature.size() != kEs256Size) {
    return fail(Errc::kInvalid, "the ID token's signature has a wrong length");
  }
  const auto candidates = keys.find(text_of(parts.header, "kid"), algorithm);
  if (candidates.empty()) return fail(Errc::kNotFound, "the provider publishes no key that can have signed this");
  for (const auto* key : candidates) {
    TRY(const bool right, has_signed(*key, token));
    if (right) return {};
  }
  return fail(Errc::kInvalid, "the ID token's signature is wrong");
}

bool names_client(const boost::json::object& claims, std::string_view client_id) {
  const auto* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (audience->is_string()) return std::string_view(audience->get_string()) == client_id;
  if (!audience->is_array()) return false;
  bool named = false;
  for (const auto& one : audience->get_array()) {
    named |= one.is_string() && std::string_view(one.get_string()) == client_id;
  }
  // Of several audiences one is the party that the token was made for.
  return named && (audience->get_array().size() == 1 || text_of(claims, "azp") == client_id);
}

larder::Result<> check_claims(const boost::json::object& claims, const IdTokenRules& rules) {
  if (text_of(claims, "iss") != rules.issuer) return fail(Errc::kInvalid, "the ID token is of another issuer");
  const bool for_us =
      names_client(claims, rules.client_id) && (!claims.contains("azp") || text_of(claims, "azp") == rules.client_id);
  if (!for_us) return fail(Errc::kInvalid, "the ID token is for another program");

  const std::int64_t now_s = to_ms(rules.now) / 1000;
  const auto expires = seconds_of(claims, "exp");
  const auto issued = seconds_of(claims, "iat");
  const auto not_before = seconds_of(claims, "nbf");
  if (!expires || !issued) return fail(Errc::kInvalid, "the ID token does not say how long it is good");
  if (*expires + kClockSlack_s <= now_s) return fail(Errc::kInvalid, "the ID token has expired");
  if (*issued - kClockSlack_s > now_s || (not_before && *not_before - kClockSlack_s > now_s)) {
    return fail(Errc::kInvalid, "the ID token is of a time to come; are the clocks right?");
  }
  if (rules.nonce.empty() || text_of(claims, "nonce") != rules.nonce) {
    return fail(Errc::kInvalid, "the ID token is the answer to another question");
  }
  return {};
}

/// Providers spell it as true and as "true".
bool is_true(const boost::json::value* value) {
  if (value == nullptr) return false;
  return (value->is_bool() && value->get_bool()) ||
         (value->is_string() && std::string_view(value->get_string()) == "true");
}

}  // namespace

larder::Result<JwtKeys> JwtKeys::parse(std::string_view json) {
  TRY(const auto object, parse_object(json, "the provider's key set"));
  const auto* list = object.if_contains("keys");
  if (list == nullptr || !list->is_array()) return fail(Errc::kInvalid, "the provider's key set has no keys");
  JwtKeys keys;
  for (const auto& one : list->get_array()) {
    if (!one.is_object()) continue;
    const std::string algorithm = algorithm_of(one.get_object());
    if (algorithm.empty() || keys.keys_.size() == kKeysAtMost) continue;
    keys.keys_.push_back({text_of(one.get_object(), "kid"), algorithm, boost::json::serialize(one)});
  }
  return keys;
}

std::vector<const JwtKeys::Key*> JwtKeys::find(std::string_view id, std::string_view algorithm) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (key.algorithm == algorithm && (id.empty() || key.id == id)) found.push_back(&key);
  }
  return found;
}

larder::Result<IdToken> verify_id_token(std::string_view token, const JwtKeys& keys, const IdTokenRules& rules) {
  TRY(const Parts parts, take_apart(token));
  TRY_VOID(check_signature(token, parts, keys));
  TRY_VOID(check_claims(parts.claims, rules));
  IdToken id;
  id.subject = text_of(parts.claims, "sub");
  if (!is_subject(id.subject)) {
    return fail(Errc::kInvalid, "the ID token does not say who it is about");
  }
  take_person(parts.claims, id);
  return id;
}

void take_person(const boost::json::object& claims, IdToken& id) {
  id.email = text_of(claims, "email");
  id.email_verified = is_true(claims.if_contains("email_verified"));
  id.name = ledger::as_line(text_of(claims, "name"), kNameLimit);
}

larder::Result<std::string> decode_base64url(std::string_view text) {
  std::string bytes(text.size() + 1, '\0');
  std::size_t size = 0;
  const int said = ::sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &size, nullptr, kBase64);
  if (said != 0) return fail(Errc::kInvalid, "the ID token is no base64url");
  bytes.resize(size);
  return bytes;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kBase64), '\0');
  ::sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      kBase64);
  text.pop_back();
  return text;
}

}  // namespace larder::identity
