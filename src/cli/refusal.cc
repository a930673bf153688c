#include "cli/refusal.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/field_lines.h"

namespace larder::cli {
namespace {

using client::FailureKind;
using client::HttpFault;

ExitCode exit_code_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kInvalid: return ExitCode::kInvalid;
    case FailureKind::kNotSignedIn: return ExitCode::kNotSignedIn;
    case FailureKind::kForbidden: return ExitCode::kForbidden;
    case FailureKind::kNotFound: return ExitCode::kNotFound;
    case FailureKind::kConflict: return ExitCode::kConflict;
    case FailureKind::kUnreachable: break;
  }
  return ExitCode::kUnreachable;
}

std::string in_quotes(const std::string& text) { return text.empty() ? "nothing" : "\"" + text + "\""; }

std::string change_line(const client::FieldChange& change) {
  return fmt::format("{}: from {} to {}, by {} at {}", change.pointer, in_quotes(change.from), in_quotes(change.to),
                     change.by.empty() ? "somebody" : change.by, change.at);
}

// What to look at if there is no answer.
std::string connection_hint(HttpFault fault) {
  switch (fault) {
    case HttpFault::kCertificate:
      return "Is it the portal? A certificate authority of your own is trusted with: --ca-certificate FILE";
    case HttpFault::kAuthorities: return "--ca-certificate wants a file of certificates in PEM.";
    case HttpFault::kTls: return "Is the address right? It may not speak https:// there.";
    case HttpFault::kNotHttp: return "Is the address right? It does not speak HTTP there.";
    case HttpFault::kProxy: return "The proxy is that of HTTPS_PROXY; NO_PROXY lists whom to reach without it.";
    case HttpFault::kOther: break;
  }
  return "";
}

std::string problem_hint(const client::Failure& failure, std::string_view portal, std::string_view if_refused) {
  if (failure.problem.empty()) return "";
  if (failure.status == 401 && !if_refused.empty()) return std::string(if_refused);
  if (failure.status == 401) return fmt::format("Sign in with: larder login {}", portal);
  if (failure.status == 412) return "It was not changed. Look at it again, then repeat your edit.";
  if (failure.status == 429 && !failure.retry_after.empty()) {
    return fmt::format("Try again in {} seconds.", failure.retry_after);
  }
  return "";
}

boost::json::object details_of(const client::Failure& failure, const RequestBody& body) {
  boost::json::object details;
  if (!failure.errors.empty()) details["errors"] = field_json(body, failure.errors);
  if (failure.more_errors) details["more_errors"] = true;
  boost::json::array changed;
  for (const auto& change : failure.changes) {
    changed.push_back(
        {{"pointer", change.pointer}, {"from", change.from}, {"to", change.to}, {"by", change.by}, {"at", change.at}});
  }
  if (!changed.empty()) details["changed"] = std::move(changed);
  return details;
}

}  // namespace

Failure refusal(const client::Failure& failure, const RequestBody& body, std::string_view portal,
                std::string_view if_refused) {
  Failure told(exit_code_of(failure.kind), failure.text);
  told.problem = failure.problem;
  told.details = details_of(failure, body);
  told.lines = field_lines(body, failure.errors);
  // One mistake that is all there is to say is said once, with its place.
  if (failure.errors.size() == 1 && failure.errors.front().detail == failure.text) {
    told.text = std::move(told.lines.front());
    told.lines.clear();
  }
  if (failure.more_errors) told.lines.emplace_back(kMoreErrors);
  for (const auto& change : failure.changes) told.lines.push_back(change_line(change));
  if (!failure.location.empty()) told.lines.push_back("It points to " + failure.location);
  for (std::string hint : {connection_hint(failure.fault), problem_hint(failure, portal, if_refused)}) {
    if (!hint.empty()) told.lines.push_back(std::move(hint));
  }
  if (failure.may_be_done) {
    told.lines.emplace_back("Whether the portal did it is not known: look before you try again.");
  }
  return told;
}

}  // namespace larder::cli
