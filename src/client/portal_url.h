// PortalUrl: where a portal is, as people type it and as requests need it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::client {

struct PortalUrl {
  std::string text;  // "https://portal.example:9443", no slash at its end
  bool is_loopback = false;
  bool is_https = false;

  /// "portal.example" alone for names of tokens.
  std::string host() const;
};

/// "portal.example" is https://portal.example, "127.0.0.1:9080" is http://127.0.0.1:9080. Plain http is taken to this
/// machine only, unless `insecure_http`: passwords and tokens would cross the network in the open.
/// Errors: kInvalid; kRefused (plain http).
larder::Result<PortalUrl> parse_portal_url(std::string_view text, bool insecure_http);

/// `text` with all but unreserved characters percent-encoded.
std::string percent_encoded(std::string_view text);

}  // namespace larder::client
