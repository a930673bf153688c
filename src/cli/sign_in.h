// The two ways to a token: in a browser (RFC 8628), or with a password.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/portal.h"

namespace larder::cli {

struct PasswordSignIn {
  std::string email;
  std::string organisation;         // "": the account belongs to none
  std::string token_name;           // "": after this machine
  std::vector<std::string> scopes;  // none: all that the user may have
  std::string totp;                 // "": asked for if the portal wants one
  bool password_from_input = false;
};

/// Prints where to go and what to enter, and waits until somebody did.
Result<std::string> sign_in_with_browser(Context& context, Portal& portal, const std::vector<std::string>& scopes);

/// Signs in, makes an API token, and signs the session out again.
Result<std::string> sign_in_with_password(Context& context, Portal& portal, const PasswordSignIn& wanted);

}  // namespace larder::cli
