#include "net/byte_stream.h"

namespace larder::net {

Task<Result<std::size_t>> ByteStream::read_some(std::span<std::byte> into) {
  for (;;) {
    const IoStep step = try_read(into);
    if (step.kind == IoStep::Kind::kMoved) co_return step.bytes;
    if (step.kind == IoStep::Kind::kEnd) co_return std::size_t{0};
    if (!step.wants()) co_return fail_step(step, "receive");
    CO_TRY_VOID(co_await wait(step.kind));
  }
}

Task<Result<std::size_t>> ByteStream::write_some(std::span<const std::byte> from, More more) {
  for (;;) {
    const IoStep step = try_write(from, more);
    if (step.kind == IoStep::Kind::kMoved) co_return step.bytes;
    if (!step.wants()) co_return fail_step(step, "send");
    CO_TRY_VOID(co_await wait(step.kind));
  }
}

Task<Result<>> ByteStream::write_all(std::span<const std::byte> from, More more) {
  while (!from.empty()) {
    const IoStep step = try_write(from, more);
    if (step.kind == IoStep::Kind::kMoved) {
      from = from.subspan(step.bytes);
    } else if (step.wants()) {
      CO_TRY_VOID(co_await wait(step.kind));
    } else {
      co_return fail_step(step, "send");
    }
  }
  co_return Result<>();
}

std::unexpected<Error> fail_step(const IoStep& step, std::string_view what) {
  if (step.kind == IoStep::Kind::kEnd) return fail(Errc::kUnavailable, "{}: the peer closed the connection", what);
  const std::error_code error(step.error_number, std::generic_category());
  return fail(Errc::kUnavailable, "{}: {}", what, error.message());
}

}  // namespace larder::net
