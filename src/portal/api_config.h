// ApiConfig: what the answers to requests depend on.
#pragma once

#include <optional>
#include <string>

#include "portal/ip_space_config.h"
#include "portal/sign_in_config.h"
#include "portal/single_sign_on_config.h"

namespace larder::portal {

struct ApiConfig {
  std::string url;             // what people and nodes call the portal by, without "/" at its end; "": see portal_url()
  bool allow_private = false;  // [probe]: an ISP's node may have a private or loopback address
  SignInConfig sign_in;
  std::optional<SingleSignOnConfig> single_sign_on;
  IpSpaceConfig ip_space;
};

}  // namespace larder::portal
