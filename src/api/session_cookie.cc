#include "api/session_cookie.h"

#include <fmt/format.h>

#include "http/head.h"
#include "identity/browser_seal.h"
#include "identity/known_places.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

// A browser sends a cookie of this prefix only where it was set by this very host over TLS.
std::string full_name(const Request& request, std::string_view name) {
  return fmt::format("{}{}", request.secure ? "__Host-" : "", name);
}

void set_cookie(Response& response, const Request& request, std::string_view name, std::string_view value,
                std::chrono::milliseconds lifetime) {
  response.with("Set-Cookie",
                fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", full_name(request, name), value,
                            std::chrono::duration_cast<std::chrono::seconds>(lifetime).count(),
                            request.secure ? "; Secure" : ""));
}

constexpr std::string_view kSession = "larder";
constexpr std::string_view kState = "larder-sign-in";
constexpr std::string_view kBrowser = "larder-browser";

/// "https://portal.example.net:8443" has the authority "portal.example.net:8443".
std::string_view authority_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

}  // namespace

std::optional<std::string> session_cookie(const Request& request) {
  return request.cookie(full_name(request, kSession));
}

void set_session_cookie(Response& response, const Request& request, std::string_view secret,
                        std::chrono::milliseconds lifetime) {
  set_cookie(response, request, kSession, secret, lifetime);
}

void clear_session_cookie(Response& response, const Request& request) {
  set_cookie(response, request, kSession, "", std::chrono::milliseconds(0));
}

std::optional<std::string> state_cookie(const Request& request) { return request.cookie(full_name(request, kState)); }

void set_state_cookie(Response& response, const Request& request, std::string_view state,
                      std::chrono::milliseconds lifetime) {
  set_cookie(response, request, kState, state, lifetime);
}

void clear_state_cookie(Response& response, const Request& request) {
  set_cookie(response, request, kState, "", std::chrono::milliseconds(0));
}

std::optional<std::string> browser_cookie(const Request& request) {
  const auto cookie = request.cookie(full_name(request, kBrowser));
  return cookie ? std::optional(std::string(identity::without_seal(*cookie))) : std::nullopt;
}

std::optional<std::string> sealed_browser(const Request& request, std::string_view key) {
  const auto cookie = request.cookie(full_name(request, kBrowser));
  return cookie ? identity::unsealed(key, *cookie) : std::nullopt;
}

void set_browser_cookie(Response& response, const Call& call, std::string_view secret) {
  if (secret.empty()) return;
  set_cookie(response, call.request, kBrowser, identity::sealed(call.services.browser_key, secret),
             identity::kKnownFor);
}

Result<std::optional<std::string>> bearer_token(const Request& request) {
  const std::string* field = request.field("Authorization");
  if (field == nullptr) return std::nullopt;
  constexpr std::string_view kScheme = "Bearer";
  const std::string_view text = *field;
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos || !http::equal_names(text.substr(0, blank), kScheme)) {
    return refuse(ProblemKind::kUnauthenticated, "the Authorization field should be 'Bearer' and an API token");
  }
  const auto begin = text.find_first_not_of(' ', blank);
  return std::string(begin == std::string_view::npos ? std::string_view() : text.substr(begin));
}

Result<> refuse_other_sites(const Request& request, const ApiConfig& config) {
  const std::string* site = request.field("Sec-Fetch-Site");
  if (site != nullptr && *site != "same-origin" && *site != "none") {
    return refuse(ProblemKind::kCsrf, "this was sent by a page of another site");
  }
  const std::string* origin = request.field("Origin");
  if (origin == nullptr || (!config.url.empty() && *origin == config.url)) return {};
  // By the name that the client itself used: a proxy in front may speak TLS where we do not. A page that came in the
  // clear, where anybody may have written it, is another site than one that came over TLS.
  const std::string* host = request.field("Host");
  const bool in_the_clear = request.secure && origin->starts_with("http://");
  if (!in_the_clear && host != nullptr && !host->empty() && http::equal_names(authority_of(*origin), *host)) return {};
  return refuse(ProblemKind::kCsrf, "this was sent by a page of another site");
}

Result<> refuse_parts_of_pages(const Request& request) {
  const auto is = [&](std::string_view name, std::string_view value) {
    const std::string* field = request.field(name);
    return field == nullptr || *field == value;
  };
  const bool in_advance = request.field("Sec-Purpose") != nullptr || request.field("Purpose") != nullptr;
  if (!in_advance && is("Sec-Fetch-Mode", "navigate") && is("Sec-Fetch-Dest", "document")) return {};
  return refuse(ProblemKind::kCsrf, "this is a place to go to, and no part of another page");
}

Result<> refuse_who_did_not_choose(const Request& request) {
  const std::string* site = request.field("Sec-Fetch-Site");
  const std::string* chosen = request.field("Sec-Fetch-User");
  if (site == nullptr || *site != "cross-site" || (chosen != nullptr && *chosen == "?1")) return {};
  return refuse(ProblemKind::kCsrf, "a page of another site sent you here; go to this portal and sign in there");
}

}  // namespace larder::api
