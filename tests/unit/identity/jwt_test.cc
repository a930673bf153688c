#include "identity/jwt.h"

#include <cjose/cjose.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <memory>
#include <span>

#include "core/check.h"
#include "support/manual_clock.h"

namespace larder::identity {
namespace {

using boost::json::object;

constexpr std::int64_t kNow = 1'767'323'045;  // of the ManualClock

struct Released {
  void operator()(cjose_jwk_t* key) const { ::cjose_jwk_release(key); }
  void operator()(cjose_jws_t* signature) const { ::cjose_jws_release(signature); }
  void operator()(cjose_header_t* header) const { ::cjose_header_release(header); }
};

// A key pair that signs.
class Signer {
 public:
  Signer(std::string algorithm, std::string id, int bits = 2048)
      : algorithm_(std::move(algorithm)), id_(std::move(id)) {
    cjose_err error{};
    key_.reset(algorithm_ == "ES256"
                   ? ::cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error)
                   : ::cjose_jwk_create_RSA_random(static_cast<std::size_t>(bits), exponent().data(), 3, &error));
    CHECK(key_ && ::cjose_jwk_set_kid(key_.get(), id_.data(), id_.size(), &error), "keys can be made");
  }

  std::string published() const {
    cjose_err error{};
    char* json = ::cjose_jwk_to_json(key_.get(), false, &error);
    CHECK(json != nullptr, "keys can be written");
    std::string text = json;
    ::cjose_get_dealloc()(json);
    return text;
  }

  std::string sign(const object& claims) const {
    cjose_err error{};
    const std::unique_ptr<cjose_header_t, Released> header(::cjose_header_new(&error));
    CHECK(::cjose_header_set(header.get(), "alg", algorithm_.c_str(), &error) &&
              ::cjose_header_set(header.get(), "kid", id_.c_str(), &error),
          "a header has fields");
    const std::string body = boost::json::serialize(claims);
    const std::unique_ptr<cjose_jws_t, Released> signature(::cjose_jws_sign(
        key_.get(), header.get(), reinterpret_cast<const std::uint8_t*>(body.data()), body.size(), &error));
    const char* text = nullptr;
    CHECK(signature && ::cjose_jws_export(signature.get(), &text, &error), "a key signs");
    return text;
  }

 private:
  static std::span<const std::uint8_t> exponent() {
    static constexpr std::uint8_t kBytes[] = {1, 0, 1};
    return kBytes;
  }

  std::string algorithm_;
  std::string id_;
  std::unique_ptr<cjose_jwk_t, Released> key_;
};

const Signer& elliptic() {
  static const Signer signer("ES256", "e");
  return signer;
}
const Signer& rsa() {
  static const Signer signer("RS256", "r");
  return signer;
}

JwtKeys keys_of(std::initializer_list<const Signer*> signers) {
  std::string list;
  for (const Signer* signer : signers) list += (list.empty() ? "" : ",") + signer->published();
  auto keys = JwtKeys::parse("{\"keys\":[" + list + "]}");
  CHECK(keys.has_value(), "published keys are read");
  return *std::move(keys);
}

object claims(const object& otherwise = {}) {
  object all{{"iss", "https://id.example.net"},
             {"aud", "larder"},
             {"sub", "248289761001"},
             {"exp", kNow + 300},
             {"iat", kNow},
             {"nonce", "nonce-1"},
             {"email", "a@b.net"},
             {"email_verified", true},
             {"name", "Ann"}};
  for (const auto& member : otherwise) {
    if (member.value().is_null()) {
      all.erase(member.key());
    } else {
      all[member.key()] = member.value();
    }
  }
  return all;
}

larder::Result<IdToken> verify(const std::string& token, const JwtKeys& keys) {
  return verify_id_token(token, keys,
                         {.issuer = "https://id.example.net",
                          .client_id = "larder",
                          .nonce = "nonce-1",
                          .now = support::ManualClock::kStart});
}

TEST(Jwt, BothAlgorithmsAreVerified) {
  const JwtKeys keys = keys_of({&elliptic(), &rsa()});
  for (const Signer* signer : {&elliptic(), &rsa()}) {
    const auto id = verify(signer->sign(claims()), keys);
    ASSERT_TRUE(id.has_value()) << id.error().text;
    EXPECT_EQ(id->subject, "248289761001");
    EXPECT_EQ(id->email, "a@b.net");
    EXPECT_TRUE(id->email_verified);
    EXPECT_EQ(id->name, "Ann");
  }
}

TEST(Jwt, ClaimsThatDoNotHoldAreRefused) {
  const JwtKeys keys = keys_of({&elliptic()});
  const object lies[] = {{{"iss", "https://id.example.org"}},
                         {{"iss", nullptr}},
                         {{"aud", "other"}},
                         {{"aud", {"larder", "other"}}},
                         {{"aud", {"larder", "other"}}, {"azp", "other"}},
                         {{"azp", "other"}},
                         {{"nonce", "nonce-2"}},
                         {{"nonce", nullptr}},
                         {{"exp", kNow - 60}},
                         {{"exp", nullptr}},
                         {{"exp", "soon"}},
                         {{"iat", kNow + 61}},
                         {{"iat", nullptr}},
                         {{"nbf", kNow + 61}},
                         {{"sub", nullptr}},
                         {{"sub", 7}},
                         {{"sub", std::string(256, 'x')}}};
  for (const object& lie : lies) {
    const auto id = verify(elliptic().sign(claims(lie)), keys);
    EXPECT_FALSE(id.has_value()) << boost::json::serialize(lie);
    if (!id) {
      EXPECT_EQ(id.error().code, Errc::kInvalid);
    }
  }
}

TEST(Jwt, ClocksMayDifferByAMinute) {
  const JwtKeys keys = keys_of({&elliptic()});
  EXPECT_TRUE(verify(elliptic().sign(claims({{"exp", kNow - 59}})), keys).has_value());
  EXPECT_TRUE(verify(elliptic().sign(claims({{"iat", kNow + 60}})), keys).has_value());
}

TEST(Jwt, EmailIsVerifiedOnlyIfTheProviderSaysSo) {
  const JwtKeys keys = keys_of({&elliptic()});
  EXPECT_FALSE(verify(elliptic().sign(claims({{"email_verified", nullptr}})), keys)->email_verified);
  EXPECT_FALSE(verify(elliptic().sign(claims({{"email_verified", false}})), keys)->email_verified);
  EXPECT_FALSE(verify(elliptic().sign(claims({{"email_verified", "no"}})), keys)->email_verified);
  EXPECT_TRUE(verify(elliptic().sign(claims({{"email_verified", "true"}})), keys)->email_verified);
}

TEST(Jwt, KeyThatIsNotThereIsToldApart) {
  const auto id = verify(elliptic().sign(claims()), keys_of({&rsa()}));
  ASSERT_FALSE(id.has_value());
  EXPECT_EQ(id.error().code, Errc::kNotFound);
}

TEST(Jwt, KeyOfTheSameNameIsNotTheSameKey) {
  const Signer impostor("ES256", "e");
  const auto id = verify(impostor.sign(claims()), keys_of({&elliptic()}));
  ASSERT_FALSE(id.has_value());
  EXPECT_EQ(id.error().code, Errc::kInvalid);
}

TEST(Jwt, ChangedTokensAreRefused) {
  const JwtKeys keys = keys_of({&elliptic()});
  const std::string good = elliptic().sign(claims());
  const std::size_t body = good.find('.') + 1;
  const std::size_t signature = good.rfind('.') + 1;
  for (const std::size_t at : {std::size_t{0}, body, body + 20, signature, signature + 40}) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify(changed, keys).has_value()) << at;
  }
  const std::string other = elliptic().sign(claims({{"sub", "eve"}}));
  EXPECT_FALSE(verify(good.substr(0, signature) + other.substr(other.rfind('.') + 1), keys).has_value());
  EXPECT_FALSE(verify(good.substr(0, signature), keys).has_value());
  EXPECT_FALSE(verify(good + ".", keys).has_value());
  EXPECT_FALSE(verify(good + "A", keys).has_value());
}

TEST(Jwt, OtherAlgorithmsAreRefusedWhateverTheSignature) {
  const JwtKeys keys = keys_of({&elliptic(), &rsa()});
  const std::string good = rsa().sign(claims());
  for (const char* algorithm : {"none", "None", "HS256", "RS512", "PS256", "ES384", ""}) {
    const std::string header = encode_base64url(boost::json::serialize(object{{"alg", algorithm}, {"kid", "r"}}));
    const auto id = verify(header + good.substr(good.find('.')), keys);
    ASSERT_FALSE(id.has_value());
    EXPECT_NE(id.error().text.find("RS256 and ES256"), std::string::npos) << id.error().text;
  }
}

TEST(Jwt, ShortRsaKeysAreRefused) {
  const Signer weak("RS256", "w", 1024);
  EXPECT_FALSE(verify(weak.sign(claims()), keys_of({&weak})).has_value());
}

TEST(Jwt, KeySetsAreReadForWhatIsOfUse) {
  const auto keys = JwtKeys::parse(R"({"keys":[7,{"kty":"oct","kid":"s","k":"AA"},{"kty":"EC","crv":"P-384","kid":"3"},
      {"kty":"EC","crv":"P-256","kid":"enc","use":"enc"},{"kty":"RSA","kid":"ps","alg":"PS256"},
      {"kty":"RSA","kid":"good","use":"sig","alg":"RS256","n":"AQ","e":"AQAB"},{"kty":"RSA","n":"AQ","e":"AQAB"}]})");
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(keys->find("", "RS256").size(), 2U);
  EXPECT_EQ(keys->find("good", "RS256").size(), 1U);
  EXPECT_EQ(keys->find("", "ES256").size(), 0U);
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})"}) EXPECT_FALSE(JwtKeys::parse(text).has_value()) << text;
}

}  // namespace
}  // namespace larder::identity
