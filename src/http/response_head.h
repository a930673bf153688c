// ResponseHead: the status line and header lines of an HTTP/1 response.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "http/head.h"

namespace larder::http {

/// All views point into the bytes that were parsed.
struct ResponseHead {
  int status = 0;
  int minor_version = 1;  // of HTTP/1
  bool keep_alive = true;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  FieldList fields;
  std::size_t size = 0;  // bytes the head takes, with its empty line

  bool is_interim() const { return status < 200; }
};

/// The head that `bytes` begin with, 1xx ones too; nullopt when more bytes are needed. A status line without a reason
/// phrase is accepted, with or without the blank behind its code.
/// Errors: kInvalid (malformed, over `limit` bytes, over FieldList::kLimit fields, transfer codings beside chunked).
Result<std::optional<ResponseHead>> parse_response_head(std::string_view bytes, std::size_t limit);

}  // namespace larder::http
