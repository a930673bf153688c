// RequestHead: the request line and header lines of an HTTP/1 request, checked.
//
// Boost.Beast parses; what it lets pass and we do not (obs-fold, a doubtful Host, two lengths) is refused here, because
// a head that two programs read differently is how requests are smuggled.
//
// Source     RFC 9110, RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "http/head.h"

namespace larder::http {

enum class Method { kGet, kHead, kOther };

/// All views point into the bytes that were parsed.
struct RequestHead {
  Method method = Method::kOther;
  std::string_view method_text;
  std::string_view target;  // origin-form or absolute-form: visible ASCII; its % escapes may be incomplete
  int minor_version = 1;    // of HTTP/1
  bool keep_alive = true;   // what the client asks for
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  FieldList fields;
  std::size_t size = 0;  // bytes the head takes, with its empty line

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// What is wrong with a request: the status to answer and one sentence that says why.
struct HeadProblem {
  HeadProblem(int problem_status, std::string problem_text) : status(problem_status), text(std::move(problem_text)) {}

  int status;
  std::string text;
};

/// The head that `bytes` begin with; nullopt when more bytes are needed. An empty line before it is passed over.
/// `limit`: the most bytes a head may take.
Result<std::optional<RequestHead>, HeadProblem> parse_request_head(std::string_view bytes, std::size_t limit);

}  // namespace larder::http
