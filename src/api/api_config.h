// ApiConfig: what the answers to requests depend on.
#pragma once

#include <optional>
#include <string>

#include "identity/sign_in_config.h"
#include "identity/single_sign_on_config.h"
#include "space/ip_space_config.h"

namespace larder::api {

struct ApiConfig {
  std::string url;             // what people and nodes call the portal by, without "/" at its end; "": see portal_url()
  bool allow_private = false;  // [lab]: an ISP's node may have a private or loopback address
  identity::SignInConfig sign_in;
  std::optional<identity::SingleSignOnConfig> single_sign_on;
  space::IpSpaceConfig ip_space;
};

}  // namespace larder::api
