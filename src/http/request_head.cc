#include "http/request_head.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "http/beast_view.h"
#include "http/characters.h"
#include "http/head_scan.h"
#include "http/request_target.h"

namespace larder::http {
namespace {

namespace beast = boost::beast::http;
using beast_error = boost::beast::error_code;

/// Collects what Beast finds, as views; stops it at the end of the head.
class Parser final : public beast::basic_parser<true> {
 public:
  Parser(RequestHead& head, std::size_t limit) : head_(head) {
    header_limit(static_cast<std::uint32_t>(limit));
    body_limit(boost::none);
  }

  bool too_many_fields() const { return too_many_fields_; }

 private:
  void on_request_impl(beast::verb method, boost::beast::string_view method_text, boost::beast::string_view target,
                       int version, beast_error&) override {
    if (method == beast::verb::get) head_.method = Method::kGet;
    if (method == beast::verb::head) head_.method = Method::kHead;
    head_.method_text = to_view(method_text);
    head_.target = to_view(target);
    head_.minor_version = version - 10;
  }
  void on_field_impl(beast::field, boost::beast::string_view name, boost::beast::string_view value,
                     beast_error& error) override {
    if (head_.fields.size() == FieldList::kLimit) {
      too_many_fields_ = true;
      error = beast::error::header_limit;
      return;
    }
    head_.fields.add(to_view(name), to_view(value));
  }
  void on_header_impl(beast_error&) override {}
  void on_response_impl(int, boost::beast::string_view, int, beast_error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}
  std::size_t on_body_impl(boost::beast::string_view, beast_error&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, beast_error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, beast_error&) override { return 0; }
  void on_finish_impl(beast_error&) override {}

  RequestHead& head_;
  bool too_many_fields_ = false;
};

using Problem = std::optional<HeadProblem>;

Problem problem(int status, std::string text) { return HeadProblem(status, std::move(text)); }

Problem beast_problem(const beast_error& error, bool too_many_fields, std::string_view bytes) {
  if (too_many_fields) return problem(431, fmt::format("there are more than {} header lines", FieldList::kLimit));
  if (error == beast::error::bad_version) {
    // "HTTP/2.0" is a version we do not speak; "b/ HTTP/1.1", from a blank in the target, is none.
    const auto line = bytes.substr(0, bytes.find('\r'));
    const auto version = line.substr(line.rfind(' ') + 1);
    const bool other = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                       version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.1" && version != "HTTP/1.0";
    return other ? problem(505, "only HTTP/1.0 and HTTP/1.1 are served here")
                 : problem(400, "the request line has no HTTP version");
  }
  return problem(400, error.message());
}

Problem check_host(const RequestHead& head) {
  const auto hosts = head.fields.count("Host");
  if (hosts > 1) return problem(400, "there is more than one Host");
  if (hosts == 0) return head.minor_version == 0 ? std::nullopt : problem(400, "there is no Host");
  if (!host_is_valid(*head.fields.find("Host"))) return problem(400, "the Host is malformed");
  return std::nullopt;
}

Problem check_framing(const RequestHead& head) {
  const auto codings = head.fields.count("Transfer-Encoding");
  if (codings > 0 && head.fields.count("Content-Length") > 0) {
    return problem(400, "there are both Content-Length and Transfer-Encoding");
  }
  // Two that say the same, or "5, 5", may be taken for one by us and for something else by a proxy before us.
  if (head.content_length && (head.fields.count("Content-Length") > 1 ||
                              head.fields.find("Content-Length")->find(',') != std::string_view::npos)) {
    return problem(400, "there is more than one Content-Length");
  }
  if (codings > 0 && head.minor_version == 0) return problem(400, "HTTP/1.0 has no Transfer-Encoding");
  if (codings > 1 || (codings == 1 && !equal_names(*head.fields.find("Transfer-Encoding"), "chunked"))) {
    return problem(501, "of transfer codings only chunked is known here");
  }
  return std::nullopt;
}

Problem check_target(const RequestHead& head) {
  const char* wrong = target_problem(head.target);
  if (wrong == nullptr) return std::nullopt;
  // "OPTIONS *" and "CONNECT host:443" are right in themselves.
  if (head.method == Method::kOther) return problem(405, "no method that asks for such a target is served here");
  return problem(400, wrong);
}

Problem check(const RequestHead& head) {
  if (auto wrong = check_framing(head)) return wrong;
  if (auto wrong = check_host(head)) return wrong;
  return check_target(head);
}

Problem parse_into(RequestHead& head, std::string_view bytes, std::size_t limit) {
  Parser parser(head, limit);
  beast_error error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error) return beast_problem(error, parser.too_many_fields(), bytes);
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.chunked = parser.chunked();
  head.keep_alive = parser.keep_alive();
  return check(head);
}

}  // namespace

Result<std::optional<RequestHead>, HeadProblem> parse_request_head(std::string_view bytes, std::size_t limit) {
  const std::size_t empty_line = bytes.starts_with("\r\n") ? 2 : 0;
  const HeadScan scan = scan_head(bytes.substr(empty_line));
  const std::size_t needed = empty_line + scan.size.value_or(bytes.size());
  if (scan.problem != nullptr) return std::unexpected(HeadProblem(400, scan.problem));
  if (needed > limit || (!scan.size && needed == limit)) {
    return std::unexpected(HeadProblem(431, fmt::format("the head is larger than {} bytes", limit)));
  }
  if (!scan.size) return std::optional<RequestHead>();

  std::optional<RequestHead> head(std::in_place);
  if (auto wrong = parse_into(*head, bytes.substr(empty_line, *scan.size), limit)) {
    return std::unexpected(*std::move(wrong));
  }
  head->size = needed;
  return head;
}

}  // namespace larder::http
