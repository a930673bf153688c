// What clients send as secrets and names: API tokens, scopes, e-mail addresses, one-time codes.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "identity/api_tokens.h"
#include "identity/totp.h"
#include "ledger/email.h"
#include "ledger/text.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (identity::is_token(text)) CHECK(text.starts_with("ldr_") && text.size() == 47, "a token has one form");
  if (const auto scopes = identity::parse_scopes(text)) {
    const auto again = identity::parse_scopes(to_string(*scopes));
    CHECK(again.has_value() && *again == *scopes, "scopes survive being written");
  }
  if (const auto email = ledger::parse_email(text)) {
    CHECK(email->find('@') != std::string::npos && email->find('\n') == std::string::npos, "mail could be sent there");
  }
  CHECK(ledger::printable(text, 20).size() <= 20, "as long as it may be");
  if (const auto code = identity::totp_code(text, 1)) CHECK(code->size() == 6, "six digits");
  const WallTime now{std::chrono::seconds(1'767'323'045)};
  CHECK(!identity::match_totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", text, now, INT64_MAX), "all steps were used");
  return 0;
}
