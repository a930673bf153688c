#include "client/problem.h"

#include <fmt/format.h>

#include "core/json.h"
#include "core/json_at.h"

namespace larder::client {
namespace {

FailureKind kind_of(int status) {
  switch (status) {
    case 401: return FailureKind::kNotSignedIn;
    case 403: return FailureKind::kForbidden;
    case 404: return FailureKind::kNotFound;
    case 409:
    case 412: return FailureKind::kConflict;
    case 429: return FailureKind::kUnreachable;
    default: return status >= 500 || status < 400 ? FailureKind::kUnreachable : FailureKind::kInvalid;
  }
}

FieldChange change_of(const boost::json::value& change) {
  std::string by = text_at(change, "/by/name");
  if (by.empty()) by = text_at(change, "/by");
  return {text_at(change, "/pointer"), text_at(change, "/from"), text_at(change, "/to"), std::move(by),
          text_at(change, "/at")};
}

Failure no_portal(const HttpResponse& response, std::string_view portal) {
  Failure failure(
      kind_of(response.status),
      fmt::format("{} answers {} and not as a portal of Larder does: is the address right?", portal, response.status));
  failure.status = response.status;
  failure.location = response.field("location");
  return failure;
}

}  // namespace

std::vector<FieldError> field_errors(const boost::json::value& document) {
  std::vector<FieldError> errors;
  for (const auto& error : list_at(document, "/errors")) {
    errors.push_back({text_at(error, "/pointer"), text_at(error, "/detail"), text_at(error, "/suggestion")});
  }
  return errors;
}

Failure failure_of(const HttpResponse& response, std::string_view portal) {
  const auto document = parse_json(response.body);
  const std::string type = document ? text_at(*document, "/type") : "";
  if (type.empty()) return no_portal(response, portal);
  Failure failure(kind_of(response.status), text_at(*document, "/detail"));
  if (failure.text.empty()) failure.text = text_at(*document, "/title");
  failure.status = response.status;
  failure.problem = type.substr(type.rfind(':') + 1);
  failure.retry_after = response.field("retry-after");
  failure.errors = field_errors(*document);
  failure.more_errors = flag_at(*document, "/more_errors");
  for (const auto& change : list_at(*document, "/changed")) failure.changes.push_back(change_of(change));
  return failure;
}

}  // namespace larder::client
