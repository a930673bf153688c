#include "ledger/email.h"

#include "core/code_points.h"
#include "core/utf8.h"
#include "ledger/text_gate.h"

namespace larder::ledger {
namespace {

bool has_blank(std::string_view text) {
  while (!text.empty()) {
    if (is_blank(take_point(text))) return true;
  }
  return false;
}

}  // namespace

larder::Result<std::string> parse_email(std::string_view text) {
  const auto at = text.find('@');
  const bool has_parts = at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
                         text.find('@', at + 1) == std::string_view::npos;
  const bool is_plain = !text_problem(text, {.most = 254, .bytes = 254}) && !has_blank(text) &&
                        text.find_first_of("<>,\"") == std::string_view::npos;
  if (!has_parts || !is_plain) {
    return fail(Errc::kInvalid, "it is no e-mail address; one looks like 'name@example.net'");
  }
  return std::string(text);
}

}  // namespace larder::ledger
