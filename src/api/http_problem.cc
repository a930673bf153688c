#include "api/http_problem.h"

#include <boost/json/object.hpp>
#include <utility>

#include "core/shown.h"
#include "http/head_writer.h"

namespace larder::api {

using ledger::Problem;
using ledger::ProblemKind;

namespace {

constexpr std::size_t kMostQuoted = 1000;  // bytes

}  // namespace

Response busy(std::string detail, int retry_after_s) {
  Problem problem(ProblemKind::kUnavailable, std::move(detail));
  problem.retry_after_s = retry_after_s;
  return to_response(problem);
}

Response insecure() {
  return to_response(Problem(ProblemKind::kForbidden,
                             "this came over plain HTTP from another machine, where passwords and tokens could be read "
                             "on the way; use https, or list the proxy in front of the portal in proxy.trusted"));
}

Response problem_of(const http::HeadProblem& problem) {
  if (problem.status == 400) return to_response(Problem(ProblemKind::kMalformed, problem.text));
  if (problem.status == 503) return busy(problem.text);
  if (problem.status == 413) return to_response(Problem(ProblemKind::kTooLarge, problem.text));
  const boost::json::object document{{"type", "about:blank"},
                                     {"title", http::reason_phrase(problem.status)},
                                     {"status", problem.status},
                                     {"detail", shown(problem.text, kMostQuoted)}};
  Response response = Response::json(document, problem.status);
  response.content_type = "application/problem+json";
  return response;
}

}  // namespace larder::api
