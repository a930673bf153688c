// What an origin's response says of the object in it.
//
// Threads    pure functions, but for the new id of an object without a validator.
// Source     RFC 9111 3.2 and 4.3.4.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cache/object_info.h"
#include "cache/purge.h"
#include "origin/origin_response.h"
#include "origin/target.h"

namespace larder::cache {

/// The object of `total` bytes (kUnknownTotal: not told) that a 200 or 206 to `target` is about, as of `now`.
/// `purges`: what was in force when it was asked for. Nothing that was stored before a hard purge has the same id.
ObjectInfo describe_object(const origin::ResponseFacts& response, const origin::Target& target, std::uint64_t total,
                           WallTime now, const std::function<storage::ObjectId()>& new_id, PurgeStamp purges = {});

/// `stored`, which `response` (a 304, or the same version again) to `target` says is still right, as of `now`: what the
/// response says anew counts, what it does not mention stays. `purges`: as above.
ObjectInfo describe_validated(const ObjectInfo& stored, const origin::ResponseFacts& response,
                              const origin::Target& target, WallTime now, PurgeStamp purges = {});

/// The fields of an answer without an object (404, a redirect, ...) that clients get.
std::vector<std::pair<std::string, std::string>> answer_fields(const http::FieldList& fields);

}  // namespace larder::cache
