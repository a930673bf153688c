// Failure: why the portal did not do what it was asked for, as a program needs it. What to do about it, in words of its
// own options, is said by whoever asked.
// Result<T>: a value or a Failure.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "client/http.h"
#include "core/result.h"

namespace larder::client {

enum class FailureKind {
  kInvalid,      // what was asked for is wrong: `errors` say where
  kNotSignedIn,  // there is no token, or it is not taken
  kForbidden,    // signed in, without the role or scope
  kNotFound,     // not there, or not for the caller's eyes
  kConflict,     // what is there forbids it; somebody else changed it meanwhile
  kUnreachable,  // no portal, or it fails, or wants to be left alone for a while
};

// What is wrong with one member of what was sent.
struct FieldError {
  std::string pointer;  // RFC 6901; "?sort" of a query parameter
  std::string detail;
  std::string suggestion;  // "" if there is none
};

// What somebody else changed meanwhile.
struct FieldChange {
  std::string pointer;
  std::string from;  // "": nothing
  std::string to;
  std::string by;  // "" if it is not said
  std::string at;
};

struct Failure {
  Failure(FailureKind failure_kind, std::string sentence) : kind(failure_kind), text(std::move(sentence)) {}

  FailureKind kind;
  std::string text;
  int status = 0;       // of the answer; 0: there was none
  std::string problem;  // the portal's name of it: "second-factor-required"; "" if it is not the portal's
  std::vector<FieldError> errors;
  bool more_errors = false;  // more is wrong than is listed
  std::vector<FieldChange> changes;
  std::string retry_after;  // seconds; "" if the portal does not say
  std::string location;     // where an answer that is not a portal's points to
  HttpFault fault = HttpFault::kOther;
  bool may_be_done = false;  // no answer came to something that changes what is there
};

template <class T = void>
using Result = larder::Result<T, Failure>;

/// `return give_up(FailureKind::kNotFound, "There is no node {}.", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Failure> give_up(FailureKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Failure>(Failure(kind, fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace larder::client
