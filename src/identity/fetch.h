// fetch(): asks another server over HTTPS, once, with bounds on time and size; for what the portal needs of a sign-in
// provider. Follows no redirects.
//
// Threads    any; it blocks.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/result.h"

namespace larder::identity {

struct FetchRequest {
  std::string url;
  std::string form;                   // POST with this body; "" is GET
  std::string user;                   // HTTP Basic, with `password`; "" is none
  std::string password;               //
  std::string bearer;                 // an access token; "" is none
  std::string certificate_authority;  // PEM file, in place of the system's; "" is the system's
};

struct FetchAnswer {
  int status = 0;
  std::string body;
};

constexpr auto kFetchPatience = std::chrono::seconds(10);
constexpr std::size_t kFetchLimit = 1 << 20;

/// Errors: kUnavailable, kTimeout, kInvalid (too large, no URL), kRefused (a certificate that is not trusted).
larder::Result<FetchAnswer> fetch(const FetchRequest& request);

}  // namespace larder::identity
