// ID tokens and key sets of a provider: whatever comes, nothing crashes, and nothing is believed without a signature.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "identity/jwt.h"

using namespace larder;

// Keys whose private halves nobody has any more.
constexpr std::string_view kKeys = R"({"keys":[
{"kty":"EC","crv":"P-256","kid":"e","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
{"kty":"RSA","kid":"r","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})";

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto keys = identity::JwtKeys::parse(kKeys);
  CHECK(keys && keys->find("", "RS256").size() == 1 && keys->find("", "ES256").size() == 1, "both are good keys");
  const identity::IdTokenRules rules{.issuer = "https://id.example.net",
                                     .client_id = "larder",
                                     .nonce = "n",
                                     .now = WallTime(std::chrono::seconds(1'767'323'045))};
  CHECK(!identity::verify_id_token(text, *keys, rules), "nobody can have signed this");
  if (const auto parsed = identity::JwtKeys::parse(text)) {
    constexpr std::string_view kToken =
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAA";
    CHECK(!identity::verify_id_token(kToken, *parsed, rules), "a signature of zeros");
  }
  if (const auto bytes = identity::decode_base64url(text)) {
    const auto again = identity::decode_base64url(identity::encode_base64url(*bytes));
    CHECK(again.has_value() && *again == *bytes, "base64url goes both ways");
  }
  return 0;
}
