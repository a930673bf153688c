// The rules for IP space that the portal is configured with.
#pragma once

#include "api/call.h"
#include "space/ip_space.h"

namespace larder::endpoints {

inline space::IpSpaceRules ip_space_rules(const api::Services& services) {
  return {services.config.ip_space, services.config.allow_private};
}

}  // namespace larder::endpoints
