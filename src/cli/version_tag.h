// Versions of what is edited: an ETag of the API, as people give it with --if-version.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace larder::cli {

/// "7" and "\"7\"" as an ETag.
std::string etag_of(std::string_view version);
/// The other way.
std::string version_of(std::string_view etag);

/// `object` with the member `version`, which --if-version takes; as it is if `etag` is "".
boost::json::value with_version(boost::json::value object, std::string_view etag);

}  // namespace larder::cli
