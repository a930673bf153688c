#include "http/response_head.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <string>
#include <string_view>

#include "http/beast_view.h"
#include "http/characters.h"
#include "http/head_scan.h"

namespace larder::http {
namespace {

namespace beast = boost::beast::http;
using beast_error = boost::beast::error_code;

constexpr std::size_t kStatusLineWithoutReason = std::string_view("HTTP/1.1 200").size();

/// Some servers leave out the reason phrase and the blank before it, which Beast insists on.
bool lacks_blank(std::string_view head) {
  constexpr std::size_t end = kStatusLineWithoutReason;
  return head.size() > end && head[end] == '\r' && is_digit(head[end - 1]);
}

std::string with_blank(std::string_view head) {
  std::string text(head);
  text.insert(kStatusLineWithoutReason, 1, ' ');
  return text;
}

/// Collects what Beast finds, as views into `original`, of which Beast reads a copy that may begin with more; it is fed
/// the head alone, so it never comes to a body.
class Parser final : public beast::basic_parser<false> {
 public:
  Parser(ResponseHead& head, std::string_view original) : head_(head), original_(original) { body_limit(boost::none); }

  void read(std::string_view copy, beast_error& error) {
    copy_ = copy;
    header_limit(static_cast<std::uint32_t>(copy.size()));
    put(boost::asio::buffer(copy.data(), copy.size()), error);
  }

 private:
  std::string_view in_original(std::string_view part) const {
    const auto from_end = static_cast<std::size_t>(copy_.data() + copy_.size() - part.data());
    return original_.substr(original_.size() - from_end, part.size());
  }

  void on_response_impl(int status, boost::beast::string_view, int version, beast_error&) override {
    head_.status = status;
    head_.minor_version = version - 10;
  }
  void on_field_impl(beast::field, boost::beast::string_view name, boost::beast::string_view value,
                     beast_error& error) override {
    if (head_.fields.size() == FieldList::kLimit) {
      error = beast::error::header_limit;
      return;
    }
    head_.fields.add(in_original(to_view(name)), in_original(to_view(value)));
  }
  void on_header_impl(beast_error&) override {}
  void on_request_impl(beast::verb, boost::beast::string_view, boost::beast::string_view, int, beast_error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}
  std::size_t on_body_impl(boost::beast::string_view, beast_error&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, beast_error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, beast_error&) override { return 0; }
  void on_finish_impl(beast_error&) override {}

  ResponseHead& head_;
  const std::string_view original_;
  std::string_view copy_;
};

/// Whether the connection stays open, if the body's framing allows it: as the peer says, not as Beast derives it.
bool wants_keep_alive(const ResponseHead& head) {
  if (head.fields.has_token("Connection", "close")) return false;
  return head.minor_version >= 1 || head.fields.has_token("Connection", "keep-alive");
}

Result<> check(const ResponseHead& head) {
  if (head.status < 100) return fail(Errc::kInvalid, "response head: {} is no status", head.status);
  const auto codings = head.fields.count("Transfer-Encoding");
  if (codings > 0 && head.fields.count("Content-Length") > 0) {
    return fail(Errc::kInvalid, "response head: both Content-Length and Transfer-Encoding");
  }
  if (codings > 1 || (codings == 1 && !equal_names(*head.fields.find("Transfer-Encoding"), "chunked"))) {
    return fail(Errc::kInvalid, "response head: a transfer coding other than chunked");
  }
  return {};
}

}  // namespace

Result<std::optional<ResponseHead>> parse_response_head(std::string_view bytes, std::size_t limit) {
  const HeadScan scan = scan_head(bytes);
  const std::size_t needed = scan.size.value_or(bytes.size());
  if (scan.problem != nullptr) return fail(Errc::kInvalid, "response head: {}", scan.problem);
  if (needed > limit || (!scan.size && needed == limit)) {
    return fail(Errc::kInvalid, "response head: larger than {} bytes", limit);
  }
  if (!scan.size) return std::optional<ResponseHead>();

  std::optional<ResponseHead> head(std::in_place);
  const std::string_view original = bytes.substr(0, needed);
  Parser parser(*head, original);
  beast_error error;
  if (lacks_blank(original)) {
    const std::string copy = with_blank(original);
    parser.read(copy, error);
  } else {
    parser.read(original, error);
  }
  if (error) return fail(Errc::kInvalid, "response head: {}", error.message());
  TRY_VOID(check(*head));
  if (const auto length = parser.content_length()) head->content_length = *length;
  head->chunked = parser.chunked();
  head->keep_alive = wants_keep_alive(*head);
  head->size = needed;
  return head;
}

}  // namespace larder::http
