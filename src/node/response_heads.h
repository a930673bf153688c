// ResponseHeads: how the heads of a node's responses read.
//
// Threads    one loop, all calls.
// Source     RFC 9110 (fields), RFC 9111 5.1 (Age).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cache/object.h"
#include "cache/url_entry.h"
#include "core/clock.h"
#include "http/date.h"
#include "http/head_writer.h"
#include "http/server_session.h"
#include "node/content_response.h"
#include "node/forwarding.h"

namespace larder::node {

class ResponseHeads {
 public:
  /// `clock` must outlive it.
  ResponseHeads(std::string via, const Clock& clock) : via_(std::move(via)), clock_(clock) {}

  struct Source {
    bool learned = false;  // the origin described the object for this very request
    bool hit = false;      // the first bytes were not fetched for it
  };
  std::string of_object(const http::Exchange& exchange, const cache::Object& object, const ContentResponse& response,
                        Source source, const Moment& now);
  /// What the origin said instead of giving an object.
  std::string of_answer(const http::Exchange& exchange, const cache::Answer& answer);
  std::string of_forwarded(const http::Exchange& exchange, const Forwarding& forwarding);
  struct TextFields {
    std::optional<std::uint64_t> total;  // of a 416: the length of the object
    std::string retry_after;             // empty: none
  };
  /// Of a text of ours.
  std::string of_text(const http::Exchange& exchange, int status, std::uint64_t size, const TextFields& fields);

 private:
  static void end(http::HeadWriter& head, const http::Exchange& exchange);
  http::HeadWriter begin(std::string& text, int status);

  const std::string via_;
  const Clock& clock_;
  http::CurrentDate date_;
};

}  // namespace larder::node
