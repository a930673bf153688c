#include "http/response_reader.h"

#include <string_view>
#include <utility>

namespace larder::http {
namespace {

constexpr int kInterimLimit = 8;
constexpr int kBlankLineLimit = 4;
constexpr std::string_view kBlankLine = "\r\n";

// HeadSearch: the final head among what has come.
struct HeadSearch {
  int interim = 0;
  int blank_lines = 0;

  /// False: more bytes are needed.
  Result<bool> find(HeadBuffer& buffer, ResponseHead& into) {
    for (;;) {
      // Some servers end an interim head with an empty line too many.
      while (interim > 0 && buffer.unread().starts_with(kBlankLine)) {
        if (++blank_lines > kBlankLineLimit) return fail(Errc::kInvalid, "response head: empty lines without end");
        buffer.consume(kBlankLine.size());
      }
      TRY(auto head, parse_response_head(buffer.unread(), buffer.limit()));
      if (!head) return false;
      if (!head->is_interim()) {
        into = *std::move(head);
        return true;
      }
      if (++interim > kInterimLimit) return fail(Errc::kInvalid, "response head: interim ones without end");
      buffer.consume(head->size);
    }
  }
};

}  // namespace

Task<Result<>> read_response_head(net::ByteStream& stream, HeadBuffer& buffer, ResponseHead& head) {
  HeadSearch search;
  for (;;) {
    CO_TRY(const bool found, search.find(buffer, head));
    if (found) co_return Result<>();
    CO_TRY(const std::size_t count, co_await stream.read_some(buffer.space()));
    if (count == 0) {
      co_return fail(
          Errc::kUnavailable, "the server closed the connection {}",
          buffer.empty() && search.interim == 0 ? "before the first byte of its response" : "inside the response head");
    }
    buffer.commit(count);
  }
}

}  // namespace larder::http
