#include "node/delivery.h"

#include <span>
#include <utility>

#include "net/timer.h"

namespace larder::node {
namespace {

// A client that takes bytes as fast as they are sent lets others have their turn after this many.
constexpr std::uint64_t kTurn = 4 << 20;

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

Delivery::Delivery(net::ByteStream& stream, cache::Reader& reader, storage::SliceStore& store, EgressLimiter& limiter,
                   const Clock& clock, Executor executor, Patience patience)
    : stream_(stream),
      reader_(reader),
      store_(store),
      limiter_(limiter),
      clock_(clock),
      executor_(executor),
      patience_(patience) {}

Task<Result<>> Delivery::prepare(http::ByteRange range) {
  CO_TRY_VOID(co_await reader_.confirm(soon()));
  if (auto piece = reader_.try_at(range.begin)) {
    first_is_hit_ = !piece->own_fill;
    co_return Result<>();
  }
  CO_TRY(const cache::Piece piece, co_await reader_.at(range.begin, soon()));
  first_is_hit_ = !piece.own_fill;
  co_return Result<>();
}

Task<Result<>> Delivery::send(std::string_view head, http::ByteRange range) {
  position_ = range.begin;
  std::span<const std::byte> left = as_bytes(head);
  while (!left.empty()) {
    const net::IoStep step = stream_.try_write(left, range.empty() ? net::More::kNo : net::More::kYes);
    if (step.kind == net::IoStep::Kind::kMoved) {
      left = left.subspan(step.bytes);
    } else {
      CO_TRY_VOID(co_await wait_for_client(step.kind));
    }
  }
  while (position_ < range.end) {
    if (limiter_.limited()) co_await pace();
    if (since_wait_ >= kTurn) co_await give_way();
    auto piece = reader_.try_at(position_);
    if (!piece) {
      CO_TRY(cache::Piece waited, co_await reader_.at(position_, soon()));
      piece = std::move(waited);
    }
    std::size_t size = piece->size();
    if (limiter_.limited()) size = std::min<std::size_t>(size, limiter_.step());
    net::IoStep step;
    if (piece->stored) {
      step = stream_.try_send_file(piece->stored->descriptor(), piece->stored->offset() + piece->begin, size);
    } else {
      const auto bytes = piece->filling->bytes(piece->begin, piece->begin + static_cast<std::uint32_t>(size));
      // These are the last bytes there are: nothing may hold them back until the origin sends more.
      step = stream_.try_write(bytes, net::More::kNo);
    }
    if (step.kind == net::IoStep::Kind::kMoved) {
      count(*piece, step.bytes);
      continue;
    }
    if (step.kind == net::IoStep::Kind::kFailed && piece->stored && step.error_number == EIO) {
      store_.report_read_error(*piece->stored, step.error_number);
      continue;  // the reader finds it elsewhere
    }
    piece.reset();  // a client that is slow now holds nothing
    CO_TRY_VOID(co_await wait_for_client(step.kind));
  }
  co_return Result<>();
}

Task<Result<>> Delivery::wait_for_client(net::IoStep::Kind want) {
  since_wait_ = 0;
  if (want != net::IoStep::Kind::kWantWrite && want != net::IoStep::Kind::kWantRead) {
    client_failed_ = true;
    co_return fail(Errc::kUnavailable, "the client closed the connection");
  }
  stream_.expire_at(clock_.now() + patience_.send);
  auto waited = co_await stream_.wait(want);
  if (!waited) client_failed_ = true;
  co_return waited;
}

Task<void> Delivery::pace() {
  for (;;) {
    const auto delay = limiter_.delay(clock_.now());
    if (delay.count() == 0) co_return;
    net::Timer timer(executor_);
    co_await timer.wait(timer.time().now() + delay);
    since_wait_ = 0;
  }
}

Task<void> Delivery::give_way() {
  since_wait_ = 0;
  co_await asio::post(executor_, asio::use_awaitable_t<Executor>{});
}

void Delivery::count(const cache::Piece& piece, std::size_t bytes) {
  position_ += bytes;
  since_wait_ += bytes;
  (piece.own_fill ? fill_bytes_ : hit_bytes_) += bytes;
  limiter_.charge(bytes, limiter_.limited() ? clock_.now() : SteadyTime{});
}

}  // namespace larder::node
