// Versions: which responses are of one version of a URL's content, so that their bytes may be put together.
//
// Only under an equal strong validator, or where content never changes under its name: there the length is the version,
// and an ETag or a Last-Modified is what one of many servers says about the same bytes.
//
// Threads    pure functions.
// Source     RFC 9110 8.8, RFC 9111 3.2, 3.4 and 4.3.4, RFC 8246; docs/decisions/0012-content-that-never-changes.md.
#pragma once

#include <string_view>

#include "cache/object_info.h"

namespace larder::cache {

bool has_strong_etag(const ObjectInfo& info);
/// A Last-Modified that was a minute old when the response was `sent`: what changed within the second of the
/// modification before would have the same one (RFC 9110 8.8.2.2).
bool is_strong_date(std::string_view last_modified, WallTime sent);
/// Either.
bool has_strong_validator(const ObjectInfo& info);

/// The origin says that it does not change while it is fresh (RFC 8246).
bool is_immutable(const ObjectInfo& info);

/// The origin says that it is nobody's but the asker's, or not to be kept.
bool is_forbidden(const ObjectInfo& info);

/// Whether `response` is of the version `known`: an equal length, and an equal ETag that is strong, or, where that is
/// not, an equal Last-Modified that is strong beside an equal ETag or none. `never_changes`: so says the content rule,
/// or, of `known`, the origin.
bool same_version(const ObjectInfo& known, const ObjectInfo& response, bool never_changes);

/// Whether `response` is surely of another version than `known`: what both tell is not the same.
bool differs_surely(const ObjectInfo& known, const ObjectInfo& response, bool never_changes);

}  // namespace larder::cache
