#include "http/response_reader.h"

#include <string_view>

namespace larder::http {
namespace {

constexpr int kInterimLimit = 8;
constexpr int kBlankLineLimit = 4;
constexpr std::string_view kBlankLine = "\r\n";

}  // namespace

Task<Result<ResponseHead>> read_response_head(net::ByteStream& stream, HeadBuffer& buffer) {
  int interim = 0;
  int blank_lines = 0;
  for (;;) {
    // Some servers end an interim head with an empty line too many.
    while (interim > 0 && buffer.unread().starts_with(kBlankLine)) {
      if (++blank_lines > kBlankLineLimit) co_return fail(Errc::kInvalid, "response head: empty lines without end");
      buffer.consume(kBlankLine.size());
    }
    CO_TRY(auto head, parse_response_head(buffer.unread(), buffer.limit()));
    if (head && !head->is_interim()) co_return *std::move(head);
    if (head) {
      if (++interim > kInterimLimit) co_return fail(Errc::kInvalid, "response head: interim ones without end");
      buffer.consume(head->size);
      continue;
    }
    CO_TRY(const std::size_t count, co_await stream.read_some(buffer.space()));
    if (count == 0) {
      co_return fail(
          Errc::kUnavailable, "the server closed the connection {}",
          buffer.empty() && interim == 0 ? "before the first byte of its response" : "inside the response head");
    }
    buffer.commit(count);
  }
}

}  // namespace larder::http
