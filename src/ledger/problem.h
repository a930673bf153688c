// Problem: why something that was asked for is not done, with an entry for each field that is wrong.
// Result<T>: a value or a Problem: what rules and storage of the portal return.
//
// Source     RFC 9457; the kinds are listed in docs/api/problems.md.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace larder::ledger {

enum class ProblemKind {
  kMalformed,             // no JSON, no HTTP that we understand
  kUnauthenticated,       // nobody, or credentials that are wrong
  kSecondFactorRequired,  // the password is right, the code is missing
  kForbidden,             // signed in, and may not
  kCsrf,                  // a session's request without its CSRF token
  kNotFound,              // not there, or not for the caller's eyes
  kMethodNotAllowed,
  kConflict,      // what is there forbids it
  kNameMismatch,  // deleting asks for the name
  kGone,          // what is asked for is not kept any more: begin anew
  kIdempotencyInProgress,
  kAlreadyDone,  // a replay of a request that held a secret, or whose answer did: neither is kept
  kPreconditionFailed,
  kTooLarge,
  kUnsupportedMediaType,
  kInvalid,  // well-formed, and fields are wrong
  kIdempotencyMismatch,
  kPreconditionRequired,
  kTooManyAttempts,
  kInternal,
  kUnavailable,
};

struct FieldProblem {
  std::string pointer;                                   // RFC 6901: "/cidr_blocks/2"; of a query parameter "?limit"
  std::string detail;                                    // what is wrong and what would be right
  std::optional<std::string> suggestion = std::nullopt;  // what may stand there instead
};

struct Problem {
  Problem(ProblemKind problem_kind, std::string problem_detail)
      : kind(problem_kind), detail(std::move(problem_detail)) {}
  /// An error of a lower layer: kUnavailable, kTimeout and kNoSpace are kUnavailable, kNotFound and kConflict keep
  /// their meaning, all others are kInternal: the text goes to the log and not to the client.
  Problem(Error error);  // NOLINT: implicit on purpose, for TRY

  ProblemKind kind;
  std::string detail;
  std::vector<FieldProblem> fields;
  boost::json::object members;       // further members of the document
  std::optional<int> retry_after_s;  // kTooManyAttempts, kUnavailable
  std::string internal;              // for the log only
};

template <class T = void>
using Result = larder::Result<T, Problem>;

/// `return refuse(ProblemKind::kConflict, "{} has nodes", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Problem> refuse(ProblemKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Problem>(Problem(kind, fmt::format(format, std::forward<Args>(args)...)));
}

// FieldProblems: collects what is wrong with a form: all of it and not only the first, up to kMost.
//
// Cost       at most kMost entries, each of bounded length: what is wrong with a request costs no more than the
// request.
class FieldProblems {
 public:
  static constexpr std::size_t kMost = 100;

  /// What is wrong with a field is told once: later entries about it are mostly echoes of the first. Beyond kMost it is
  /// only kept that there are more. Texts that are too long are cut, a suggestion that is too long is left out.
  void add(std::string pointer, std::string detail, std::optional<std::string> suggestion = std::nullopt);
  bool empty() const { return list_.empty(); }
  const std::vector<FieldProblem>& list() const { return list_; }
  /// There are kMost: nobody needs to look for the reasons of more, only to say that there are.
  bool full() const { return list_.size() == kMost; }
  void add_unlisted() { more_ = true; }
  /// More is wrong than is listed.
  bool more() const { return more_; }
  /// A value if nothing is wrong, else a Problem of kInvalid with all of it.
  Result<> verdict() const;

 private:
  std::vector<FieldProblem> list_;
  std::set<std::string, std::less<>> pointers_;
  bool more_ = false;
};

}  // namespace larder::ledger
