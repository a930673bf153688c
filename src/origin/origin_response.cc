#include "origin/origin_response.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/response_reader.h"

namespace larder::origin {
namespace {

constexpr int kPartialContent = 206;
constexpr int kOk = 200;
constexpr int kRangeNotSatisfiable = 416;
constexpr std::size_t kWorthDiscarding = 16 * 1024;
constexpr auto kDiscardPatience = std::chrono::milliseconds(500);

}  // namespace

void HopLimits::add(const http::CacheControl& hop) {
  forbidden = forbidden || hop.no_store || hop.is_private;
  std::optional<std::chrono::seconds> says = hop.s_maxage ? hop.s_maxage : hop.max_age;
  if (hop.no_cache) says = std::chrono::seconds(0);
  if (says) fresh_for = std::min(fresh_for.value_or(*says), *says);
}

OriginResponse::OriginResponse(ConnectionPool::Lease lease, const Clock& clock, Patience patience)
    : lease_(std::move(lease)),
      clock_(clock),
      patience_(patience),
      guard_(patience.slow),
      peer_(lease_.stream().peer()) {}

Task<Result<>> OriginResponse::ask(std::string_view request, bool head_only, Deadline deadline) {
  lease_.stream().expire_at(deadline.within(patience_.first_byte, clock_.now()).time());
  CO_TRY_VOID(co_await lease_.stream().write_all(std::as_bytes(std::span(request))));
  CO_TRY_VOID(co_await http::read_response_head(lease_.stream(), buffer_, head_));
  lease_.stream().expire_at(SteadyTime::max());
  buffer_.consume(head_.size);
  const std::string_view early = buffer_.unread();
  body_.emplace(lease_.stream(), head_, std::as_bytes(std::span(early)), head_only);
  if (head_.status == kPartialContent || head_.status == kRangeNotSatisfiable) {
    content_range_ = http::parse_content_range(field("Content-Range"));
  }
  if (body_->length() == 0U) {
    // Nobody may ask for a body that is not there: see to the connection now.
    std::array<std::byte, 1> none{};
    CO_TRY_VOID(co_await read(none));
  }
  co_return Result<>();
}

std::string_view OriginResponse::field(std::string_view name) const {
  return head_.fields.find(name).value_or(std::string_view());
}

std::optional<std::uint64_t> OriginResponse::total() const {
  if (head_.status == kOk) return body_->length();
  if (content_range_) return content_range_->total;
  return std::nullopt;
}

Task<Result<std::size_t>> OriginResponse::read(std::span<std::byte> into) {
  if (ended_) co_return std::size_t{0};
  const SteadyTime before = clock_.now();
  lease_.stream().expire_at(std::min(before + patience_.stall, discard_until_));
  auto byte_count = co_await body_->read(into);
  if (!byte_count) co_return byte_count;
  if (body_->ended()) {
    ended_ = true;
    if (body_->reusable()) lease_.give_back();
    co_return byte_count;
  }
  // The consumer may take its time until the next read: that is not the origin's.
  lease_.stream().expire_at(SteadyTime::max());
  if (!guard_.keeps_up(clock_.now() - before, *byte_count)) {
    co_return fail(Errc::kTimeout, "the origin sends less than {} bytes a second", patience_.slow.bytes_per_second);
  }
  co_return byte_count;
}

Task<Result<>> OriginResponse::discard() {
  if (ended_ || body_->length().value_or(kWorthDiscarding + 1) > kWorthDiscarding) co_return Result<>();
  discard_until_ = clock_.now() + kDiscardPatience;
  std::array<std::byte, 2048> unwanted{};
  for (;;) {
    CO_TRY(const std::size_t byte_count, co_await read(unwanted));
    if (byte_count == 0) co_return Result<>();
  }
}

}  // namespace larder::origin
