#include "identity/totp.h"

#include <gtest/gtest.h>

namespace larder::identity {
namespace {

// "12345678901234567890" in base32: the secret of the vectors of RFC 6238, appendix B.
constexpr const char* kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

TEST(Totp, VectorsOfRfc6238) {
  struct Vector {
    std::int64_t seconds;
    const char* code;
  };
  const Vector vectors[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                            {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const Vector& vector : vectors) {
    EXPECT_EQ(*totp_code(kSecret, vector.seconds / 30, 8), vector.code);
  }
}

TEST(Totp, CodeIsGoodForOneStepBeforeAndAfter) {
  const auto code = *totp_code(kSecret, totp_step(at(1'000'000)));
  const std::int64_t step = totp_step(at(1'000'000));
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000), 0), step);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000 - 30), 0), step);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000 + 30), 0), step);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000 - 60), 0), std::nullopt);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000 + 60), 0), std::nullopt);
}

TEST(Totp, CodeOfAStepThatWasUsedIsNoMore) {
  const std::int64_t step = totp_step(at(1'000'000));
  const auto code = *totp_code(kSecret, step);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000), step - 1), step);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000), step), std::nullopt);
  EXPECT_EQ(match_totp(kSecret, code, at(1'000'000), step + 1), std::nullopt);
}

TEST(Totp, OtherTextsAreNoCodes) {
  for (const char* text : {"", "0", "12345", "1234567", "abcdef", "94287082"}) {
    EXPECT_EQ(match_totp(kSecret, text, at(59), 0), std::nullopt) << text;
  }
}

TEST(Totp, SecretsAreBase32AndDiffer) {
  const std::string secret = new_totp_secret();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_TRUE(totp_code(secret, 1).has_value());
  EXPECT_NE(secret, new_totp_secret());
  EXPECT_FALSE(totp_code("not base32!", 1).has_value());
}

TEST(Totp, UriNamesTheAccount) {
  EXPECT_EQ(totp_uri("ABCD", "ann+x@example.net"),
            "otpauth://totp/Larder:ann%2Bx%40example.net?secret=ABCD&issuer=Larder&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace larder::identity
