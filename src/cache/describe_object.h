// What an origin's response says of the object in it.
//
// Threads    pure functions, but for the new id of an object without a validator.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cache/object_info.h"
#include "origin/origin_response.h"
#include "origin/target.h"

namespace larder::cache {

/// The object of `total` bytes (kUnknownTotal: not told) that a 200, 206 or 304 to `target` is about, as of `now`.
ObjectInfo describe_object(const origin::OriginResponse& response, const origin::Target& target, std::uint64_t total,
                           WallTime now, const std::function<storage::ObjectId()>& new_id);

/// The fields of an answer without an object (404, a redirect, ...) that clients get.
std::vector<std::pair<std::string, std::string>> answer_fields(const http::FieldList& fields);

}  // namespace larder::cache
