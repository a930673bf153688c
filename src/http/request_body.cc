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

}  // namespace

Task<Result<std::string, HeadProblem>> RequestBody::read(std::size_t limit, const MayHold& may_hold) {
  CHECK(!reader_, "a body is read once");
  if (!head_.has_body()) co_return std::string();
  if (head_.content_length.value_or(0) > limit) co_return std::unexpected(too_large(limit));
  reader_.emplace(stream_, head_, std::as_bytes(std::span(early_)));
  begun_ = net::LoopTime::of(co_await asio::this_coro::executor).now();
  expect_more_than(0);
  auto body = co_await read_all(limit, may_hold);
  stream_.expire_at(SteadyTime::max());
  co_return body;
}

Task<Result<std::string, HeadProblem>> RequestBody::read_all(std::size_t limit, const MayHold& may_hold) {
  if (const auto said = co_await say_continue(); !said) co_return std::unexpected(problem_of(said.error()));
  std::string body;
  std::size_t size = 0;
  for (;;) {
    if (size == body.size()) {
      const std::size_t room = room_for(size, limit);
      if (auto problem = may_hold ? may_hold(room) : std::nullopt) co_return std::unexpected(*std::move(problem));
      body.resize(room);
    }
    const auto count = co_await read_some(body, size);
    if (!count) co_return std::unexpected(problem_of(count.error()));
    if (*count == 0) break;
    size += *count;
    if (size > limit) co_return std::unexpected(too_large(limit));
    expect_more_than(size);
  }
  ended_ = true;
  body.resize(size);
  co_return body;
}

/// Behind `size` bytes of `body`. Waits end when the server stops: the client then has kStopGrace for what is left.
Task<Result<std::size_t>> RequestBody::read_some(std::string& body, std::size_t size) {
  const IdleConnections::Wait wait(idle_);
  const auto room = std::as_writable_bytes(std::span(body)).subspan(size);
  auto count = co_await reader_->read(room);
  const bool woken = !count && count.error().code == Errc::kTimeout && stopping_.load(std::memory_order_relaxed);
  if (!woken || stop_) co_return count;
  stop_ = net::LoopTime::of(co_await asio::this_coro::executor).now() + kStopGrace;
  expect_more_than(size);
  co_return co_await reader_->read(room);
}

/// For what comes after `size` bytes. One byte more than may be, or than was announced: that one tells a body that is
/// too large from one that just fits, and one that has ended from one that goes on.
std::size_t RequestBody::room_for(std::size_t size, std::size_t limit) const {
  const std::size_t most = std::min<std::uint64_t>(limit, head_.content_length.value_or(limit)) + 1;
  return std::min(most, std::max(kFirstRoom, 2 * size));
}

/// Sets the time at which more than `size` bytes have to be there.
void RequestBody::expect_more_than(std::size_t size) {
  SteadyTime end = begun_ + patience_.whole;
  if (patience_.rate > 0) {
    const std::chrono::duration<double> of_rate(static_cast<double>(size) / static_cast<double>(patience_.rate));
    end = std::min(end, begun_ + patience_.first + std::chrono::duration_cast<SteadyTime::duration>(of_rate));
  }
  if (stop_) {
    stream_.expire_at(std::min(end, *stop_));
  } else {
    stream_.expire_at(end, &stopping_);
  }
}

HeadProblem RequestBody::problem_of(const Error& error) const {
  if (error.code != Errc::kTimeout) return HeadProblem(400, error.text);
  if (stop_) return HeadProblem(503, "the server stops, and the body did not come in time; send it again");
  return HeadProblem(408, "the body of the request took too long");
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
