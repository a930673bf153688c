// The rules for IP space that the portal is configured with.
#pragma once

#include "api/call.h"
#include "portal/ip_space.h"

namespace larder::api {

inline portal::IpSpaceRules ip_space_rules(const Services& services) {
  return {services.config.ip_space, services.config.allow_private};
}

}  // namespace larder::api
