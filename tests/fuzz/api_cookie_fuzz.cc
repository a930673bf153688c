// Cookie and Authorization fields: found or not, never a crash, and never more than was sent.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/portal_url.h"
#include "api/session_cookie.h"
#include "core/check.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  api::Request request;
  request.method = "POST";
  request.fields = {{"Cookie", text}, {"Authorization", text}, {"Host", "portal.example.net"}, {"Origin", text}};
  const auto cookie = api::session_cookie(request);
  if (cookie) CHECK(text.find("larder=" + *cookie) != std::string::npos, "a cookie was sent");
  if (cookie) CHECK(cookie->find(';') == std::string::npos, "and it ends at its end");
  if (const auto bearer = api::bearer_token(request)) {
    CHECK(*bearer && text.ends_with(**bearer), "a token was sent");
  }
  const api::ApiConfig config;
  if (api::refuse_other_sites(request, config)) CHECK(text.size() >= 18, "the origin names our host");
  if (api::is_local_path(text)) CHECK(text[0] == '/' && text.find("//") != 0, "a path of ours");
  return 0;
}
