// The one place that maps kinds of problems to HTTP statuses.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/call.h"
#include "core/shown.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;

// Of what a problem says, in bytes: it may quote what the caller sent.
constexpr std::size_t kMostShown = 2000;

struct Kind {
  ProblemKind kind;
  int status;
  std::string_view name;
  std::string_view title;
};

constexpr Kind kKinds[] = {
    {ProblemKind::kMalformed, 400, "malformed", "The request cannot be understood"},
    {ProblemKind::kUnauthenticated, 401, "unauthenticated", "Sign in first"},
    {ProblemKind::kSecondFactorRequired, 401, "second-factor-required", "A one-time code is needed as well"},
    {ProblemKind::kForbidden, 403, "forbidden", "You may not do this"},
    {ProblemKind::kCsrf, 403, "csrf", "The CSRF token is missing or wrong"},
    {ProblemKind::kNotFound, 404, "not-found", "Not found"},
    {ProblemKind::kMethodNotAllowed, 405, "method-not-allowed", "This method is not used here"},
    {ProblemKind::kConflict, 409, "conflict", "What is there forbids this"},
    {ProblemKind::kNameMismatch, 409, "name-mismatch", "The name does not match"},
    {ProblemKind::kIdempotencyInProgress, 409, "idempotency-in-progress", "The same request is being answered"},
    {ProblemKind::kAlreadyDone, 409, "already-done", "This was done before"},
    {ProblemKind::kGone, 410, "gone", "It is not kept any more"},
    {ProblemKind::kPreconditionFailed, 412, "precondition-failed", "It was changed in the meantime"},
    {ProblemKind::kTooLarge, 413, "too-large", "The request is too large"},
    {ProblemKind::kUnsupportedMediaType, 415, "unsupported-media-type", "This content type is not taken"},
    {ProblemKind::kInvalid, 422, "invalid", "Some of it is not right"},
    {ProblemKind::kIdempotencyMismatch, 422, "idempotency-mismatch", "The key belongs to another request"},
    {ProblemKind::kPreconditionRequired, 428, "precondition-required", "If-Match is missing"},
    {ProblemKind::kTooManyAttempts, 429, "too-many-attempts", "Too many attempts"},
    {ProblemKind::kInternal, 500, "internal", "The portal made a mistake"},
    {ProblemKind::kUnavailable, 503, "unavailable", "Not possible at the moment"},
};

const Kind& kind_of(ProblemKind kind) {
  for (const Kind& known : kKinds) {
    if (known.kind == kind) return known;
  }
  CHECK(false, "a kind of problem without a status");
  return kKinds[0];
}

boost::json::array entries(const std::vector<ledger::FieldProblem>& fields) {
  boost::json::array all;
  for (const ledger::FieldProblem& field : fields) {
    boost::json::object entry{{"pointer", shown(field.pointer, kMostShown)},
                              {"detail", shown(field.detail, kMostShown)}};
    if (field.suggestion) entry["suggestion"] = *field.suggestion;
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace

Response to_response(const ledger::Problem& problem) {
  const Kind& kind = kind_of(problem.kind);
  boost::json::object document{{"type", "urn:larder:problem:" + std::string(kind.name)},
                               {"title", kind.title},
                               {"status", kind.status},
                               {"detail", shown(problem.detail, kMostShown)}};
  if (!problem.fields.empty()) document["errors"] = entries(problem.fields);
  for (const auto& member : problem.members) document[member.key()] = member.value();
  Response response = Response::json(document, kind.status);
  response.content_type = "application/problem+json";
  if (problem.retry_after_s) response.with("Retry-After", std::to_string(*problem.retry_after_s));
  if (kind.status == 401) response.with("WWW-Authenticate", "Bearer realm=\"larder\"");
  return response;
}

}  // namespace larder::api
