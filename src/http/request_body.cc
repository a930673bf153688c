#include "http/request_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "core/check.h"
#include "net/loop_time.h"

namespace larder::http {
namespace {

constexpr std::size_t kFirstRoom = 16 * 1024;

HeadProblem too_large(std::size_t limit) {
  return HeadProblem(413, fmt::format("the body is larger than {} bytes", limit));
}

HeadProblem problem_of(const Error& error) {
  if (error.code == Errc::kTimeout) return HeadProblem(408, "the body of the request took too long");
  return HeadProblem(400, error.text);
}

}  // namespace

Task<Result<std::string, HeadProblem>> RequestBody::read(std::size_t limit) {
  CHECK(!reader_, "a body is read once");
  if (!head_.has_body()) co_return std::string();
  if (head_.content_length.value_or(0) > limit) co_return std::unexpected(too_large(limit));
  reader_.emplace(stream_, head_, std::as_bytes(std::span(early_)));
  stream_.expire_at(net::LoopTime::of(co_await asio::this_coro::executor).now() + patience_);
  auto body = co_await read_all(limit);
  stream_.expire_at(SteadyTime::max());
  co_return body;
}

Task<Result<std::string, HeadProblem>> RequestBody::read_all(std::size_t limit) {
  if (const auto said = co_await say_continue(); !said) co_return std::unexpected(problem_of(said.error()));
  std::string body;
  std::size_t size = 0;
  for (;;) {
    // One byte more than may be: that one tells a body that is too large from one that just fits.
    if (size == body.size()) body.resize(std::min(limit + 1, std::max(kFirstRoom, 2 * size)));
    const auto count = co_await reader_->read(std::as_writable_bytes(std::span(body)).subspan(size));
    if (!count) co_return std::unexpected(problem_of(count.error()));
    if (*count == 0) break;
    size += *count;
    if (size > limit) co_return std::unexpected(too_large(limit));
  }
  ended_ = true;
  body.resize(size);
  co_return body;
}

Task<Result<>> RequestBody::say_continue() {
  if (!early_.empty() || head_.minor_version == 0 || !head_.fields.find("Expect")) co_return Result<>();
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  co_return co_await stream_.write_all(std::as_bytes(std::span(kContinue)));
}

std::string_view RequestBody::left() const {
  if (!reader_) return early_;
  const auto bytes = reader_->left();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace larder::http
