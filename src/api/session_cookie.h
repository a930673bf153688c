// The cookie of a session: out of reach of scripts, not sent along from other sites' forms, and over TLS one that no
// other host of the domain can set (__Host-).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"

namespace larder::api {

std::optional<std::string> session_cookie(const Request& request);
void set_session_cookie(Response& response, const Request& request, std::string_view secret,
                        std::chrono::milliseconds lifetime);
void clear_session_cookie(Response& response, const Request& request);

/// The one that binds a sign-in at the provider to the browser that began it.
std::optional<std::string> state_cookie(const Request& request);
void set_state_cookie(Response& response, const Request& request, std::string_view state,
                      std::chrono::milliseconds lifetime);
void clear_state_cookie(Response& response, const Request& request);

/// The secret by which accounts know a browser (identity/known_places.h); it opens nothing.
std::optional<std::string> browser_cookie(const Request& request);
/// The same if a portal of this database sealed it (identity/browser_seal.h); nullopt: it may be made up.
std::optional<std::string> sealed_browser(const Request& request, std::string_view key);
/// "": it gets none.
void set_browser_cookie(Response& response, const Call& call, std::string_view secret);

/// The token of "Authorization: Bearer ..."; nullopt: there is no such field. Errors: kUnauthenticated (it is something
/// else).
ledger::Result<std::optional<std::string>> bearer_token(const Request& request);

/// Refuses what a page of another site makes a browser send. For requests that no CSRF token guards.
/// Errors: kCsrf.
ledger::Result<> refuse_other_sites(const Request& request, const ApiConfig& config);

/// Refuses what a browser does not show as a page of its own: pictures, frames, what scripts ask for, what is fetched
/// in advance. For where people are sent to. Errors: kCsrf.
ledger::Result<> refuse_parts_of_pages(const Request& request);

/// Refuses who is sent here by a page of another site without having clicked on anything. For where something begins.
/// Errors: kCsrf.
ledger::Result<> refuse_who_did_not_choose(const Request& request);

}  // namespace larder::api
