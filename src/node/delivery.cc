#include "node/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace larder::node {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

Delivery::Delivery(net::ByteStream& stream, cache::Reader& reader, storage::SliceStore& store, EgressLimiter& limiter,
                   const Clock& clock, Executor executor, Patience patience)
    : egress_(stream, limiter, clock, executor, patience.client),
      reader_(reader),
      store_(store),
      clock_(clock),
      patience_(patience) {}

bool Delivery::is_prepared(http::ByteRange range) {
  if (!reader_.is_confirmed()) return false;
  const auto piece = reader_.try_at(range.begin);
  if (piece) first_is_hit_ = !piece->own_fill;
  return piece.has_value();
}

Task<Result<cache::Reader::Start>> Delivery::prepare(http::ByteRange range, Deadline deadline) {
  using Start = cache::Reader::Start;
  // What is one response comes in its own time: the origin may be quicker with a part of it.
  const auto in_time = [this](const Error& error) { return error.code != Errc::kTimeout || reader_.completable(); };
  const auto start = co_await reader_.confirm(deadline);
  if (!start && !in_time(start.error())) co_return Start::kForward;
  if (!start && start.error().code == Errc::kRefused) co_return Start::kRefused;
  if (!start || *start != Start::kReady) co_return start;
  auto piece = reader_.try_at(range.begin);
  if (!piece) {
    auto waited = co_await reader_.at(range.begin, deadline);
    if (!waited && waited.error().code == Errc::kConflict) co_return Start::kFindAnew;
    if (!waited && !in_time(waited.error())) co_return Start::kForward;
    if (!waited && waited.error().code == Errc::kRefused) co_return Start::kRefused;
    if (!waited) co_return std::unexpected<Error>(std::move(waited).error());
    piece = *std::move(waited);
  }
  if (reader_.is_purged()) co_return Start::kFindAnew;
  first_is_hit_ = !piece->own_fill;
  co_return Start::kReady;
}

Task<Result<>> Delivery::send(std::string_view head, http::ByteRange range, Framing framing) {
  const bool chunked = framing == Framing::kChunked;
  position_ = range.begin;
  // Nearly always in one step: no coroutine for it.
  for (std::span<const std::byte> left = std::as_bytes(std::span(head)); !left.empty();) {
    const net::IoStep step = egress_.stream().try_write(left, range.empty() ? net::More::kNo : net::More::kYes);
    if (step.kind == net::IoStep::Kind::kMoved) {
      left = left.subspan(step.bytes);
    } else {
      CO_TRY_VOID(co_await egress_.wait(step.kind));
    }
  }
  while (!reader_.is_end(position_)) {
    if (egress_.must_wait()) co_await egress_.wait_turn();
    auto piece = reader_.try_at(position_);
    if (!piece) {
      const SteadyTime asked = clock_.now();
      CO_TRY(cache::Piece waited, co_await reader_.at(position_, soon()));
      piece = std::move(waited);
      trickle_.add(clock_.now() - asked, 0);
      if (trickle_.trickles()) co_return fail(Errc::kTimeout, "{}", kTrickles);
    }
    if (piece->size() == 0) break;
    if (chunked && chunk_left_ == 0) {
      const std::uint32_t available = piece->size();
      piece.reset();
      CO_TRY_VOID(co_await begin_chunk(available));
      continue;
    }
    const std::uint64_t most = chunked ? std::min<std::uint64_t>(piece->size(), chunk_left_) : piece->size();
    const std::size_t size = egress_.allowed(most);
    net::IoStep step;
    if (piece->stored) {
      step = egress_.stream().try_send_file(piece->stored->descriptor(), piece->stored->offset() + piece->begin, size);
    } else {
      const auto bytes = piece->filling->bytes(piece->begin, piece->begin + static_cast<std::uint32_t>(size));
      // These are the last bytes there are: nothing may hold them back until the origin sends more.
      step = egress_.stream().try_write(bytes, net::More::kNo);
    }
    if (step.kind == net::IoStep::Kind::kMoved) {
      count(*piece, step.bytes);
      if (!chunked) continue;
      chunk_left_ -= step.bytes;
      piece.reset();
      if (chunk_left_ == 0) {
        CO_TRY_VOID(co_await egress_.send(std::as_bytes(std::span(kLineEnd))));
      }
      continue;
    }
    if (step.kind == net::IoStep::Kind::kFailed && piece->stored && step.error_number == EIO) {
      store_.report_read_error(*piece->stored, step.error_number);
      continue;  // the reader finds it elsewhere
    }
    piece.reset();  // a client that is slow now holds nothing
    CO_TRY_VOID(co_await egress_.wait(step.kind));
  }
  if (chunked) {
    CO_TRY_VOID(co_await egress_.send(std::as_bytes(std::span(kLastChunk))));
  }
  co_return Result<>();
}

Task<Result<>> Delivery::begin_chunk(std::uint64_t size) {
  const std::string line = fmt::format("{:x}\r\n", size);
  CO_TRY_VOID(co_await egress_.send(std::as_bytes(std::span(line))));
  chunk_left_ = size;
  co_return Result<>();
}

void Delivery::count(const cache::Piece& piece, std::size_t bytes) {
  position_ += bytes;
  trickle_.add({}, bytes);
  (piece.own_fill ? fill_bytes_ : hit_bytes_) += bytes;
  egress_.charge(bytes);
}

}  // namespace larder::node
