#include "cli/failure.h"

#include "cli/api_client.h"
#include "cli/json_view.h"
#include "core/json.h"

namespace larder::cli {
namespace {

ExitCode exit_code_of(int status) {
  switch (status) {
    case 401: return ExitCode::kNotSignedIn;
    case 403: return ExitCode::kForbidden;
    case 404: return ExitCode::kNotFound;
    case 409:
    case 412: return ExitCode::kConflict;
    case 429: return ExitCode::kUnreachable;
    default: return status >= 500 || status < 400 ? ExitCode::kUnreachable : ExitCode::kInvalid;
  }
}

std::string in_quotes(const boost::json::value& change, std::string_view pointer) {
  const std::string text = text_at(change, pointer);
  return text.empty() ? "nothing" : "\"" + text + "\"";
}

// What somebody else changed meanwhile.
void add_changes(Failure& failure, const boost::json::value& document) {
  for (const auto& change : list_at(document, "/changed")) {
    std::string by = text_at(change, "/by/name");
    if (by.empty()) by = text_at(change, "/by");
    failure.lines.push_back(fmt::format("{}: from {} to {}, by {} at {}", text_at(change, "/pointer"),
                                        in_quotes(change, "/from"), in_quotes(change, "/to"),
                                        by.empty() ? "somebody" : by, text_at(change, "/at")));
  }
}

std::string hint_of(const HttpResponse& response, std::string_view portal, std::string_view if_refused) {
  if (response.status == 401 && !if_refused.empty()) return std::string(if_refused);
  if (response.status == 401) return fmt::format("Sign in with: larder login {}", portal);
  if (response.status == 412) return "Nothing was changed. Look at it again, then repeat your edit.";
  if (response.status == 429 && !response.field("retry-after").empty()) {
    return fmt::format("Try again in {} seconds.", response.field("retry-after"));
  }
  return "";
}

}  // namespace

Failure failure_of(const HttpResponse& response, const RequestBody& body, std::string_view portal,
                   std::string_view if_refused) {
  Failure failure(exit_code_of(response.status), "");
  const auto document = parse_json(response.body);
  if (!document || text_at(*document, "/type").empty()) {
    failure.text =
        fmt::format("{} answers {} and not as a portal of Larder does: is the address right?", portal, response.status);
    if (const std::string to = response.field("location"); !to.empty()) failure.lines.push_back("It points to " + to);
    if (response.status < 400) failure.code = ExitCode::kUnreachable;
    return failure;
  }
  const std::string type = text_at(*document, "/type");
  failure.problem = type.substr(type.rfind(':') + 1);
  failure.text = text_at(*document, "/detail");
  if (failure.text.empty()) failure.text = text_at(*document, "/title");
  for (const auto& error : list_at(*document, "/errors")) {
    failure.lines.push_back(
        field_line(body, text_at(error, "/pointer"), text_at(error, "/detail"), text_at(error, "/suggestion")));
  }
  // One mistake that is all there is to say is said once, with its place.
  if (failure.lines.size() == 1 && text_at(*document, "/errors/0/detail") == failure.text) {
    failure.text = std::move(failure.lines.front());
    failure.lines.clear();
  }
  add_changes(failure, *document);
  if (std::string hint = hint_of(response, portal, if_refused); !hint.empty()) failure.lines.push_back(std::move(hint));
  return failure;
}

}  // namespace larder::cli
