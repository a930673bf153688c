// Problems: answers of a portal that are no success, read as Failures (RFC 9457; docs/api/problems.md).
#pragma once

#include <boost/json/value.hpp>
#include <string_view>
#include <vector>

#include "client/failure.h"
#include "client/http.h"

namespace larder::client {

/// Why the portal did not do it. `portal`: its address, for the text.
Failure failure_of(const HttpResponse& response, std::string_view portal);

/// The members `errors` of a problem, or of another answer that has them.
std::vector<FieldError> field_errors(const boost::json::value& document);

}  // namespace larder::client
