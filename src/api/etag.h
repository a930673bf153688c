// If-Match: an edit says which version it was made from.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "api/call.h"

namespace larder::api {

std::string version_tag(std::int64_t version);  // "\"7\""
/// Of an object whose JSON can change without a new version, as others' names and what time has ended stand in it.
std::string content_tag(std::int64_t version, const boost::json::object& content);  // "\"7-5feceb66\""

/// A value if the request's If-Match names `version`, whatever its content, or is "*"; else kPreconditionRequired, or
/// kPreconditionFailed with what was changed since (from the audit log of `kind` and `id`) and `current`.
ledger::Result<> check_version(const Call& call, std::string_view kind, std::string_view id, std::int64_t version,
                               const boost::json::object& current);
/// The same of a deletion, which need not say what it was made from.
ledger::Result<> check_named_version(const Call& call, std::string_view kind, std::string_view id, std::int64_t version,
                                     const boost::json::object& current);

}  // namespace larder::api
