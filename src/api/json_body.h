// read_json_body(): the JSON object that a request carries.
#pragma once

#include <boost/json/object.hpp>

#include "api/call.h"

namespace larder::api {

/// Empty if the request has no body. Errors: kUnsupportedMediaType; kTooLarge (more members or values than anything
/// takes); kMalformed (no JSON, no object, nested too deeply, no UTF-8, a member that is there twice), with where or
/// what.
ledger::Result<boost::json::object> read_json_body(const Request& request);

}  // namespace larder::api
