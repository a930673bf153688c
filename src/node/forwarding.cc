#include "node/forwarding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "node/trickle_guard.h"

namespace larder::node {
namespace {

constexpr int kTries = 3;
constexpr std::size_t kPiece = 64 << 10;

/// False: it asks for no part.
bool ask_for_all(origin::OriginRequest& request) {
  return std::erase_if(request.own_fields,
                       [](const auto& field) { return field.first == "Range" || field.first == "If-Range"; }) > 0;
}

}  // namespace

Task<Result<>> Forwarding::ask(const origin::OriginRequest& upstream, Deadline deadline) {
  origin::OriginRequest request = upstream;
  request.head_only = head_.method == http::Method::kHead;
  request.own_fields = asked_fields(head_);
  request.use = origin::ConnectionPool::Use::kOneClient;
  for (int tries = 1;; ++tries) {
    auto asked = co_await ask_once(request, deadline);
    // Whoever sends another part, or several at once, may still send all of it.
    const bool is_no_answer = !asked && asked.error().code == Errc::kInvalid && ask_for_all(request);
    const bool again = !asked && (is_no_answer || origin::is_worth_a_try(asked.error().code)) && tries < kTries;
    if (!again || deadline.passed(clock_.now())) co_return asked;
  }
}

Task<Result<>> Forwarding::ask_once(const origin::OriginRequest& request, Deadline deadline) {
  response_.reset();  // with its connection: another may not be free
  CO_TRY(response_, co_await origin_.fetch(request, deadline));
  CO_TRY_VOID(check_answer(head_, answer()));
  framing_ = framing_of(head_, answer());
  co_return Result<>();
}

Task<void> Forwarding::drop_body() {
  const auto dropped = co_await response_->discard();
  if (!dropped) response_.reset();  // with its connection
}

Task<Result<>> Forwarding::send_body() {
  if (framing_ == BodyFraming::kNone) co_return Result<>();
  const bool chunked = framing_ == BodyFraming::kChunked;
  const auto length = length_of(answer());
  // Before and behind the bytes there is room for what makes a chunk of them.
  constexpr std::size_t kBefore = 16;
  constexpr std::string_view kEnd = "\r\n";
  const auto memory = std::make_unique<std::array<std::byte, kBefore + kPiece + kEnd.size()>>();
  const std::span<std::byte> all(*memory);
  TrickleGuard trickle;
  for (;;) {
    const SteadyTime asked = clock_.now();
    CO_TRY(const std::size_t count, co_await response_->read(all.subspan(kBefore, kPiece)));
    trickle.add(clock_.now() - asked, count);
    if (trickle.trickles()) co_return fail(Errc::kTimeout, "{}", kTrickles);
    if (length && (count == 0 ? bytes_ < *length : bytes_ + count > *length)) {
      co_return fail(Errc::kCorrupt, "the origin's body is not of the {} bytes that its head tells of", *length);
    }
    if (count == 0) break;
    std::size_t begin = kBefore;
    std::size_t end = kBefore + count;
    if (chunked) {
      const std::string size = fmt::format("{:x}\r\n", count);
      begin -= size.size();
      std::ranges::copy(std::as_bytes(std::span(size)), all.begin() + static_cast<std::ptrdiff_t>(begin));
      std::ranges::copy(std::as_bytes(std::span(kEnd)), all.begin() + static_cast<std::ptrdiff_t>(end));
      end += kEnd.size();
    }
    CO_TRY_VOID(co_await egress_.send(all.subspan(begin, end - begin)));
    bytes_ += count;
  }
  constexpr std::string_view kLastChunk = "0\r\n\r\n";
  if (chunked) co_return co_await egress_.send(std::as_bytes(std::span(kLastChunk)));
  co_return Result<>();
}

}  // namespace larder::node
