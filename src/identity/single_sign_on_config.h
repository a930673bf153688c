// SingleSignOnConfig: the OpenID provider that people may sign in with.
#pragma once

#include <string>

namespace larder::identity {

struct SingleSignOnConfig {
  std::string name;    // on the button: "Example ID"
  std::string issuer;  // "https://id.example.net"
  std::string client_id;
  std::string client_secret;          // from client_secret_file
  std::string certificate_authority;  // PEM file, in place of the system's; "" is the system's
  bool create_users = false;          // whoever the provider knows gets an account (without any role)
};

}  // namespace larder::identity
