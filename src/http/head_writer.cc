#include "http/head_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/check.h"

namespace larder::http {
namespace {

/// Appends `text` without the bytes that `unwanted` names: as a rule there are none.
template <class Unwanted>
void append_without(std::string& out, std::string_view text, Unwanted unwanted) {
  if (std::none_of(text.begin(), text.end(), unwanted)) {
    out.append(text);
    return;
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!unwanted(text[i])) continue;
    out.append(text, begin, i - begin);
    begin = i + 1;
  }
  out.append(text, begin);
}

// Lambdas, so that they are inlined.
constexpr auto kEndsLine = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
constexpr auto kEndsTarget = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    default: return "Unknown";
  }
}

HeadWriter& HeadWriter::status(int code) {
  out_ += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(code));
  out_ += ' ';
  out_ += reason_phrase(code);
  out_ += "\r\n";
  return *this;
}

HeadWriter& HeadWriter::request(std::string_view method, std::string_view target) {
  out_ += method;
  out_ += ' ';
  append_without(out_, target, kEndsTarget);
  out_ += " HTTP/1.1\r\n";
  return *this;
}

HeadWriter& HeadWriter::field(std::string_view name, std::string_view value) {
  out_ += name;
  out_ += ": ";
  append_without(out_, value, kEndsLine);
  out_ += "\r\n";
  return *this;
}

HeadWriter& HeadWriter::field(std::string_view name, std::uint64_t value) {
  out_ += name;
  out_ += ": ";
  append_number(value);
  out_ += "\r\n";
  return *this;
}

HeadWriter& HeadWriter::lines(std::string_view written_before) {
  out_ += written_before;
  return *this;
}

HeadWriter& HeadWriter::content_range(const ByteRange& range, std::uint64_t total) {
  CHECK(!range.empty(), "an empty range cannot be written");
  out_ += "Content-Range: bytes ";
  append_number(range.begin);
  out_ += '-';
  append_number(range.end - 1);
  out_ += '/';
  append_number(total);
  out_ += "\r\n";
  return *this;
}

HeadWriter& HeadWriter::content_range_unsatisfied(std::uint64_t total) {
  out_ += "Content-Range: bytes */";
  append_number(total);
  out_ += "\r\n";
  return *this;
}

std::string_view HeadWriter::finish() {
  out_ += "\r\n";
  return out_;
}

void HeadWriter::append_number(std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), end);
}

}  // namespace larder::http
