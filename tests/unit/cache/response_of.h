// ResponseOf: what an origin's response says, from its head as text.
#pragma once

#include <optional>
#include <string>

#include "http/response_head.h"
#include "origin/origin_response.h"

namespace larder::cache {

class ResponseOf {
 public:
  /// `head` without its empty line: "HTTP/1.1 200 OK\r\nContent-Length: 5".
  explicit ResponseOf(const std::string& head) : text_(head + "\r\n\r\n") {
    head_ = **http::parse_response_head(text_, 16 * 1024);
  }
  ResponseOf(const ResponseOf&) = delete;
  ResponseOf& operator=(const ResponseOf&) = delete;

  origin::ResponseFacts facts() const {
    origin::ResponseFacts facts{head_.status, head_.fields, head_.content_length, {}};
    if (const auto range = head_.fields.find("Content-Range")) facts.content_range = http::parse_content_range(*range);
    return facts;
  }

 private:
  std::string text_;
  http::ResponseHead head_;
};

}  // namespace larder::cache
