// HeadWriter: writes the head of a response or request into a string.
//
//     std::string head;   // kept by the connection: after the first response nothing is allocated
//     HeadWriter(head).status(206).field("Content-Length", 10).field("Connection", "close").finish();
//
// Names are written as given: give them in canonical case ("Content-Range"), real clients look them up by case.
// A CR, LF or NUL in a value is left out: no value can end its line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/range.h"

namespace larder::http {

/// "Partial Content"; "Unknown" for what we never send.
std::string_view reason_phrase(int status);

class HeadWriter {
 public:
  /// Replaces what `out` holds.
  explicit HeadWriter(std::string& out) : out_(out) { out_.clear(); }

  /// The status line, always HTTP/1.1.
  HeadWriter& status(int code);
  /// The request line; blanks and control bytes in `target` are left out.
  HeadWriter& request(std::string_view method, std::string_view target);

  HeadWriter& field(std::string_view name, std::string_view value);
  HeadWriter& field(std::string_view name, std::uint64_t value);
  /// Lines that a HeadWriter wrote before, with their ends: fields that are the same in many responses.
  HeadWriter& lines(std::string_view written_before);
  /// "Content-Range: bytes 0-9/100". REQUIRES: the range is not empty.
  HeadWriter& content_range(const ByteRange& range, std::uint64_t total);
  /// "Content-Range: bytes */100", for 416.
  HeadWriter& content_range_unsatisfied(std::uint64_t total);

  /// Ends the head; valid as long as the string.
  std::string_view finish();

 private:
  void append_number(std::uint64_t value);

  std::string& out_;
};

}  // namespace larder::http
