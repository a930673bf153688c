// How people reach the portal: what links in answers begin with.
#pragma once

#include <string>

#include "api/call.h"

namespace larder::api {

/// "https://portal.example.net", without "/" at its end: as configured, else as the client itself called us.
std::string portal_url(const Call& call);

/// A link on this portal for people; `path` begins with "/". Else nothing: "//host" and "/\host" lead elsewhere.
bool is_local_path(std::string_view path);

}  // namespace larder::api
