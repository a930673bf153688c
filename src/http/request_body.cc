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

Task<Result<std::string, HeadProblem>> RequestBody::read(std::size_t limit, const MayHold& may_hold) {
  CHECK(!reader_, "a body is read once");
  if (!head_.has_body()) co_return std::string();
  if (head_.content_length.value_or(0) > limit) co_return std::unexpected(too_large(limit));
  reader_.emplace(stream_, head_, std::as_bytes(std::span(early_)));
  const SteadyTime begun = net::LoopTime::of(co_await asio::this_coro::executor).now();
  stream_.expire_at(deadline_after(0, begun));
  auto body = co_await read_all(limit, may_hold, begun);
  stream_.expire_at(SteadyTime::max());
  co_return body;
}

Task<Result<std::string, HeadProblem>> RequestBody::read_all(std::size_t limit, const MayHold& may_hold,
                                                             SteadyTime begun) {
  if (const auto said = co_await say_continue(); !said) co_return std::unexpected(problem_of(said.error()));
  std::string body;
  std::size_t size = 0;
  for (;;) {
    if (size == body.size()) {
      const std::size_t room = room_for(size, limit);
      if (auto problem = may_hold ? may_hold(room) : std::nullopt) co_return std::unexpected(*std::move(problem));
      body.resize(room);
    }
    const auto count = co_await reader_->read(std::as_writable_bytes(std::span(body)).subspan(size));
    if (!count) co_return std::unexpected(problem_of(count.error()));
    if (*count == 0) break;
    size += *count;
    if (size > limit) co_return std::unexpected(too_large(limit));
    stream_.expire_at(deadline_after(size, begun));
  }
  ended_ = true;
  body.resize(size);
  co_return body;
}

/// For what comes after `size` bytes. One byte more than may be, or than was announced: that one tells a body that is
/// too large from one that just fits, and one that has ended from one that goes on.
std::size_t RequestBody::room_for(std::size_t size, std::size_t limit) const {
  const std::size_t most = std::min<std::uint64_t>(limit, head_.content_length.value_or(limit)) + 1;
  return std::min(most, std::max(kFirstRoom, 2 * size));
}

SteadyTime RequestBody::deadline_after(std::size_t size, SteadyTime begun) const {
  const SteadyTime end = begun + patience_.whole;
  if (patience_.rate == 0) return end;
  const std::chrono::duration<double> of_rate(static_cast<double>(size) / static_cast<double>(patience_.rate));
  return std::min(end, begun + patience_.first + std::chrono::duration_cast<SteadyTime::duration>(of_rate));
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
